/** In a file of its own: what other tests load would be counted, or would be there already. */
import { ok } from "node:assert/strict";
import * as z from "zod";

/** Schemas and their checks; each takes some ten microseconds, so a few hundred more are felt. */
const MOST = 1_200;

Deno.test("the modules of a one-shot make few schemas: what an answer or a section needs is made by it", async () => {
  let made = 0;
  z.config({ postProcessor: () => void made++ });
  try {
    await import("../../src/app/run.ts");
    await import("../../src/app/provider.ts");
    await import("../../src/app/commands/agent/agent.ts");
  } finally {
    z.config({ postProcessor: undefined });
  }
  ok(made > 0 && made < MOST, `${made} schemas`);
});

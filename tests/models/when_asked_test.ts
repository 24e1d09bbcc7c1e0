import { deepEqual } from "node:assert/strict";
import { whenAsked } from "../../src/app/models/when_asked.ts";
import type { ModelPort } from "../../src/kernel/ports.ts";
import { modelRequest } from "./start_thread.ts";

const seen: string[] = [];
const port: ModelPort = {
  async *stream() {
    seen.push("sent");
    try {
      await Promise.resolve();
      seen.push("read");
      yield { type: "text", text: "a" };
      yield { type: "text", text: "b" };
    } finally {
      seen.push("closed");
    }
  },
};

Deno.test("attack: what gives up rights comes after the request, before any word of the answer", async () => {
  seen.length = 0;
  const asked = whenAsked(port, () => seen.push("asked"));
  const texts: string[] = [];
  const options = { signal: new AbortController().signal };
  for await (const event of asked.stream(modelRequest(), options)) {
    if (event.type === "text") texts.push(event.text);
  }
  deepEqual(texts, ["a", "b"]);
  deepEqual(seen, ["sent", "asked", "read", "closed"]);
});

Deno.test("whoever reads no further ends the call", async () => {
  seen.length = 0;
  const options = { signal: new AbortController().signal };
  for await (const _ of whenAsked(port, () => {}).stream(modelRequest(), options)) break;
  deepEqual(seen, ["sent", "read", "closed"]);
});

import assert from "node:assert/strict";
import { KNOWN_PROVIDERS } from "../../../src/kernel/models/providers/provider_table.ts";
import {
  PROTOCOL_FACTS,
  supportTable,
} from "../../../src/kernel/models/providers/support_table.ts";
import { SERVICE_PROTOCOLS } from "../../../src/model/settings.ts";
import { BEHAVIOURS } from "../matrix/behaviours.ts";

const PAGE = new URL("../../../docs/models.md", import.meta.url);

/** Line ends and column widths are the formatter's business. */
const squeezed = (text: string) => text.replace(/\s+/g, " ").replace(/-{3,}/g, "---").trim();

Deno.test("docs/models.md has the table as the code prints it, each provider once", async () => {
  const page = await Deno.readTextFile(PAGE);
  assert.ok(squeezed(page).includes(squeezed(supportTable())), "deno task docs");
  for (const { name } of KNOWN_PROVIDERS) assert.ok(supportTable().includes(`| \`${name}\` |`));
});

Deno.test("what the table says a protocol lacks is what the matrix leaves out", () => {
  const lacking = (behaviour: RegExp) => {
    const [found, ...more] = BEHAVIOURS.filter(({ name }) => behaviour.test(name));
    assert.ok(found && more.length === 0, `one behaviour: ${behaviour}`);
    return SERVICE_PROTOCOLS.filter((protocol) => found.not?.[protocol] !== undefined);
  };
  const without = (has: (facts: typeof PROTOCOL_FACTS["openai"]) => boolean) =>
    SERVICE_PROTOCOLS.filter((protocol) => !has(PROTOCOL_FACTS[protocol]));
  assert.deepEqual(lacking(/^usage: reasoning/), without((facts) => facts.countsReasoning));
  assert.deepEqual(lacking(/prompt cache/), without((facts) => facts.cache !== "unasked"));
  assert.deepEqual(lacking(/^sealed reasoning/), without((facts) => facts.keepsReasoning));
  assert.deepEqual(lacking(/^models are listed/), without((facts) => facts.lists));
});

/**
 * 65: documents that were made to break their reader: the configuration, manifests, and arguments
 * of calls. Each is refused with a word, or read as what it says; none changes what objects are.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { UsageError } from "../../src/base/app_error.ts";
import { argumentsObject } from "../../src/compartments/models/protocols/arguments.ts";
import { redactJson } from "../../src/kernel/redaction/redact_json.ts";
import { Redactor } from "../../src/kernel/redaction/redactor.ts";
import { createFileTools } from "../../src/kernel/tools/files/file_tools.ts";
import type { HandsPort } from "../../src/kernel/tools/hands_port.ts";
import { MemoryStore } from "../fakes/memory_store.ts";
import { calls, says } from "../fakes/scripted_model.ts";
import { benchOf, WORKSPACE } from "../security/kit/real_session.ts";
import { canonicalArguments } from "../../src/kernel/agent/stall_detector.ts";
import { parseManifest } from "../../src/kernel/manifest/manifest.ts";
import { parseConfig } from "../../src/kernel/settings/parse_config.ts";

const DEEP = 10_000;
const nested = (open: string, inner: string, close: string) =>
  open.repeat(DEEP) + inner + close.repeat(DEEP);

/** TOML that is no configuration of ward's. */
const TOML: Readonly<Record<string, string>> = {
  "10,000 arrays in one another": `a = ${nested("[", "1", "]")}`,
  "10,000 tables in one another": `a = ${nested("{a = ", "1", "}")}`,
  "10,000 arrays that never end": `a = ${"[".repeat(DEEP)}`,
  "a key of 10,000 parts": `${"a.".repeat(DEEP)}a = 1`,
  "a table of 10,000 parts": `[${"a.".repeat(DEEP)}a]\nb = 1`,
  "__proto__": "__proto__ = 1",
  "a table __proto__": "[__proto__]\nisAdmin = true",
  "constructor.prototype": "constructor.prototype.isAdmin = true",
  "one key twice": "[limits]\niterations = 1\niterations = 2",
  "one table twice": "[limits]\n[limits]\n",
  "1e400": "[limits]\niterations = 1e400",
  "NaN": "[limits]\niterations = nan",
  "infinity": "[limits]\niterations = inf",
  "-0.0 where a count is meant": "[limits]\niterations = -0.0",
  "more than a number can hold": "[limits]\niterations = 9223372036854775807",
  "a NUL": "a\0 = 1",
  "half a character": 'a = "\\ud800"',
  "YAML with a tag": "!!js/function 'return 1'",
  "aliases of YAML": "a: &a [x, x]\nb: &b [*a, *a]\n",
  "a date where a text is meant": "[model]\nprovider = 1979-05-27",
};

/** JSON for manifests and for arguments. */
const JSON_TEXTS: Readonly<Record<string, string>> = {
  "10,000 arrays": nested("[", "1", "]"),
  "10,000 objects": nested('{"a":', "1", "}"),
  "100,000 arrays": "[".repeat(100_000) + "]".repeat(100_000),
  "arrays that never end": "[".repeat(100_000),
  "__proto__": '{"__proto__":{"isAdmin":true},"version":1}',
  "constructor": '{"constructor":{"prototype":{"isAdmin":true}}}',
  "one key twice": '{"version":1,"version":2}',
  "1e400": '{"version":1e400}',
  "NaN": '{"version":NaN}',
  "a byte-order mark": '\ufeff{"version":1}',
  "a NUL": '{"version\0":1}',
};

Deno.test("65: gate: hostile documents", async (t) => {
  const wrong: string[] = [];
  let tried = 0;
  const refused = (what: string, read: () => unknown) => {
    tried++;
    try {
      read();
      wrong.push(`${what} was read`);
    } catch (error) {
      if (!(error instanceof UsageError)) wrong.push(`${what}: ${String(error).slice(0, 100)}`);
      else if (error.message.length > 2_000) wrong.push(`${what}: a message without an end`);
    }
  };
  for (const [what, text] of Object.entries(TOML)) {
    refused(`config: ${what}`, () => parseConfig(text, "config.toml"));
    refused(`manifest: ${what}`, () => parseManifest(text, "set.toml"));
  }
  for (const [what, text] of Object.entries(JSON_TEXTS)) {
    refused(`manifest: ${what}`, () => parseManifest(text, "set.json"));
    tried++;
    try {
      ok(canonicalArguments(text).length > 0);
    } catch (error) {
      wrong.push(`arguments: ${what}: ${String(error).slice(0, 100)}`);
    }
  }
  equal("isAdmin" in {}, false);
  await t.step(`hostile documents: refused or harmless ${tried - wrong.length} of ${tried}`, () => {
    deepEqual(wrong, []);
  });
});

Deno.test("65: attack: a model's call with arguments 10,000 deep ends no turn", async () => {
  const deep = nested('{"path":', '"x"', "}");
  const answers = [calls(["a", "read", deep]), calls(["b", "read", deep]), says("done")];
  let step = 0;
  const { result, events } = await benchOf(new MemoryStore()).run({
    prompt: "go",
    model: {
      async *stream() {
        yield* await Promise.resolve(answers[step++]!);
      },
    },
    tools: createFileTools({ hands: {} as HandsPort, workspace: WORKSPACE }),
    approver: { available: false, ask: () => Promise.resolve({ type: "deny" }) },
  });
  equal(result.outcome, "complete");
  equal(events.filter(({ type }) => type === "tool_finished").length, 2);
});

Deno.test("65: attack: such a call in a session's history breaks no later request", () => {
  const redactor = new Redactor({ patterns: [], secrets: () => [], nonce: "n" });
  for (const deep of [nested('{"a":', '"b"', "}"), nested('{"a":[', '"]}"', "]}")]) {
    equal(redactJson(deep, redactor), deep);
    deepEqual(argumentsObject(deep), {});
  }
  const fine = '{"a":'.repeat(150) + '"]]}{"' + "}".repeat(150);
  deepEqual(argumentsObject(fine), JSON.parse(fine));
});

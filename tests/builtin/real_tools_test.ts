import { deepEqual, ok } from "node:assert/strict";
import { parseMessage } from "../../src/kernel/builtin/parse_message.ts";
import { waysOf } from "../../src/kernel/builtin/ways.ts";
import { createFileTools } from "../../src/kernel/tools/files/file_tools.ts";
import type { HandsFiles } from "../../src/kernel/tools/hands_port.ts";

/** One phrasing for each file tool and argument that the built-in assistant uses. */
const SAID = [
  "list src",
  "tree",
  "what is this project?",
  "read a.txt",
  "show lines 3-9 of a.txt",
  "find TODO in src",
  "which files contain foo",
  "where is main defined?",
  "find all image files",
  "how many markdown files?",
  "how big is src?",
  "last 3 lines of a.txt",
];

Deno.test("every call of the built-in assistant fits the schema of the real file tool", () => {
  const tools = createFileTools({ hands: {} as HandsFiles, workspace: "/w" });
  const used = new Set<string>();
  for (const say of SAID) {
    for (const { call } of parseMessage(say, []).flatMap(waysOf)) {
      if (call.name === "run") continue;
      const tool = tools.find(({ name }) => name === call.name);
      const parsed = tool?.schema.safeParse(call.args);
      ok(tool && parsed?.success, `${say}: ${JSON.stringify(call)}`);
      ok(tool.plan(parsed.data).readOnly);
      used.add(call.name);
    }
  }
  deepEqual([...used].sort(), ["glob", "grep", "list", "overview", "read"]);
});

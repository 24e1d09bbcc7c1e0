/** The log, as a user has it: what was done, and never a key or what was said. */
import { deepEqual, doesNotMatch, equal, match, ok } from "node:assert/strict";
import { startScriptedService } from "../kit/scripted_service.ts";
import { ask, makeScratch, ward, writeConfig } from "../kit/ward_process.ts";

Deno.test("at every level: no key, nothing of what was said; the facts are there", async () => {
  using scratch = makeScratch({ "notes.md": "FILE-CANARY" });
  writeConfig(
    scratch,
    `[logging]\nlevel = "trace"\n[providers.other]\nprotocol = "openai"\n` +
      `api_base = "http://127.0.0.1:9"\napi_key = "CONFIG-CANARY-0001"\n`,
  );
  await using service = await startScriptedService([
    {
      calls: [{
        name: "read",
        arguments: { path: "notes.md", note: "VARIABLE-CANARY-0002 CONFIG-CANARY-0001" },
      }],
    },
    { content: "ANSWER-CANARY" },
  ], { saysKeys: true });
  const env = {
    ...service.env,
    WARD_API_KEY: "VARIABLE-CANARY-0002",
    WARD_ENCRYPTION_KEY: "PASSPHRASE-CANARY-0003",
    GROQ_API_KEY: "UNUSED-CANARY-0004",
  };
  const { code, stderr } = await ask(scratch, "QUESTION-CANARY", env);
  equal(code, 0, stderr);
  const folder = `${scratch.home}/logs`;
  for (const { name } of Deno.readDirSync(folder)) {
    doesNotMatch(Deno.readTextFileSync(`${folder}/${name}`), /CANARY/, name);
  }
  const printed = await ward(scratch, ["logs", "--json"], env);
  equal(printed.code, 0);
  const entries = printed.stdout.trim().split("\n").map((line) => JSON.parse(line));
  const events = entries.map(({ event }) => event);
  for (const event of ["start", "provider", "tool_arguments", "tool_call", "turn_ended", "stop"]) {
    ok(events.includes(event), `${event} in ${events}`);
  }
  const calls = entries.filter(({ event }) => event === "model_call");
  deepEqual(calls.map(({ fields }) => fields.status), ["ok", "ok"]);
  match(
    (await ward(scratch, ["logs", "-n", "1"], env)).stdout,
    /^\d{4}-\d\d-\d\d .*Z info {2}stop exitCode=0 ms=\d+\n$/,
  );
});

Deno.test("a log that cannot be written is told once; the answer comes all the same", async () => {
  using scratch = makeScratch();
  Deno.mkdirSync(scratch.home, { recursive: true, mode: 0o700 });
  Deno.writeTextFileSync(`${scratch.home}/logs`, "in the way");
  const { code, stdout, stderr } = await ask(scratch, "hello");
  equal(code, 0, stderr);
  ok(stdout.length > 0);
  equal(stderr.split("No log is written").length, 2, stderr);
  const bad = await ward(scratch, ["logs", "--level", "wran"]);
  equal(bad.code, 2);
  match(bad.stderr, /warn/);
});

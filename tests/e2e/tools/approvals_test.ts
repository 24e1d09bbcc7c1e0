/** Approvals where nobody can answer: what is refused names the line that allows it. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { machineParts } from "../../machine_parts.ts";
import { type ScriptStep, startScriptedService } from "../kit/scripted_service.ts";
import { ask, makeScratch, paste, type Scratch, ward, type WardRun } from "../kit/ward_process.ts";

const hasCells = (await machineParts())["bubblewrap"]?.present ?? false;
const skipped = hasCells ? "" : ", skipped: no bubblewrap";

/** The last tool result that the service was sent. */
function lastResult(bodies: readonly string[]): string {
  const { messages } = JSON.parse(bodies.at(-1) ?? "{}") as {
    messages: { role: string; content: string }[];
  };
  return messages.findLast((message) => message.role === "tool")?.content ?? "";
}

/** The line that a refusal printed for pasting. */
function allowingLine({ stderr }: WardRun): string {
  const line = /ward permissions grant .*$/m.exec(stderr)?.[0];
  ok(line, stderr);
  return line;
}

interface Case {
  readonly what: string;
  readonly call: (scratch: Scratch) => { name: string; arguments: Record<string, unknown> };
  /** In the tool's result once it is allowed. */
  readonly result: RegExp;
}

const CASES: readonly Case[] = [
  {
    what: "reading a file outside",
    call: (scratch) => ({ name: "read", arguments: { path: `${scratch.folder}/out side/o.txt` } }),
    result: /outside text/,
  },
  {
    what: "writing a file outside",
    call: (scratch) => ({
      name: "write",
      arguments: { path: `${scratch.folder}/out side/o.txt`, content: "changed\n" },
    }),
    result: /o\.txt/,
  },
  {
    what: "a program off the list",
    call: () => ({ name: "run", arguments: { command: "seq 3" } }),
    result: /1\n2\n3/,
  },
  {
    what: "an interpreter with quotes of both kinds in its arguments",
    call: () => ({ name: "run", arguments: { command: `perl -e 'print "it", "\\x27", "s\\n"'` } }),
    result: /it's/,
  },
  {
    what: "an interpreter whose argument holds single quotes",
    call: () => ({ name: "run", arguments: { command: `perl -e "print 'hi there'"` } }),
    result: /hi there/,
  },
  {
    what: "two programs off the list in one line",
    call: () => ({ name: "run", arguments: { command: "seq 3 | tac" } }),
    result: /3\n2\n1/,
  },
];

for (const { what, call, result } of CASES) {
  Deno.test({
    name: `${what} is refused with a line, and after that line the same turn passes${skipped}`,
    ignore: !hasCells,
    async fn() {
      using scratch = makeScratch();
      Deno.mkdirSync(`${scratch.folder}/out side`);
      Deno.writeTextFileSync(`${scratch.folder}/out side/o.txt`, "outside text\n");
      const steps: ScriptStep[] = [{ calls: [call(scratch)] }, { content: "done" }];
      await using service = await startScriptedService(steps);
      const refused = await ask(scratch, "do it", service.env);
      equal(refused.code, 0, refused.stderr);
      match(lastResult(service.bodies()), /^Refused: .*nobody can answer/s);
      const line = allowingLine(refused);
      ok(lastResult(service.bodies()).includes(line.split(" && ")[0]!), "the model is told too");
      equal(Deno.readTextFileSync(`${scratch.folder}/out side/o.txt`), "outside text\n");
      const granted = await paste(scratch, line);
      equal(granted.code, 0, granted.stderr);
      const allowed = await ask(scratch, "do it", service.env);
      equal(allowed.code, 0, allowed.stderr);
      match(lastResult(service.bodies()), result);
      ok(!allowed.stderr.includes("Refused"), allowed.stderr);
    },
  });
}

Deno.test({
  name: `a line that is not understood is allowed by its own grant, once and only once${skipped}`,
  ignore: !hasCells,
  async fn() {
    using scratch = makeScratch();
    const command = "echo $(echo 'in ward') >> made.txt";
    await using service = await startScriptedService([
      { calls: [{ name: "run", arguments: { command } }] },
      { content: "done" },
    ]);
    const line = allowingLine(await ask(scratch, "do it", service.env));
    match(line, /--once$/);
    equal((await paste(scratch, line)).code, 0);
    await ask(scratch, "do it", service.env);
    const made = () => Deno.readTextFileSync(`${scratch.workspace}/made.txt`);
    equal(made(), "in ward\n", lastResult(service.bodies()));
    const again = await ask(scratch, "do it", service.env);
    match(lastResult(service.bodies()), /^Refused/);
    equal(made(), "in ward\n");
    match(again.stderr, /ward permissions grant/);
    deepEqual(JSON.parse((await ward(scratch, ["permissions", "grants", "--json"])).stdout), []);
  },
});

Deno.test({
  name: `a revoked grant is gone with the next call${skipped}`,
  ignore: !hasCells,
  async fn() {
    using scratch = makeScratch();
    await using service = await startScriptedService([
      { calls: [{ name: "run", arguments: { command: "seq 2" } }] },
      { content: "done" },
    ]);
    const minted = await ward(scratch, [
      "permissions",
      "grant",
      "run",
      "seq",
      "--always",
      "--json",
    ]);
    const { id } = JSON.parse(minted.stdout);
    await ask(scratch, "do it", service.env);
    match(lastResult(service.bodies()), /1\n2/);
    equal((await ward(scratch, ["permissions", "revoke", id])).code, 0);
    await ask(scratch, "do it", service.env);
    match(lastResult(service.bodies()), /^Refused/);
    const unknown = await ward(scratch, ["permissions", "revoke", id]);
    equal(unknown.code, 2);
    ok(unknown.stderr.includes(id));
  },
});

Deno.test({
  name: `attack: a program that runs on a grant for one use runs on when that is revoked${skipped}`,
  ignore: !hasCells,
  async fn() {
    using scratch = makeScratch();
    await using service = await startScriptedService([
      { calls: [{ name: "run", arguments: { command: "sleep 500", timeout_s: 500 } }] },
      { content: "done" },
    ]);
    const grant = ["permissions", "grant", "run", "sleep", "--once", "--json"];
    const { id } = JSON.parse((await ward(scratch, grant)).stdout);
    const asked = ask(scratch, "do it", service.env);
    const left = async () => (await ward(scratch, ["permissions", "grants", "--json"])).stdout;
    while (JSON.parse(await left()).length > 0);
    const revoked = await ward(scratch, ["permissions", "revoke", id]);
    equal(revoked.code, 0, revoked.stderr);
    equal((await asked).code, 0);
    match(lastResult(service.bodies()), /its grant was revoked/);
  },
});

Deno.test({
  name: `a grant for a time is over after it, a grant --once after one use${skipped}`,
  ignore: !hasCells,
  async fn() {
    using scratch = makeScratch();
    await using service = await startScriptedService([
      { calls: [{ name: "run", arguments: { command: "seq 2" } }] },
      { content: "done" },
    ]);
    await ward(scratch, ["permissions", "grant", "run", "seq", "--once"]);
    await ask(scratch, "do it", service.env);
    match(lastResult(service.bodies()), /1\n2/);
    await ask(scratch, "do it", service.env);
    match(lastResult(service.bodies()), /^Refused/);
    await ward(scratch, ["permissions", "grant", "run", "seq", "--for", "1h"]);
    await ask(scratch, "do it", service.env);
    match(lastResult(service.bodies()), /1\n2/);
  },
});

Deno.test({
  name: `attack: a model in yolo runs a program, but changes no settings and no hook${skipped}`,
  ignore: !hasCells,
  async fn() {
    using scratch = makeScratch();
    const config = `${scratch.home}/config.toml`;
    const write = (path: string) => ({ name: "write", arguments: { path, content: "x\n" } });
    await using service = await startScriptedService([
      { calls: [{ name: "run", arguments: { command: "seq 2" } }] },
      { calls: [write(config), write("CLAUDE.md"), write(`${scratch.folder}/CLAUDE.md`)] },
      { content: "done" },
    ]);
    const before = await Deno.readTextFile(config).catch(() => null);
    const run = await ward(scratch, ["agent", "--mode", "yolo", "-m", "do it"], service.env);
    equal(run.code, 0, run.stderr);
    match(run.stderr, /Mode yolo: skips questions .* denials and the walls of the cell hold/);
    const { messages } = JSON.parse(service.bodies().at(-1) ?? "{}") as {
      messages: { role: string; content: string }[];
    };
    const [ran, settings, ...hooks] = messages.filter(({ role }) => role === "tool");
    match(ran?.content ?? "", /1\n2/);
    match(settings?.content ?? "", /^Refused/);
    equal(hooks.length, 2);
    for (const { content } of hooks) match(content, /^Refused: .*nobody can answer/s);
    equal(await Deno.readTextFile(config).catch(() => null), before);
    deepEqual(JSON.parse((await ward(scratch, ["permissions", "grants", "--json"])).stdout), []);
  },
});

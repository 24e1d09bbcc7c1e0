/** The tools through the whole program and a real cell, judged by what is on the disk afterwards. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { machineParts } from "../../machine_parts.ts";
import {
  type ScriptedService,
  type ScriptStep,
  startScriptedService,
} from "../kit/scripted_service.ts";
import {
  ask,
  makeScratch,
  paste,
  type Scratch,
  startWard,
  untilGone,
} from "../kit/ward_process.ts";

const parts = await machineParts();
const lacks = ["bubblewrap", "git"].find((name) => !parts[name]?.present);
const skipped = lacks ? `, skipped: no ${lacks}` : "";

function cellTest(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: name + skipped, ignore: lacks !== undefined, fn });
}

const call = (name: string, args: unknown): ScriptStep => ({ calls: [{ name, arguments: args }] });

/** Runs one turn of these calls, one after the other, and gives their results. */
async function results(scratch: Scratch, ...steps: ScriptStep[]): Promise<string[]> {
  await using service = await startScriptedService([...steps, { content: "done" }]);
  const run = await ask(scratch, "go", service.env);
  equal(run.stdout, "done\n", run.stderr);
  return toolResults(service);
}

function toolResults(service: ScriptedService): string[] {
  const { messages } = JSON.parse(service.bodies().at(-1)!) as {
    messages: { role: string; content: string }[];
  };
  return messages.filter(({ role }) => role === "tool").map(({ content }) => content);
}

cellTest("write and edit keep the mode and the line ends, and leave nothing beside", async () => {
  using scratch = makeScratch({ "run.sh": "#!/bin/sh\r\necho one\r\n", "plain.txt": "a\r\nb\r\n" });
  Deno.chmodSync(`${scratch.workspace}/run.sh`, 0o750);
  await results(
    scratch,
    call("edit", { path: "run.sh", edits: [{ old: "echo one", new: "echo two\necho three" }] }),
    call("write", { path: "new/deep/file.md", content: "x\n" }),
  );
  const text = (name: string) => Deno.readTextFileSync(`${scratch.workspace}/${name}`);
  equal(text("run.sh"), "#!/bin/sh\r\necho two\r\necho three\r\n");
  equal(Deno.statSync(`${scratch.workspace}/run.sh`).mode! & 0o7777, 0o750);
  equal(text("new/deep/file.md"), "x\n");
  deepEqual(
    [...Deno.readDirSync(scratch.workspace)].map(({ name }) => name).sort(),
    ["new", "plain.txt", "run.sh"],
  );
});

cellTest("an edit that matches twice or not at all changes nothing and says so", async () => {
  using scratch = makeScratch({ "a.txt": "same\nsame\n" });
  const [twice = "", none = ""] = await results(
    scratch,
    call("edit", { path: "a.txt", edits: [{ old: "same", new: "other" }] }),
    call("edit", { path: "a.txt", edits: [{ old: "nowhere", new: "other" }] }),
  );
  match(twice, /2|twice|more than once/);
  match(none, /not found|no match|matches nothing|does not occur/i);
  equal(Deno.readTextFileSync(`${scratch.workspace}/a.txt`), "same\nsame\n");
});

cellTest("a link that leads out is named as one, for reading, writing and programs", async () => {
  using scratch = makeScratch();
  Deno.writeTextFileSync(`${scratch.folder}/secret`, "the secret\n");
  Deno.symlinkSync(`${scratch.folder}/secret`, `${scratch.workspace}/link`);
  const found = await results(
    scratch,
    call("read", { path: "link" }),
    call("write", { path: "link", content: "overwritten" }),
    call("run", { command: "cat link" }),
  );
  for (const text of found.slice(0, 2)) {
    match(text, /link/);
    ok(text.includes(`${scratch.folder}/secret`), text);
  }
  ok(!found.join("").includes("the secret"), found.join("\n"));
  equal(Deno.readTextFileSync(`${scratch.folder}/secret`), "the secret\n");
});

cellTest(
  "a large output is cut, and the next call reads the rest where it is said to be",
  async () => {
    using scratch = makeScratch({
      "long.txt": Array.from({ length: 5_000 }, (_, n) => `line ${n + 1}\n`).join(""),
      "wide.txt": "x".repeat(200_000) + "\n",
    });
    await using first = await startScriptedService([
      call("run", { command: "cat long.txt" }),
      call("run", { command: "cat wide.txt" }),
      { content: "done" },
    ], { laterTurns: [{ content: "never" }] });
    const run = await ask(scratch, "go", first.env);
    equal(run.code, 0, run.stderr);
    const [long = "", wide = ""] = toolResults(first);
    for (const text of [long, wide]) {
      ok(text.split("\n").length <= 2_001 && text.length <= 51_200, `${text.length}`);
    }
    ok(long.includes("line 1\n") && long.includes("line 5000"));
    ok(!long.includes("line 2500\n"));
    const path = /Whole text: (\S+)/.exec(long)?.[1] ?? "";
    const rest = call("read", { path, offset: 2_500, limit: 2 });
    await using second = await startScriptedService([], {
      laterTurns: [rest, { content: "read" }],
    });
    equal((await ask(scratch, "go on", second.env, ["--resume"])).stdout, "read\n");
    const part = toolResults(second).at(-1) ?? "";
    match(part, /line 2500\b[^]*line 2501\b/);
    const [foreign = ""] = await results(scratch, rest);
    match(foreign, /^Refused: .*ward's home/, "another session has no part in it");
  },
);

cellTest("git_commit commits with the user's name and hooks off, and says so", async () => {
  using scratch = makeScratch({ "a.txt": "a\n" });
  const git = (...args: string[]) =>
    new TextDecoder().decode(
      new Deno.Command("/usr/bin/git", {
        args: ["-C", scratch.workspace, ...args],
        env: { HOME: scratch.env["HOME"]! },
      }).outputSync().stdout,
    );
  git("init", "-q", "-b", "main");
  Deno.writeTextFileSync(
    `${scratch.env["HOME"]}/.gitconfig`,
    "[user]\n\tname = Tess Ter\n\temail = tess@example.org\n",
  );
  const hook = `${scratch.workspace}/.git/hooks/pre-commit`;
  Deno.mkdirSync(`${scratch.workspace}/.git/hooks`, { recursive: true });
  Deno.writeTextFileSync(hook, `#!/bin/sh\ntouch ${scratch.workspace}/hooked\n`, { mode: 0o755 });
  await using service = await startScriptedService([
    call("git_commit", { message: "First\n\nWith a body" }),
    { content: "done" },
  ]);
  const refused = await ask(scratch, "go", service.env);
  const line = /ward permissions grant .*$/m.exec(refused.stderr)?.[0];
  ok(line, refused.stderr);
  equal(git("log", "--oneline"), "");
  equal((await paste(scratch, line)).code, 0);
  const run = await ask(scratch, "go", service.env);
  const [result = ""] = toolResults(service);
  match(result, /hooks were off/, run.stderr);
  equal(git("log", "--format=%an <%ae>: %s"), "Tess Ter <tess@example.org>: First\n");
  equal(git("status", "--short"), "");
  ok(![...Deno.readDirSync(scratch.workspace)].some(({ name }) => name === "hooked"));
});

cellTest("a line with a background program runs once asked and leaves no process", async () => {
  using scratch = makeScratch();
  await using service = await startScriptedService([
    call("run", { command: "tail -f /dev/null & echo started" }),
    call("run", { command: "ls" }),
    { content: "done" },
  ]);
  const refused = await ask(scratch, "go", service.env);
  const line = /ward permissions grant .*$/m.exec(refused.stderr)?.[0] ?? "";
  match(line, /--once$/);
  equal((await paste(scratch, line)).code, 0);
  const run = await ask(scratch, "go", service.env);
  match(toolResults(service)[0] ?? "", /started/, run.stderr);
  await untilGone(scratch.folder);
});

for (const signal of ["SIGINT", "SIGTERM", "SIGKILL"] as const) {
  cellTest(`nothing survives ${signal} while a command runs`, async () => {
    using scratch = makeScratch();
    const pipe = `${scratch.workspace}/started.pipe`;
    new Deno.Command("mkfifo", { args: [pipe] }).outputSync();
    await using service = await startScriptedService([
      call("run", { command: `cat started.pipe ; tail -f ${scratch.workspace}/started.pipe` }),
      { content: "done" },
    ]);
    const run = startWard(["agent", "-w", scratch.workspace, "-m", "go"], {
      env: { ...scratch.env, ...service.env },
    });
    // Opens once the command reads: it runs now.
    const writer = await Deno.open(pipe, { write: true });
    run.child.kill(signal);
    const { code } = await run.done;
    equal(code, signal === "SIGKILL" ? 137 : 130);
    writer.close();
    await untilGone(scratch.folder);
  });
}

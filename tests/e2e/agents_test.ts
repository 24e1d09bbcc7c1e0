/** Other agents through the whole program and real cells. */
import { equal, match, ok } from "node:assert/strict";
import { writeFakeAgents } from "../fakes/cli_agents.ts";
import { machineParts } from "../machine_parts.ts";
import { type ScriptedService, startScriptedService } from "./scripted_service.ts";
import { answerAll } from "./chat_kit.ts";
import { inTerminal } from "./terminal.ts";
import { ask, makeScratch, type Scratch, SOURCE, ward } from "./ward_process.ts";

const { bubblewrap, tmux } = await machineParts();
const skipped = bubblewrap?.present ? "" : ", skipped: no bubblewrap";

/** The fake codex on a search path of its own. */
function withCodex(scratch: Scratch): Record<string, string> {
  const bin = `${scratch.folder}/bin`;
  Deno.mkdirSync(bin);
  writeFakeAgents(bin, ["codex"]);
  return { ...scratch.env, PATH: `${bin}:${scratch.env["PATH"]}` };
}

function lastResult(service: ScriptedService): string {
  const { messages } = JSON.parse(service.bodies().at(-1)!) as {
    messages: { role: string; content: string }[];
  };
  return messages.findLast(({ role }) => role === "tool")?.content ?? "";
}

const delegate = (task: string) => ({ calls: [{ name: "cli_agent", arguments: { task } }] });

Deno.test({
  name: `attack: another agent reads, sends or writes beyond its copy${skipped}`,
  ignore: !bubblewrap?.present,
  async fn() {
    using scratch = makeScratch({ "notes.md": "one\n", "sub/b.txt": "b\n" });
    Deno.writeTextFileSync(`${scratch.folder}/user/secret`, "the secret\n");
    const env = withCodex(scratch);
    const real = scratch.workspace;
    const tries = [
      `p() { printf '%s\\n' "$1" >> report; }`,
      `[ -f notes.md ] && [ -f sub/b.txt ] && p copied`,
      `for f in ${real}/notes.md ${scratch.folder}/user/secret ${scratch.home}/data/ward.db ${scratch.home}/config.toml; do [ -e $f ] && p "seen $f"; done`,
      `(echo x > ${real}/evil) 2>/dev/null && p wrote`,
      `p "key <$OPENAI_API_KEY$WARD_API_KEY> home <$HOME>"`,
      `while IFS= read -r l; do case "$l" in *01*) ;; esac; n="$n."; done < /proc/net/route; p "routes <$n>"`,
    ];
    await using service = await startScriptedService([
      delegate(`do:${tries.join("\n")}`),
      { content: "done" },
    ]);
    const granted = await ward(scratch, ["permissions", "grant", "run", "codex", "--always"], env);
    equal(granted.code, 0, granted.stderr);
    const run = await ask({ ...scratch, env }, "go", service.env);
    equal(run.stdout, "done\n", run.stderr);
    const result = lastResult(service);
    match(result, /^agent codex ended with exit code 0 .* nobody approved them/s);
    match(result, /It had no network/);
    match(result, /\n\+copied\n\+key <> home <\/tmp>\n\+routes <\.?>\n/);
    ok(!/seen|wrote/.test(result), result);
    // Nothing came into the workspace, and no room stays.
    equal([...Deno.readDirSync(real)].length, 2);
    equal([...Deno.readDirSync(`${scratch.home}/data/rooms`)].length, 0);
  },
});

Deno.test({
  name: `a diff of another agent is shown and asked about, then it is applied${
    bubblewrap?.present && tmux?.present ? "" : ", skipped: no bubblewrap or tmux"
  }`,
  ignore: !bubblewrap?.present || !tmux?.present,
  async fn() {
    using scratch = makeScratch({ "notes.md": "one\n" });
    const env = withCodex(scratch);
    await using service = await startScriptedService([
      delegate("do:echo two > notes.md"),
      { content: "all done" },
    ]);
    const words = [...SOURCE, "agent", "-w", scratch.workspace, "-m", "go"];
    await inTerminal(words, {
      env: { ...env, ...service.env },
      cwd: scratch.workspace,
    }, async (pane) => {
      await pane.waitUntil("question", (now) => /\[a\]lways [^\n]*\[d\]eny/.test(now));
      await pane.type("o");
      await pane.waitFor("[o]nce  [d]eny");
      ok((await pane.screen()).includes("+two"));
      equal(Deno.readTextFileSync(`${scratch.workspace}/notes.md`), "one\n");
      await answerAll(pane, "o", (now) => now.includes("all done"));
    });
    equal(Deno.readTextFileSync(`${scratch.workspace}/notes.md`), "two\n");
  },
});

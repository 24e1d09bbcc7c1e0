/** Other agents through the whole program and real cells. */
import { equal, match, ok } from "node:assert/strict";
import { writeFakeAgents } from "../../fakes/cli_agents.ts";
import { machineParts } from "../../machine_parts.ts";
import { type ScriptedService, startScriptedService } from "../kit/scripted_service.ts";
import { answerAll } from "../kit/chat_kit.ts";
import { inTerminal } from "../kit/terminal.ts";
import { ask, makeScratch, paste, type Scratch, SOURCE, ward } from "../kit/ward_process.ts";

const { bubblewrap, tmux } = await machineParts();
const hasBash = [...Deno.readDirSync("/bin")].some(({ name }) => name === "bash");
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
  name: `attack: another agent works on when the grant of its one run is revoked${skipped}`,
  ignore: !bubblewrap?.present,
  async fn() {
    using scratch = makeScratch();
    const env = withCodex(scratch);
    await using service = await startScriptedService([
      delegate("do:while :; do :; done"),
      { content: "done" },
    ]);
    const grant = ["permissions", "grant", "run", "codex", "--once", "--json"];
    const { id } = JSON.parse((await ward(scratch, grant, env)).stdout);
    const asked = ask({ ...scratch, env }, "go", service.env);
    const left = async () => (await ward(scratch, ["permissions", "grants", "--json"])).stdout;
    while (JSON.parse(await left()).length > 0);
    equal((await ward(scratch, ["permissions", "revoke", id])).code, 0);
    equal((await asked).stdout, "done\n");
    match(lastResult(service), /ended because what its cell may touch changed/);
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

Deno.test({
  name:
    `another agent reaches the hosts of its entry that were allowed, with the variables it names${skipped}`,
  ignore: !bubblewrap?.present || !hasBash,
  async fn() {
    using scratch = makeScratch({ "notes.md": "one\n" });
    const bin = `${scratch.folder}/bin`;
    Deno.mkdirSync(bin);
    // It speaks to the proxy of its cell by hand (RFC 9110, 9.3.6).
    Deno.writeTextFileSync(
      `${bin}/mine`,
      `#!/bin/bash
proxy=\${HTTPS_PROXY#http://}; proxy=\${proxy%/}
for host in $MY_HOST 127.0.0.1:9; do
  exec 3<>/dev/tcp/\${proxy%:*}/\${proxy##*:}
  printf 'CONNECT %s HTTP/1.1\\r\\nHost: %s\\r\\n\\r\\n' $host $host >&3
  read -r _ code _ <&3; echo "code $code"
  [ "$code" = 200 ] || continue
  while read -r line <&3; do [ "$line" = $'\\r' ] && break; done
  read -r line <&3; echo "host says $line, key $MY_KEY"
done
`,
      { mode: 0o755 },
    );
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const host = `127.0.0.1:${listener.addr.port}`;
    const serving = (async () => {
      const connection = await listener.accept();
      await connection.write(new TextEncoder().encode("hello\n"));
      connection.close();
    })();
    Deno.mkdirSync(scratch.home, { recursive: true, mode: 0o700 });
    Deno.writeTextFileSync(
      `${scratch.home}/config.toml`,
      `[agents.mine]\nhosts = ["${host}"]\nenv = ["MY_KEY", "MY_HOST"]\n`,
      { mode: 0o600 },
    );
    const variables = { MY_KEY: "k-4711", MY_HOST: host, OTHER: "not for it" };
    const env = { ...scratch.env, PATH: `${bin}:${scratch.env["PATH"]}`, ...variables };
    await using service = await startScriptedService([delegate("x"), { content: "done" }]);
    const refused = await ask({ ...scratch, env }, "go", service.env);
    // What is printed is what allows it.
    const lines = [...refused.stderr.matchAll(/ward permissions grant .*?(?= && |$)/gm)];
    equal(lines.length, 2, refused.stderr);
    for (const [line] of lines) {
      const pasted = await paste({ ...scratch, env }, line);
      equal(pasted.code, 0, pasted.stderr);
    }
    await using again = await startScriptedService([delegate("x"), { content: "done" }]);
    await ask({ ...scratch, env }, "go", again.env);
    const result = lastResult(again);
    match(result, /\ncode 200\nhost says hello, key k-4711\ncode 403\n/);
    await serving;
  },
});

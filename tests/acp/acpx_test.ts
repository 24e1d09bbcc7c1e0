/**
 * `ward acp` driven by acpx, a headless client of others. It is the newest version that needs no
 * native addon; it speaks by the protocol's older SDK.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { LACKS_STANDALONE, standalone } from "../e2e/kit/forms.ts";
import { startScriptedService } from "../e2e/kit/scripted_service.ts";
import { makeScratch, ROOT, type Scratch, SOURCE } from "../e2e/kit/ward_process.ts";
import { canaries } from "../fakes/canaries.ts";

type Message = Record<string, unknown>;

interface Run {
  readonly child: Deno.ChildProcess;
  /** Messages of both sides, where it prints them. */
  readonly done: Promise<{ code: number; messages: Message[]; text: string }>;
}

/** Starts acpx with ward as its agent. */
function acpx(
  form: readonly string[],
  scratch: Scratch,
  env: Readonly<Record<string, string>>,
  args: readonly string[],
): Run {
  canaries.plantVariables(env);
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "-A",
      "--config",
      `${ROOT}/deno.json`,
      "npm:acpx@0.15.1",
      ...["--agent", [...form, "acp"].map((word) => JSON.stringify(word)).join(" ")],
      ...["--cwd", scratch.workspace, "--format", "json", "--approve-all", "--ttl", "1"],
      ...args,
    ],
    clearEnv: true,
    env: { ...scratch.env, ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const done = child.output().then(({ code, stdout, stderr }) => {
    const text = new TextDecoder().decode(stdout);
    canaries.told(text + new TextDecoder().decode(stderr));
    const messages = text.split("\n").filter((line) => line.startsWith('{"jsonrpc"'))
      .map((line): Message => JSON.parse(line));
    return { code, messages, text: text + new TextDecoder().decode(stderr) };
  });
  return { child, done };
}

/** The last answer to a prompt. */
function stopReason(messages: readonly Message[]): unknown {
  return messages.map(({ result }) => (result as Message | undefined)?.["stopReason"])
    .findLast((reason) => reason !== undefined);
}

async function drives(form: readonly string[]): Promise<void> {
  using scratch = makeScratch({ "a.txt": "one\n" });
  const hanging = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  await using service = await startScriptedService([
    { calls: [{ name: "run", arguments: { command: "touch ran.txt" } }] },
    {
      calls: [{ name: "edit", arguments: { path: "a.txt", edits: [{ old: "one", new: "two" }] } }],
    },
    { content: "Done." },
  ], {
    async onRequest(count) {
      if (count < 4) return;
      asked.resolve();
      await hanging.promise;
    },
  });
  const run = (...args: readonly string[]) => acpx(form, scratch, service.env, args);
  equal((await run("sessions", "new", "--name", "one").done).code, 0);
  const first = await run("prompt", "-s", "one", "Change it").done;
  equal(stopReason(first.messages), "end_turn", first.text);
  match(JSON.stringify(first.messages), /"session\/resume".*"session\/request_permission"/);
  ok(Deno.statSync(`${scratch.workspace}/ran.txt`).isFile);
  equal(Deno.readTextFileSync(`${scratch.workspace}/a.txt`), "two\n", "by the client's own files");
  match(JSON.stringify(first.messages), /"fs\/write_text_file"/);
  const methods = first.messages.flatMap(({ error }) => error === undefined ? [] : [error]);
  deepEqual(methods, [], "no side answered with an error");

  // In its own process, not by the queue that it keeps for a session.
  const second = run("exec", "Go on");
  await asked.promise;
  second.child.kill("SIGINT");
  const { messages, text } = await second.done;
  equal(stopReason(messages), "cancelled", text);
  hanging.resolve();
  equal((await run("sessions", "close", "one").done).code, 0);
}

Deno.test("acpx drives ward: a session, a prompt, permission, its files, going on, cancel", () =>
  drives(SOURCE));

Deno.test({
  name: "acpx drives the standalone binary" +
    (LACKS_STANDALONE ? `, skipped: no ${LACKS_STANDALONE}` : ""),
  ignore: LACKS_STANDALONE !== undefined,
  fn: async () => await drives([await standalone()]),
});

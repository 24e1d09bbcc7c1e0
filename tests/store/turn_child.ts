/**
 * One scripted turn that names each step once it is stored. Arguments: data folder, file for the
 * effects, the file call to die in ("0" for none, else the n-th write, sync, truncate, rename or
 * removal), and the part of its bytes that a write it dies in has got to the file.
 */
import {
  denoFileSystem,
  type FileSystem,
} from "../../src/compartments/store/sqlite/file_system.ts";
import { openHere } from "./store_kit.ts";

const [dataDir = "", effects = "", fatal = "0", part = "0.5"] = Deno.args;
const say = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));

let left = Number(fatal) || Infinity;
let made = 0;
const dieHere = (before: () => void = () => {}) => {
  made++;
  if (--left !== 0) return;
  before();
  Deno.kill(Deno.pid, "SIGKILL");
};
const files: FileSystem = {
  ...denoFileSystem,
  openSync(path, options) {
    const file = denoFileSystem.openSync(path, options);
    const { writeSync, truncateSync, syncSync, syncDataSync } = file;
    return Object.assign(file, {
      writeSync(bytes: Uint8Array) {
        const written = Math.floor(bytes.length * Number(part));
        dieHere(() => writeSync.call(file, bytes.subarray(0, written)));
        return writeSync.call(file, bytes);
      },
      truncateSync: (size?: number) => (dieHere(), truncateSync.call(file, size)),
      syncSync: () => (dieHere(), syncSync.call(file)),
      syncDataSync: () => (dieHere(), syncDataSync.call(file)),
    });
  },
  renameSync: (from, to) => (dieHere(), denoFileSystem.renameSync(from, to)),
  removeSync: (path) => (dieHere(), denoFileSystem.removeSync(path)),
};

const store = await openHere(dataDir, { files });
say("open");
const { id } = await store.createSession({ workspace: "/w", title: "scripted" });
say(`session ${id}`);
await store.appendUser(id, "please ".repeat(300));
say("message user");
const calls = ["c1", "c2"].map((call) => ({ id: call, name: "append", arguments: "{}" }));
const rows = (call: string) => {
  const entry = { sessionId: id, subject: "append", detail: { call } } as const;
  return {
    before: [{ ...entry, kind: "tool_call" }, { ...entry, kind: "decision" }],
    effect: [{ ...entry, kind: "effect" }],
  } as const;
};
// The two ways of the turn loop: `c1` needs nobody's word and begins with the answer, `c2` is asked
// about, so its audit rows come before its state.
await store.appendAssistant(
  id,
  { text: "", toolCalls: calls, model: "m", usage: null, begun: ["c1"] },
  rows("c1").before,
);
say("message assistant");
say("audit 2");
say("running c1");
for (const call of ["c1", "c2"]) {
  if (call === "c2") {
    await store.appendAudit(rows(call).before);
    say("audit 2");
    await store.setCallState(id, call, "running");
    say("running c2");
  }
  Deno.writeTextFileSync(effects, `${call}\n`, { append: true });
  say(`effect ${call}`);
  const result = { role: "tool", callId: call, name: "append", ok: true } as const;
  await store.appendToolResult(
    id,
    { ...result, content: "done ".repeat(500) },
    rows(call).effect,
  );
  say(`message ${call}`);
  say("audit 1");
}
const answer = { text: "all done", toolCalls: [], model: "m", usage: null };
await store.appendAssistant(id, answer);
say("message answer");
await store.endTurn(id, { outcome: "complete", reason: null });
say("end");
const untilEnd = made;
await store.close();
say(`calls ${untilEnd} ${made}`);

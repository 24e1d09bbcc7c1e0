/**
 * Stores results that wait for no disk until the log is long and the disk full, makes room, and
 * stores more. Arguments: the folder where a small disk is mounted, one elsewhere for a copy of the
 * files as a kill would leave them, the bytes that something else takes.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { AppError } from "../../src/base/app_error.ts";
import { openHere, using } from "./store_kit.ts";

const [place = "", copy = "", taken = "0"] = Deno.args;
const RESULTS = 900;

const store = await openHere(`${place}/data`);
const { id } = await store.createSession({ workspace: "/w", title: "t" });
await store.appendUser(id, "go");
const toolCalls = Array.from(
  { length: RESULTS },
  (_, n) => ({ id: `c${n}`, name: "read_file", arguments: "{}" }),
);
await store.appendAssistant(id, { text: "", toolCalls, model: "m", usage: null });
Deno.writeFileSync(`${place}/ballast`, new Uint8Array(Number(taken)));
let answered = 0;
let refused = 0;
for (let n = 0; n < RESULTS && refused < 3; n++) {
  const content = `${n} ${"y".repeat(9_000)}`;
  const result = { role: "tool", callId: `c${n}`, name: "read_file", ok: true, content } as const;
  try {
    await store.appendToolResult(id, result, [], { durable: false });
    answered++;
  } catch (error) {
    ok(error instanceof AppError && error.code === "store.disk_full", String(error));
    refused++;
  }
}
Deno.removeSync(`${place}/ballast`);
for (let n = 0; n < 3; n++) await store.appendUser(id, `later ${n}`);

Deno.mkdirSync(copy, { mode: 0o700 });
for (const { name } of Deno.readDirSync(`${place}/data`)) {
  Deno.copyFileSync(`${place}/data/${name}`, `${copy}/${name}`);
}
await using(copy, async (found) => {
  const messages = (await found.loadSession(id))?.messages ?? [];
  const results = messages.filter(({ role }) => role === "tool").length;
  // What was refused may be there all the same: only room for what comes later was missing.
  ok(results >= answered && results <= answered + refused, `${results} of ${answered}`);
  deepEqual(
    messages.slice(-3).map((message) => message.role === "user" && message.text),
    ["later 0", "later 1", "later 2"],
  );
  equal(await found.quickCheck(), null);
});
await store.close();
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify({ answered, refused })));

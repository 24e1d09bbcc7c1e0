/** Writes messages to a session of its own, an audit row for each. Arguments: folder, name, rows. */
import { using } from "./store_kit.ts";

const [dataDir = "", name = "", rows = "0"] = Deno.args;
await using(dataDir, async (store) => {
  const { id } = await store.createSession({ workspace: name, title: name });
  for (let i = 0; i < Number(rows); i++) {
    await store.appendUser(id, `${name} ${i}`);
    await store.appendAudit([{ kind: "effect", sessionId: id, subject: name, detail: { i } }]);
  }
});

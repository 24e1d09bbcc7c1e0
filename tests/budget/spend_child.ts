/** Calls a model under a daily cap until it is refused. Arguments: folder, cap. Prints its calls. */
// deno-lint-ignore-file no-console
import { using } from "../store/store_kit.ts";
import { call, capped, service, used } from "./budget_kit.ts";

const [dataDir = "", dailyTokens = "0"] = Deno.args;
await using(dataDir, async (store) => {
  const { id } = await store.createSession({ workspace: "/w", title: "" });
  const port = service(() => used(20, 100));
  const model = capped(port, store, id, { dailyTokens: Number(dailyTokens) });
  while (await call(model, store, id) === "end");
  console.log(port.calls);
});

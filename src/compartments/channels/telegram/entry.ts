/**
 * Entry of a `channel:<name>` thread of a Telegram bot: reaches the host of the Bot API, knows the
 * token of that one bot, and nothing else. Shim first, then the rest, as in
 * `compartments/models/entry.ts`.
 */
import "../../environment_shim.ts";
import { workerScopeChannel } from "../../wire.ts";

const channel = workerScopeChannel();
const { start } = await import("./inside.ts");
start(channel);

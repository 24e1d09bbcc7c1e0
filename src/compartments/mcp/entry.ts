/**
 * Entry of an `mcp:<alias>` thread: speaks to one server. Of an HTTP server it may reach the host, of
 * a process it may touch nothing at all. Shim first, then the rest, as in `compartments/models/entry.ts`.
 */
import "../environment_shim.ts";
import { workerScopeChannel } from "../wire.ts";

const channel = workerScopeChannel();
const { start } = await import("./inside.ts");
start(channel);

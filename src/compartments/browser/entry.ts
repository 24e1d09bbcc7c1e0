/**
 * Entry of the `browser:driver` thread, which may touch nothing at all: shim first, then the rest,
 * as in `compartments/models/entry.ts`.
 */
import "../environment_shim.ts";
import { workerScopeChannel } from "../wire.ts";

const channel = workerScopeChannel();
const { start } = await import("./driver.ts");
start(channel);

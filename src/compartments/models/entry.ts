/**
 * Entry of a `model:<provider>` thread: shim first, then the rest. Two steps, because a static
 * import of both may load a shared chunk of the bundle, and an SDK in it, before the shim runs.
 */
import "../environment_shim.ts";
import { workerScopeChannel } from "../wire.ts";

const channel = workerScopeChannel();
const { start } = await import("./inside.ts");
start(channel);

/** Changes a key and is killed at a step. Arguments: home, place of the key, step. */
import { type KeyPlace, rotate, Steps } from "./rotation_kit.ts";

const [home = "", place = "file", fatal = "0"] = Deno.args;
const die = () => Deno.kill(Deno.pid, "SIGKILL");
await rotate(home, place as KeyPlace, new Steps(Number(fatal), die));

// Ward as `main.ts` starts it, on a machine without bubblewrap.
import { run } from "../../../src/app/run.ts";

const main = new URL("../../../src/main.ts", import.meta.url).href;
Deno.exit(await run(main, Deno.args, (machine) => ({ ...machine, bwrap: null })));

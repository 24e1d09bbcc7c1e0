// Arguments to a command; each form of ward starts here. What does not need the rest of the code
// answers before it is loaded.
import { VERSION } from "./app/start/version.ts";

const [first] = Deno.args;
if (first === "__cell") {
  const { runCell } = await import("./compartments/cell/relay.ts");
  await runCell(new URL("./", import.meta.url).href, /\.[a-z]+$/.exec(import.meta.url)?.[0] ?? "");
} else if (Deno.args.length === 1 && (first === "version" || first === "--version")) {
  Deno.stdout.writeSync(new TextEncoder().encode(`ward ${VERSION}\n`));
  // Not by falling off the end: taking the runtime down takes a while.
  Deno.exit(0);
} else {
  const { run } = await import("./app/run.ts");
  // Not by falling off the end: a read of standard input may be under way for ever.
  Deno.exit(await run(import.meta.url, Deno.args));
}

// Prints what a program in a cell finds behind the descriptors 8 and 12.
import { makeHands } from "./hands_kit.ts";

await using kit = await makeHands({ allow: ["cat", "ls"] });
const { stdout } = await kit.run("ls /proc/self/fd/8/ ; cat /proc/self/fd/12");
const text = stdout === "" ? "started without open files\n" : stdout;
await Deno.stdout.write(new TextEncoder().encode(text));
Deno.exit(0);

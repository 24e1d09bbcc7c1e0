// Exchanges a folder and a link at the same name until its input ends; says how often.
// Arguments: name to swap, the folder, the link.
const [name = "", folder = "", link = ""] = Deno.args;
let swaps = 0;
let ended = false;
Deno.stdin.readable.pipeTo(new WritableStream()).finally(() => ended = true);

/** Whoever writes through the name may make a folder there while it is away. */
function move(from: string, to: string): void {
  for (let tries = 0;; tries++) {
    try {
      return Deno.renameSync(from, to);
    } catch (error) {
      if (tries > 10_000) throw error;
    }
    try {
      Deno.removeSync(to, { recursive: true });
    } catch {
      // They are still at it.
    }
  }
}

while (!ended) {
  for (let n = 0; n < 200; n++) {
    move(name, folder);
    move(link, name);
    move(name, link);
    move(folder, name);
    swaps++;
  }
  await new Promise((resolve) => setTimeout(resolve, 0));
}
await Deno.stdout.write(new TextEncoder().encode(String(swaps)));

/** Bare programs to compare with, compiled by the same toolchain with the same flags. */
import { COMPILE_FLAGS } from "../scripts/compile.ts";

/**
 * One line of output.
 *
 * @param compiler The deno that compiles.
 * @returns Its path.
 */
export function makeHello(compiler: string): Promise<string> {
  return compileBare(compiler, "hello", {
    "main.js": 'await Deno.stdout.write(new TextEncoder().encode("hello\\n"));\n',
  });
}

/**
 * A process that waits, with so many threads that wait; the number is its argument.
 *
 * @returns Its path.
 */
export function makeIdle(compiler: string): Promise<string> {
  return compileBare(compiler, "idle", {
    "main.js": `for (let n = 0; n < Number(Deno.args[0]); n++) {
  new Worker(new URL("thread.js", import.meta.url), { type: "module" });
}
setInterval(() => {}, 1_000);
`,
    "thread.js": "self.onmessage = () => {};\n",
  });
}

/** From a folder of its own. */
async function compileBare(
  compiler: string,
  name: string,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const output = new URL(`../dist/${name}`, import.meta.url).pathname;
  const folder = await Deno.makeTempDir({ prefix: "ward-hello-" });
  try {
    for (const [file, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${folder}/${file}`, text);
    }
    const include = Object.keys(files).flatMap((file) => ["--include", file]);
    const result = await new Deno.Command(compiler, {
      args: ["compile", ...COMPILE_FLAGS, ...include, "--output", output, "main.js"],
      cwd: folder,
    }).output();
    if (!result.success) throw new Error(new TextDecoder().decode(result.stderr));
    return output;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

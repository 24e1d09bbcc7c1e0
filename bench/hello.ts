import { COMPILE_FLAGS } from "../scripts/compile.ts";

/**
 * The bare program to compare with: one line of output, compiled by the same toolchain with the
 * same flags, from a folder of its own.
 *
 * @param compiler The deno that compiles.
 * @returns Its path.
 */
export async function makeHello(compiler: string): Promise<string> {
  const output = new URL("../dist/hello", import.meta.url).pathname;
  const folder = await Deno.makeTempDir({ prefix: "ward-hello-" });
  try {
    await Deno.writeTextFile(
      `${folder}/main.js`,
      'await Deno.stdout.write(new TextEncoder().encode("hello\\n"));\n',
    );
    const result = await new Deno.Command(compiler, {
      args: ["compile", ...COMPILE_FLAGS, "--output", output, "main.js"],
      cwd: folder,
    }).output();
    if (!result.success) throw new Error(new TextDecoder().decode(result.stderr));
    return output;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

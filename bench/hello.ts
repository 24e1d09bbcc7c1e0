import { KERNEL_FLAGS, RUNTIME_FLAGS } from "../src/app/code_base.ts";

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
    const args = ["compile", "--quiet", "--no-check", "--no-config", "--no-lock"];
    const result = await new Deno.Command(compiler, {
      args: [...args, ...KERNEL_FLAGS, ...RUNTIME_FLAGS, "--output", output, "main.js"],
      cwd: folder,
    }).output();
    if (!result.success) throw new Error(new TextDecoder().decode(result.stderr));
    return output;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

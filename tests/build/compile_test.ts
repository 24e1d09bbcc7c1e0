/** `deno task compile` where it cannot make a binary. */
import { equal, match, ok, rejects } from "node:assert/strict";
import { ROOT } from "../e2e/kit/ward_process.ts";

async function compile(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", `${ROOT}/scripts/compile.ts`, ...args],
    env: { NO_COLOR: "1", ...env },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

Deno.test("an unknown target is named with the known ones, exit 2", async () => {
  const { code, stdout, stderr } = await compile(["--target", "sparc-sun-solaris"]);
  equal(code, 2);
  equal(stdout, "");
  match(stderr, /Unknown target "sparc-sun-solaris"/);
  for (
    const target of [
      "x86_64-unknown-linux-gnu",
      "aarch64-unknown-linux-gnu",
      "x86_64-apple-darwin",
      "aarch64-apple-darwin",
      "x86_64-pc-windows-msvc",
    ]
  ) ok(stderr.includes(target), target);
});

Deno.test("without a runtime base it says so and how to give one, exit 1, no file", async () => {
  const folder = await Deno.makeTempDir({ prefix: "ward-no-base-" });
  try {
    // A deno that has downloaded nothing yet and reaches nothing: its proxy refuses.
    const offline = `${folder}/deno`;
    await Deno.writeTextFile(
      offline,
      `#!/bin/sh\nexport DENO_DIR="${folder}/cache" HTTPS_PROXY=http://127.0.0.1:9\n` +
        `unset DENORT_BIN\nexec "${Deno.execPath()}" "$@"\n`,
      { mode: 0o755 },
    );
    const output = `${folder}/ward`;
    const { code, stdout, stderr } = await compile(["--deno", offline, "--output", output]);
    equal(code, 1, stderr);
    equal(stdout, "");
    match(stderr, /The binary was not made/);
    match(stderr, /set DENORT_BIN to its path, and give that deno with --deno/);
    await rejects(Deno.stat(output), Deno.errors.NotFound);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

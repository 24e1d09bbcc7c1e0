// deno-lint-ignore-file no-console
/**
 * Makes `dist/ward-<os>-<arch>`: bundle, then `deno compile` from a folder of its own.
 *
 *   deno task compile [--target <triple>] [--deno <path>] [--output <file>]
 *
 * `deno compile` downloads its runtime base once. Where that cannot be reached, set DENORT_BIN to a
 * `denort` of the same version as the deno that compiles, and name that deno with `--deno`.
 * Exit code: 0 made, 1 not made, 2 unknown target.
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { pathToFileURL } from "node:url";
import { KERNEL_FLAGS, RUNTIME_FLAGS } from "../src/app/start/code_base.ts";
import { bundle, bundleFiles } from "./bundle.ts";

const root = new URL("../", import.meta.url);

/** Names of targets as people say them. */
const TARGETS: Record<string, string> = {
  "x86_64-unknown-linux-gnu": "linux-x64",
  "aarch64-unknown-linux-gnu": "linux-arm64",
  "x86_64-apple-darwin": "macos-x64",
  "aarch64-apple-darwin": "macos-arm64",
  "x86_64-pc-windows-msvc": "windows-x64",
};

/**
 * Flags of the compiler besides the permissions. Without `--no-code-cache` the binary would keep
 * compiled code under a name that anyone can guess in the folder for temporary files, and run
 * whatever another user had put there first.
 */
export const COMPILE_FLAGS: readonly string[] = [
  "--quiet",
  "--no-check",
  "--no-config",
  "--no-lock",
  "--no-code-cache",
  ...KERNEL_FLAGS,
  ...RUNTIME_FLAGS,
];

if (import.meta.main) Deno.exit(await compile());

/** Reads the command line and compiles. */
async function compile(): Promise<number> {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      target: { type: "string" },
      deno: { type: "string", default: Deno.execPath() },
      output: { type: "string" },
    },
  });
  const target = values.target ?? Deno.build.target;
  const name = TARGETS[target];
  if (!name) {
    console.error(`Unknown target "${target}"; known: ${Object.keys(TARGETS).join(", ")}`);
    return 2;
  }
  // A folder of its own: inside the project the compiler would embed every npm package.
  const temporary = await Deno.makeTempDir({ prefix: "ward-compile-" });
  try {
    const folder = await bundle(pathToFileURL(`${temporary}/ward/`));
    const suffix = target.includes("windows") ? ".exe" : "";
    const output = values.output
      ? resolve(values.output)
      : new URL(`dist/ward-${name}${suffix}`, root).pathname;
    const include = (await bundleFiles(folder)).filter((file) => file !== "main.js")
      .flatMap((file) => ["--include", file]);
    const result = await new Deno.Command(values.deno, {
      args: [
        "compile",
        ...COMPILE_FLAGS,
        ...(values.target ? ["--target", values.target] : []),
        ...include,
        "--output",
        output,
        "main.js",
      ],
      cwd: folder,
      stderr: "piped",
    }).output();
    if (!result.success) {
      console.error(new TextDecoder().decode(result.stderr).trim());
      console.error(
        "\nThe binary was not made. If the runtime base could not be downloaded: get `denort` of the " +
          "same version as the deno that compiles, set DENORT_BIN to its path, and give that deno with --deno.",
      );
      return 1;
    }
    console.log(output);
    return 0;
  } finally {
    await Deno.remove(temporary, { recursive: true });
  }
}

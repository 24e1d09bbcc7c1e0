/**
 * Makes `dist/ward-<os>-<arch>`: bundle, then `deno compile` from a folder of its own.
 *
 *   deno task compile [--target <triple>] [--deno <path>] [--output <file>]
 *
 * `deno compile` downloads its runtime base once. Where that cannot be reached, set DENORT_BIN to a
 * `denort` of the same version as the deno that compiles, and name that deno with `--deno`.
 */
import { parseArgs } from "node:util";
import { KERNEL_FLAGS, RUNTIME_FLAGS } from "../src/app/code_base.ts";
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
  Deno.exit(2);
}
const folder = await bundle();
const suffix = target.includes("windows") ? ".exe" : "";
const output = values.output ?? new URL(`dist/ward-${name}${suffix}`, root).pathname;
const include = (await bundleFiles(folder)).filter((file) => file !== "main.js")
  .flatMap((file) => ["--include", file]);
const result = await new Deno.Command(values.deno, {
  args: [
    "compile",
    "--quiet",
    "--no-check",
    "--no-config",
    "--no-lock",
    ...KERNEL_FLAGS,
    ...RUNTIME_FLAGS,
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
  Deno.exit(1);
}
console.log(output);

// deno-lint-ignore-file no-console
/**
 * Makes `dist/bundle`: a chunk per compartment and the database engine as bytes, then scans it.
 *
 *   deno task bundle
 */
import { ENGINE_ASSET } from "../src/app/start/version.ts";
import { scanBundle } from "./scan_bundle.ts";

const root = new URL("../", import.meta.url);

/** Entries of the bundle, below `src/`: the kernel, and one per compartment. */
export const ENTRIES = [
  "main.ts",
  "compartments/api/entry.ts",
  "compartments/auth/entry.ts",
  "compartments/auth/mcp/entry.ts",
  "compartments/browser/cell.ts",
  "compartments/browser/entry.ts",
  "compartments/cell/bridge.ts",
  "compartments/cell/main.ts",
  "compartments/channels/discord/entry.ts",
  "compartments/channels/slack/entry.ts",
  "compartments/channels/telegram/entry.ts",
  "compartments/egress/entry.ts",
  "compartments/hands/entry.ts",
  "compartments/launcher/entry.ts",
  "compartments/mcp/cell.ts",
  "compartments/mcp/entry.ts",
  "compartments/models/entry.ts",
  "compartments/slack/entry.ts",
  "compartments/store/entry.ts",
  "compartments/web/entry.ts",
];

/**
 * Bundles the sources.
 *
 * @param out Folder to make; one that is there is replaced. @default {dist/bundle}
 * @param options `minify`: @default {true}.
 * @returns The folder, without a slash at its end.
 * @throws {Error} When the bundler fails or the scan finds something.
 */
export async function bundle(
  out: URL = new URL("dist/bundle/", root),
  { minify }: { readonly minify: boolean } = { minify: true },
): Promise<string> {
  await Deno.remove(out, { recursive: true }).catch(() => {});
  const output = await new Deno.Command(Deno.execPath(), {
    args: [
      "bundle",
      "--quiet",
      "--platform=deno",
      "--code-splitting",
      ...(minify ? ["--minify"] : []),
      "--outdir",
      out.pathname,
      ...ENTRIES.map((entry) => new URL(`src/${entry}`, root).pathname),
    ],
    cwd: root,
  }).output();
  if (!output.success) throw new Error(new TextDecoder().decode(output.stderr));
  const engine = import.meta.resolve("@journeyapps/wa-sqlite/dist/mc-wa-sqlite.wasm");
  await Deno.mkdir(new URL("assets/", out), { recursive: true });
  await Deno.copyFile(new URL(engine), new URL(ENGINE_ASSET, out));
  const findings = await scanBundle(out.pathname);
  if (findings.length > 0) throw new Error("The bundle scan found:\n" + findings.join("\n"));
  return out.pathname.replace(/\/$/, "");
}

/** Every file of the bundle, relative to it. */
export async function bundleFiles(folder: string, below = ""): Promise<string[]> {
  const files: string[] = [];
  for await (const entry of Deno.readDir(`${folder}/${below}`)) {
    const path = below + entry.name;
    if (entry.isDirectory) files.push(...await bundleFiles(folder, path + "/"));
    else files.push(path);
  }
  return files.sort();
}

if (import.meta.main) console.log(await bundle());

/**
 * Prints the manifest of a release for the registry of the Agent Client Protocol: what stands in
 * `packaging/acp/agent.json`, with the addresses of the binaries.
 *
 *   deno run -A scripts/acp_manifest.ts --base <address of the release> [--license-url <address>]
 *
 * The registry takes raw binaries as `deno task compile` names them (its FORMAT.md). Exit code: 0
 * printed, 2 a wrong address.
 */
import { parseArgs } from "node:util";

if (import.meta.main) Deno.exit(await print());

async function print(): Promise<number> {
  const { values } = parseArgs({
    args: Deno.args,
    options: { base: { type: "string" }, "license-url": { type: "string" } },
  });
  const { base = "" } = values;
  if (!URL.canParse(base) || !base.startsWith("https://")) {
    Deno.stderr.writeSync(
      new TextEncoder().encode("Name the address of the release: --base https://…\n"),
    );
    return 2;
  }
  const path = new URL("../packaging/acp/agent.json", import.meta.url);
  const manifest = JSON.parse(await Deno.readTextFile(path));
  const made = withAddresses(manifest, base, values["license-url"]);
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(made, null, 2)}\n`));
  return 0;
}

/** What of a manifest is filled in. */
export interface Manifest {
  readonly version: string;
  readonly distribution: {
    readonly binary: Readonly<Record<string, { cmd: string; args: readonly string[] }>>;
  };
}

/** The manifest with the address of each binary. */
export function withAddresses(
  manifest: Manifest,
  base: string,
  licenseUrl?: string,
): Record<string, unknown> {
  const binary = Object.entries(manifest.distribution.binary).map(([platform, target]) => [
    platform,
    { archive: `${base.replace(/\/+$/, "")}/${target.cmd.replace(/^\.\//, "")}`, ...target },
  ]);
  return {
    ...manifest,
    ...licenseUrl === undefined ? {} : { license_url: licenseUrl },
    distribution: { binary: Object.fromEntries(binary) },
  };
}

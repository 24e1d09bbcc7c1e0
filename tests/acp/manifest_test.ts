/** The manifest for the registry, held to what the registry checks (its agent.schema.json). */
import { deepEqual, equal, ok } from "node:assert/strict";
import * as z from "zod";
import { withAddresses } from "../../scripts/acp_manifest.ts";
import { VERSION } from "../../src/app/start/version.ts";

const FOLDER = new URL("../../packaging/acp/", import.meta.url);

const target = z.strictObject({
  archive: z.url(),
  cmd: z.string().min(1),
  args: z.array(z.string()),
});
const registry = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]*$/),
  name: z.string().min(1),
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  description: z.string().min(1),
  license_url: z.url(),
  distribution: z.strictObject({
    binary: z.partialRecord(
      z.enum([
        "darwin-aarch64",
        "darwin-x86_64",
        "linux-aarch64",
        "linux-x86_64",
        "windows-aarch64",
        "windows-x86_64",
      ]),
      target,
    ),
  }),
});

Deno.test("the manifest of a release is what the registry takes, and starts what compile makes", async () => {
  const manifest = JSON.parse(await Deno.readTextFile(new URL("agent.json", FOLDER)));
  equal(manifest.version, VERSION);
  const made = withAddresses(manifest, "https://example.invalid/v1/", "https://example.invalid/l");
  const { distribution: { binary } } = registry.parse(made);
  const compile = await Deno.readTextFile(new URL("../../scripts/compile.ts", import.meta.url));
  const names = [...compile.matchAll(/^ {2}"[\w-]+": "([\w-]+)",$/gm)].map(([, name]) => name!);
  deepEqual(
    Object.values(binary).map(({ cmd }) => cmd.replace(/^\.\/ward-|\.exe$/g, "")).sort(),
    names.sort(),
  );
  for (const { archive, cmd, args } of Object.values(binary)) {
    equal(archive, `https://example.invalid/v1/${cmd.slice(2)}`);
    deepEqual(args, ["acp"]);
  }
  const icon = await Deno.readTextFile(new URL("icon.svg", FOLDER));
  ok(/width="16" height="16"/.test(icon) && icon.includes("currentColor"));
});

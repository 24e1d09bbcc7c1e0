// deno-lint-ignore-file no-console
/**
 * The gate besides the tests: format, lint, types, docs printed from code, and the three-form smoke.
 *
 *   deno task ok
 */
const root = new URL("../", import.meta.url).pathname;

const [SOURCES] = [["src", "scripts", "tests", "bench"]];

const steps: readonly (readonly [string, readonly string[]])[] = [
  ["fmt", ["fmt", "--quiet", "--check", ...SOURCES, "deno.json"]],
  ["lint", ["lint", "--quiet", ...SOURCES]],
  ["check", ["check", "--quiet", ...SOURCES]],
  ["docs", ["run", "--quiet", "-A", "scripts/docs.ts", "--check"]],
  ["smoke", ["run", "--quiet", "-A", "scripts/smoke.ts"]],
];

let failed = 0;
for (const [name, args] of steps) {
  const status = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: root,
    env: { NODE_EXTRA_CA_CERTS: "" },
  }).spawn().status;
  if (!status.success) failed++;
  console.log(`${name}: ${status.success ? "ok" : "FAILED"}`);
}
await Deno.mkdir(`${root}.tmp`, { recursive: true });
await Deno.writeTextFile(
  `${root}.tmp/ok_counts.json`,
  JSON.stringify({ passed: steps.length - failed, failed }),
);
Deno.exit(failed > 0 ? 1 : 0);

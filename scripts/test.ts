// deno-lint-ignore-file no-console
/**
 * All tests, with a word on what this machine lacks.
 *
 *   deno task test [filter or files]
 */
import config from "../deno.json" with { type: "json" };
import { compileStandalone, LACKS_STANDALONE } from "../tests/e2e/kit/forms.ts";
import { type BatteryCount, sumBatteries } from "../tests/battery_count.ts";
import type { Tally } from "../tests/fakes/canaries.ts";
import { machineParts } from "../tests/machine_parts.ts";

const root = new URL("../", import.meta.url).pathname;
const junit = `${root}.tmp/junit.xml`;
await Deno.mkdir(`${root}.tmp`, { recursive: true });
const missing = Object.entries(await machineParts()).filter(([, part]) => !part.present);
for (const [name, part] of missing) console.log(`skipped for want of ${name}: ${part.tests}`);

// The bundler is fetched at its first use, with the variables of this machine (certificates, proxy).
const bundler = new Deno.Command(Deno.execPath(), {
  args: ["run", "--quiet", "-A", `${root}scripts/bundle.ts`],
  cwd: root,
  stdout: "null",
});
if (!(await bundler.output()).success) {
  console.log("the bundle could not be made; its tests say why");
}
// So are programs that tests start outside of this project, where no lock says what they need.
const started = ["conformance", "inspector", "server-filesystem", "server-everything"] as const;
const elsewhere = await Deno.makeTempDir();
const programs = new Deno.Command(Deno.execPath(), {
  args: [
    "cache",
    "--quiet",
    ...started.map((name) => config.imports[`@modelcontextprotocol/${name}`]),
  ],
  cwd: elsewhere,
  stdout: "null",
});
if (!(await programs.output()).success) {
  console.log("programs of others could not be fetched; their tests say why");
}
await Deno.remove(elsewhere, { recursive: true });
const binary = LACKS_STANDALONE === undefined ? await compileStandalone().catch(() => null) : null;

const tally = `${root}.tmp/canaries.jsonl`;
await Deno.writeTextFile(tally, "");
const batteries = `${root}.tmp/batteries.jsonl`;
await Deno.writeTextFile(batteries, "");
const files = Deno.args.filter((arg) => !arg.startsWith("-"));
const status = await new Deno.Command(Deno.execPath(), {
  args: [
    "test",
    "--quiet",
    "--no-prompt",
    "-A",
    "--parallel",
    `--junit-path=${junit}`,
    ...Deno.args.filter((arg) => arg.startsWith("-")),
    ...(files.length > 0 ? files : ["tests/"]),
  ],
  cwd: root,
  // Variables that act on the runtime before ward's first line would make every run start twice.
  env: {
    // One more than the cores of the machine it is meant for: many tests wait for something.
    DENO_JOBS: "3",
    NODE_EXTRA_CA_CERTS: "",
    // A binary that could not be made is tried again by its tests, which say why.
    WARD_TEST_BINARY: binary ?? "",
    CANARY_TALLY: tally,
    BATTERY_TALLY: batteries,
  },
  stdin: "null",
}).spawn().status;

const report = await Deno.readTextFile(junit).catch(() => "");
const sum = (name: string) =>
  [...report.matchAll(new RegExp(`<testsuites[^>]*\\b${name}="(\\d+)"`, "g"))]
    .reduce((total, match) => total + Number(match[1]), 0);
const failed = sum("failures") + sum("errors");
// A run that broke before its report still failed.
const broken = !status.success && failed === 0 ? 1 : 0;
const linesOf = async (path: string) => (await Deno.readTextFile(path)).split("\n").filter(Boolean);
const checks = (await linesOf(tally)).map((line): Tally => JSON.parse(line));
const total = (name: keyof Tally) => checks.reduce((sum, check) => sum + check[name], 0);
const held = (await linesOf(batteries)).map((line): BatteryCount => JSON.parse(line));
for (const line of sumBatteries(held)) console.log(line);
console.log(
  `leaks: ${total("leaks")} (planted secrets, ${checks.length} checks of ${total("requests")} ` +
    `requests and ${total("places")} files and outputs)`,
);
const counts = { passed: sum("tests") - failed, failed: failed + broken };
await Deno.writeTextFile(`${root}.tmp/test_counts.json`, JSON.stringify(counts));
console.log(`${counts.passed} passed, ${counts.failed} failed`);
Deno.exit(status.success ? 0 : 1);

/**
 * What ward costs: start, one-shot, tool rounds, memory, size, the fixed part of a request by
 * protocol and what a call of each costs, what each wrapper of a model adds, beside its goal.
 *
 *   deno task bench [--json] [--runs <n>] [--form <name>]... [--deno <path of the deno that compiles>]
 *     [--turns <n>]   also: what grows in ward start over that many turns
 *
 * The goals are for the standalone form. It needs a runtime base: DENORT_BIN (and the deno of the
 * same version, by --deno or STANDALONE_DENO), or a machine that can download one. Without it those
 * lines are named as skipped, and the other forms are measured for reference.
 */
import { parseArgs } from "node:util";
import { makeForms } from "../scripts/smoke.ts";
import { bareRound } from "./bare_round.ts";
import { makeHello, makeIdle } from "./hello.ts";
import { judged, type Line, printLines, skippedLine } from "./lines.ts";
import { measureConversations } from "./conversations.ts";
import { measureDaemon, measureSoak } from "./daemon.ts";
import { measureOnboarding } from "./onboard.ts";
import { measureProtocols } from "./protocols.ts";
import { measureStart } from "./start.ts";
import { measureStore } from "./store_commit.ts";
import { measureWrappers } from "./wrappers.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    json: { type: "boolean", default: false },
    runs: { type: "string", default: "15" },
    form: { type: "string", multiple: true },
    deno: { type: "string" },
    turns: { type: "string", default: "0" },
  },
});
const runs = Math.max(1, Number(values.runs));
const compiler = values.deno ?? Deno.env.get("STANDALONE_DENO");
const { forms, skipped } = await makeForms(compiler);
const lines: Line[] = [];
const loadBefore = load();
const standalone = forms.get("standalone");
if (standalone) {
  const hello = await makeHello(compiler ?? Deno.execPath());
  lines.push(...await measureStart(standalone[0] ?? "", hello, runs));
}
for (const [name, form] of [...forms].reverse()) {
  if (values.form && !values.form.includes(name)) continue;
  // The runtime of the form itself: they differ in what a crossing costs.
  const runtime = name === "standalone" ? compiler ?? Deno.execPath() : Deno.execPath();
  lines.push(...await measureConversations(name, form, runs, await bareRound(runtime)));
  lines.push(await measureOnboarding(name, form, Math.min(runs, 5)));
  if (name === "bundled") continue;
  const idle = name === "standalone" ? await makeIdle(compiler ?? Deno.execPath()) : null;
  lines.push(...await measureDaemon(name, form, idle));
  const turns = Number(values.turns);
  if (turns > 0) lines.push(...await measureSoak(name, form, turns));
}
lines.push(...await measureProtocols(runs));
lines.push(await measureStore());
lines.push(...await measureWrappers());
lines.push(
  judged(
    "load of the machine, tasks that wait",
    load(),
    "",
    {},
    `${loadBefore} before the first run`,
  ),
);
if (skipped) lines.push(skippedLine("start, size and one-shot of the standalone form", skipped));
printLines(lines, values.json);
Deno.exit(lines.some((line) => line.verdict === "missed") ? 1 : 0);

/** Above the number of cores, times say more of the others' work than of ward's. */
function load(): number {
  return Math.round(Deno.loadavg()[0] ?? 0);
}

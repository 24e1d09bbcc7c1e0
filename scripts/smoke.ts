// deno-lint-ignore-file no-console
/**
 * The same conversation from source, bundled and standalone: one model call that asks for a file and
 * a command, one that answers. Shows that every form starts every compartment and does real work.
 *
 *   deno run -A scripts/smoke.ts [--deno <path of the deno that compiles>]
 *
 * The standalone form needs a runtime base: DENORT_BIN, or a machine that can download it. Without
 * one that form is named as skipped.
 */
import { parseArgs } from "node:util";
import { KERNEL_FLAGS, RUNTIME_FLAGS } from "../src/app/start/code_base.ts";
import { makeScratch, runWard, SOURCE } from "../tests/e2e/kit/ward_process.ts";
import { startScriptedService } from "../tests/e2e/kit/scripted_service.ts";
import { bundle } from "./bundle.ts";

const root = new URL("../", import.meta.url).pathname;

/** The forms that this machine can make, and why one is missing. */
export async function makeForms(
  compiler: string | undefined,
): Promise<{ forms: Map<string, readonly string[]>; skipped: string | null }> {
  const forms = new Map<string, readonly string[]>([["source", SOURCE]]);
  const folder = await bundle();
  forms.set("bundled", [
    Deno.execPath(),
    "run",
    "--quiet",
    "--no-config",
    "--no-lock",
    ...KERNEL_FLAGS,
    ...RUNTIME_FLAGS,
    `${folder}/main.js`,
  ]);
  if (!compiler && !Deno.env.get("DENORT_BIN")) {
    return { forms, skipped: "standalone: no runtime base (DENORT_BIN) on this machine" };
  }
  const output = `${root}dist/ward-smoke`;
  const compiled = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "-A",
      `${root}scripts/compile.ts`,
      ...(compiler ? ["--deno", compiler] : []),
      "--output",
      output,
    ],
    cwd: root,
  }).output();
  if (!compiled.success) throw new Error(new TextDecoder().decode(compiled.stderr));
  forms.set("standalone", [output]);
  return { forms, skipped: null };
}

/** Runs the conversation in one form. */
export async function converse(form: readonly string[]): Promise<string[]> {
  const problems: string[] = [];
  using scratch = makeScratch({ "notes.md": "the needle is 4711\n", "b.txt": "x\n" });
  await using service = await startScriptedService([
    {
      content: "Looking.",
      calls: [
        { name: "read", arguments: { path: "notes.md" } },
        { name: "run", arguments: { command: "ls | wc -l" } },
      ],
    },
    { content: "The needle is 4711, in 2 files." },
  ]);
  const run = await runWard(
    ["agent", "-w", scratch.workspace, "-m", "where is the needle?"],
    { env: { ...scratch.env, ...service.env }, form },
  );
  const check = (what: string, holds: boolean) => {
    if (!holds) problems.push(`${what}\n${JSON.stringify(run, null, 1)}`);
  };
  const [first = "", second = ""] = service.bodies();
  check("exit code 0", run.code === 0);
  check("stdout is the answer alone", run.stdout === "The needle is 4711, in 2 files.\n");
  check("two model calls", service.bodies().length === 2);
  check("tools are offered", first.includes('"read"') && first.includes('"run"'));
  check("the file was read in the cell", second.includes("the needle is 4711"));
  const roles = (JSON.parse(second || "{}").messages ?? []).map((m: { role: string }) => m.role);
  check("each message is sent once", roles.join() === "system,user,assistant,tool,tool");
  check("the command ran in the cell", /"content":"2\\n|"content":"2"/.test(second));
  const status = await runWard(["status", "--json"], { env: scratch.env, form });
  check("status", status.code === 0 && JSON.parse(status.stdout).provider.name === "builtin");
  const version = await runWard(["version"], { env: {}, form });
  check("version", /^ward \d/.test(version.stdout));
  return problems;
}

if (import.meta.main) {
  const { values } = parseArgs({ args: Deno.args, options: { deno: { type: "string" } } });
  const { forms, skipped } = await makeForms(values.deno ?? Deno.env.get("STANDALONE_DENO"));
  let failed = 0;
  for (const [name, form] of forms) {
    const started = performance.now();
    const problems = await converse(form);
    failed += problems.length > 0 ? 1 : 0;
    console.log(
      `smoke ${name}: ${problems.length === 0 ? "ok" : "FAILED"} (${
        Math.round(performance.now() - started)
      } ms)`,
    );
    for (const problem of problems) console.log(problem);
  }
  if (skipped) console.log(`smoke skipped ${skipped}`);
  Deno.exit(failed > 0 ? 1 : 0);
}

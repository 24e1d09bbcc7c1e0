/** `--plan`, `--observe` and `--lock` of `ward agent`, one after the other on one task. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { machineParts } from "../../machine_parts.ts";
import { type ScriptStep, startScriptedService } from "../kit/scripted_service.ts";
import { makeScratch, ward } from "../kit/ward_process.ts";

const hasCells = (await machineParts())["bubblewrap"]?.present ?? false;

Deno.test({
  name: `a message is planned, observed, and held to what was observed${
    hasCells ? "" : ", skipped: no bubblewrap"
  }`,
  ignore: !hasCells,
  async fn() {
    using scratch = makeScratch();
    const made = `${scratch.workspace}/made.txt`;
    const step = (name: string, args: Record<string, unknown>): ScriptStep => ({
      calls: [{ name, arguments: args }],
    });
    const steps = [
      step("write", { path: "made.txt", content: "one\n" }),
      step("run", { command: "ls -a" }),
      { content: "done" },
    ];
    const more = [step("run", { command: "date" }), ...steps];
    await using service = await startScriptedService(steps);
    await using other = await startScriptedService(more);
    const agent = (flags: string[], env = service.env) =>
      ward(scratch, ["agent", "-m", "do it", ...flags], env);

    const plan = await agent(["--plan", "--json"]);
    equal(plan.code, 0, plan.stderr);
    const { rows } = JSON.parse(plan.stdout.trim().split("\n").at(-1) ?? "");
    deepEqual(
      rows.map((row: Record<string, string>) =>
        `${row["kind"]} ${row["value"]} ${row["decision"]}`
      ),
      ["write ./made.txt allow", "run exact:ls -a allow"],
    );
    ok(!(await Deno.stat(made).then(() => true, () => false)), "nothing was run");

    const manifest = `${scratch.folder}/observed.toml`;
    const observed = await agent(["--observe", manifest]);
    equal(observed.code, 0, observed.stderr);
    const text = await Deno.readTextFile(manifest);
    match(text, /write = \[ "\.\/made\.txt" \]/);
    match(text, /run = \[ "exact:ls -a" \]/);

    const held = await agent(["--lock", manifest]);
    equal(held.code, 0, held.stderr);
    const grown = await agent(["--lock", manifest], other.env);
    equal(grown.code, 1);
    match(grown.stderr, /has room for: run exact:date/);
    const again = await agent(["--observe", manifest]);
    equal(again.code, 2, "what is there is not replaced");
  },
});

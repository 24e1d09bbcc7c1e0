/** What a person sees and does in a real terminal. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { inEachForm } from "../kit/forms.ts";
import { type ScriptStep, startScriptedService } from "../kit/scripted_service.ts";
import { inTerminal } from "../kit/terminal.ts";
import {
  ask,
  makeScratch,
  type Scratch,
  terminalsOf,
  untilGone,
  ward,
} from "../kit/ward_process.ts";

const run = (command: string): ScriptStep => ({ calls: [{ name: "run", arguments: { command } }] });
const agent = (form: readonly string[], scratch: Scratch, ...args: string[]) => [
  ...form,
  "agent",
  "-w",
  scratch.workspace,
  ...args,
];

for (
  const { key, said, asksAgain, keeps } of [
    { key: "o", said: "allowed once", asksAgain: true, keeps: 0 },
    { key: "s", said: "allowed for this session", asksAgain: false, keeps: 0 },
    { key: "a", said: "allowed always", asksAgain: false, keeps: 1 },
    { key: "d", said: "denied", asksAgain: true, keeps: 0 },
  ]
) {
  inEachForm(`the key ${key}: ${said}, and no more than that`, async (form) => {
    using scratch = makeScratch();
    await using service = await startScriptedService(
      [run("seq 2 3"), run("seq 2 4"), { content: "The answer." }],
    );
    await inTerminal(agent(form, scratch, "-m", "go"), {
      env: { ...scratch.env, ...service.env },
      cwd: scratch.workspace,
    }, async (pane) => {
      const asked = await pane.waitFor("[d]eny");
      for (const wanted of ["Allow?", "run seq 2 3", "not on the allow-list", "BWRAP"]) {
        ok(asked.includes(wanted), asked);
      }
      await pane.type(key);
      if (asksAgain) {
        await pane.waitUntil("second question", (now) => now.split("[d]eny").length === 3);
        await pane.type("d");
      }
      const end = await pane.waitFor("EXIT=");
      ok(end.includes(said), end);
      match(end, /The answer\.\nEXIT=0/);
      equal(end.split("[d]eny").length, asksAgain ? 3 : 2, end);
    });
    const grants = JSON.parse((await ward(scratch, ["permissions", "grants", "--json"])).stdout);
    const always = grants.filter((one: { scope: { type: string } }) => one.scope.type === "always");
    equal(always.length, keeps);
    // Another session: only what was given always is still there.
    const next = await ask(scratch, "go", service.env);
    equal(next.stderr.includes("Refused"), keeps === 0, next.stderr);
  });
}

inEachForm("a line that is not understood offers once and deny alone", async (form) => {
  using scratch = makeScratch();
  await using service = await startScriptedService([
    run("echo $(echo in ward) > made.txt"),
    { content: "The answer." },
  ]);
  await inTerminal(agent(form, scratch, "-m", "go"), {
    env: { ...scratch.env, ...service.env },
    cwd: scratch.workspace,
  }, async (pane) => {
    const asked = await pane.waitFor("[d]eny");
    ok(!asked.includes("[a]lways") && !asked.includes("[s]ession"), asked);
    await pane.type("a");
    await pane.type("s");
    await pane.typeUntil("o", "allowed once");
    match(await pane.waitFor("EXIT="), /allowed once[^]+EXIT=0/);
  });
  equal(Deno.readTextFileSync(`${scratch.workspace}/made.txt`), "in ward\n");
});

for (const keys of [["a"], ["a", "o", "Enter", "a"]]) {
  inEachForm(
    `attack: ${keys.join(" ")} typed before the question does not answer it`,
    async (form) => {
      using scratch = makeScratch();
      const asked = Promise.withResolvers<void>();
      const goOn = Promise.withResolvers<void>();
      await using service = await startScriptedService([run("seq 2 3"), { content: "Done." }], {
        onRequest: (count) => {
          if (count > 1) return;
          asked.resolve();
          return goOn.promise;
        },
      });
      await inTerminal(agent(form, scratch, "-m", "go"), {
        env: { ...scratch.env, ...service.env },
        cwd: scratch.workspace,
      }, async (pane) => {
        await asked.promise;
        await pane.type(...keys);
        // Nothing else stands there yet: this is the terminal's own echo.
        const typed = keys.slice(0, 2).join("");
        await pane.waitUntil(`"${typed}"`, (now) => now.startsWith(typed));
        goOn.resolve();
        ok(!(await pane.waitFor("[d]eny")).includes("allowed"));
        await pane.type("d");
        match(await pane.waitFor("EXIT="), /denied/);
      });
      equal((await ward(scratch, ["permissions", "grants", "--json"])).stdout.trim(), "[]");
    },
  );
}

inEachForm(
  "Ctrl-C stops the turn and its command: exit code 130, no process left",
  async (form) => {
    using scratch = makeScratch();
    await using service = await startScriptedService([
      run("tail -f /dev/null"),
      { content: "never" },
    ]);
    await inTerminal(agent(form, scratch, "-m", "go"), {
      env: { ...scratch.env, ...service.env },
      cwd: scratch.workspace,
    }, async (pane) => {
      await pane.waitFor("run tail -f /dev/null …");
      // A helper that the terminal's Ctrl-C reaches too ends the command as a failed one: where
      // that is heard first, the model is asked again.
      const helpers = terminalsOf(scratch.folder).filter(({ line }) => /bwrap|unshare/.test(line));
      ok(helpers.length > 0);
      deepEqual(helpers.filter(({ terminal }) => terminal !== "0"), []);
      await pane.type("C-c");
      const end = await pane.waitFor("EXIT=");
      match(end, /Stopped/);
      match(end, /EXIT=130/);
    });
    equal(service.bodies().length, 1);
    await untilGone(scratch.folder);
  },
);

inEachForm("Ctrl-C in a question denies it and stops the turn", async (form) => {
  using scratch = makeScratch();
  await using service = await startScriptedService([run("seq 2"), { content: "never" }]);
  await inTerminal(agent(form, scratch, "-m", "go"), {
    env: { ...scratch.env, ...service.env },
    cwd: scratch.workspace,
  }, async (pane) => {
    await pane.waitFor("[d]eny");
    await pane.type("C-c");
    match(await pane.waitFor("EXIT="), /denied[^]+EXIT=130/);
  });
  equal(service.bodies().length, 1);
});

inEachForm(
  "line by line: several messages, Ctrl-C in between, Ctrl-D ends with 0",
  async (form) => {
    using scratch = makeScratch({ "notes.md": "buy milk\n" });
    const env = { ...scratch.env, WARD_PROVIDER: "builtin" };
    await inTerminal(agent(form, scratch), { env, cwd: scratch.workspace }, async (pane) => {
      await pane.waitFor(">");
      await pane.write("read notes.md");
      await pane.type("Enter");
      await pane.waitFor("buy milk");
      await pane.write("how many files are there?");
      await pane.type("Enter");
      await pane.waitFor("1 file");
      await pane.type("C-d");
      match(await pane.waitFor("EXIT="), /EXIT=0/);
    });
  },
);

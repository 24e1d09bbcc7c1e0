/** What goes wrong outside is said with its cause and what to do; limits end a turn and keep it. */
import { equal, match, ok } from "node:assert/strict";
import { machineParts } from "../../machine_parts.ts";
import { SERVICE_SECRET, startScriptedService } from "../kit/scripted_service.ts";
import { ask, makeScratch, runWard, startWard, ward, writeConfig } from "../kit/ward_process.ts";

const hasCells = (await machineParts())["bubblewrap"]?.present ?? false;
const skipped = hasCells ? "" : ", skipped: no bubblewrap";

/** Errors that no retry helps: what is said of the cause and of the remedy. */
const FINAL = [
  { status: 401, type: "authentication_error", cause: /key/i, remedy: /KEY/ },
  { status: 404, type: "not_found_error", cause: /model/i, remedy: /WARD_MODEL|--model|model/ },
];

for (const protocol of ["openai", "anthropic"] as const) {
  for (const { status, type, cause, remedy } of FINAL) {
    Deno.test(`${protocol}: ${status} ends the turn with its cause and remedy, exit code 1`, async () => {
      using scratch = makeScratch();
      await using service = await startScriptedService([{ fail: { status, type } }], { protocol });
      const run = await ask(scratch, "hi", service.env);
      equal(run.code, 1, run.stderr);
      equal(run.stdout, "");
      match(run.stderr, cause);
      match(run.stderr, remedy);
      ok(!run.stderr.includes(SERVICE_SECRET), run.stderr);
      equal(service.bodies().length, 1);
    });
  }

  for (const [status, type] of [[500, "api_error"], [529, "overloaded_error"]] as const) {
    Deno.test(`${protocol}: ${status} once is tried again and then answered`, async () => {
      using scratch = makeScratch();
      await using service = await startScriptedService([
        { content: "Here again.", fail: { status, type, times: 1 } },
      ], { protocol });
      const run = await ask(scratch, "hi", service.env);
      equal(run.code, 0, run.stderr);
      equal(run.stdout, "Here again.\n");
      match(run.stderr, /↻ .+again in \d+ s/);
      equal(service.bodies().length, 2);
    });
  }

  Deno.test(`${protocol}: 429 waits as long as Retry-After says`, async () => {
    using scratch = makeScratch();
    await using service = await startScriptedService([
      {
        content: "Here.",
        fail: { status: 429, type: "rate_limit_error", retryAfter: 2, times: 1 },
      },
    ], { protocol });
    const run = await ask(scratch, "hi", service.env);
    equal(run.stdout, "Here.\n", run.stderr);
    const [first = 0, second = 0] = service.times();
    ok(second - first >= 1_990, `${second - first} ms`);
  });

  Deno.test(`${protocol}: a stream cut in the middle is not shown as an answer`, async () => {
    using scratch = makeScratch();
    await using service = await startScriptedService([
      { content: "The whole disk was wiped because nobody looked.", cutAfter: 4 },
    ], { protocol });
    const run = await ask(scratch, "hi", service.env);
    equal(run.code, 1, run.stderr);
    equal(run.stdout, "", "a file behind ward would have held a broken answer");
    match(run.stderr, /incomplete/);
    match(run.stderr, /broke off|ended in the middle/);
  });
}

Deno.test("429 with a wait that nobody has is an error that says so", async () => {
  using scratch = makeScratch();
  await using service = await startScriptedService([
    { fail: { status: 429, type: "rate_limit_error", retryAfter: 900 } },
  ]);
  const run = await ask(scratch, "hi", service.env);
  equal(run.code, 1);
  match(run.stderr, /900 s/);
});

Deno.test("a service that is not there: what to check is named, exit code 1; tries are fresh", async () => {
  using scratch = makeScratch();
  writeConfig(scratch, "[limits]\nmodel_tries = 2\n");
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const run = await ask(scratch, "hi", {
    WARD_PROVIDER: "openai",
    WARD_API_BASE: `http://127.0.0.1:${port}/v1`,
    WARD_MODEL: "m",
  });
  equal(run.code, 1);
  match(run.stderr, /could not connect.+after 2 tries.+WARD_API_BASE/);
  equal(run.stderr.match(/↻/g)?.length, 1);
  const { stdout } = await ward(scratch, ["logs"]);
  match(stdout, /warn {2}model_retry reason=.+fresh_retry=true/);
});

Deno.test("bad input exits with 2 and says what was meant; an interrupt exits with 130", async () => {
  using scratch = makeScratch();
  for (
    const [args, said] of [
      [["agnet", "-m", "x"], /"agnet"[^]+Did you mean ward agent\?/],
      [["agent", "--provider", "antropic", "-m", "x"], /antropic/],
      [["agent", "--resume", "nosuch", "-m", "x"], /nosuch/],
      [["agent", "-w", `${scratch.folder}/gone`, "-m", "x"], /gone/],
      [["agent", "-w", "/etc", "-m", "x"], /\/etc/],
      [["agent", "-m", ""], /message/],
    ] as const
  ) {
    const run = await ward(scratch, args);
    equal(run.code, 2, `${args.join(" ")}: ${run.stderr}`);
    match(run.stderr, said);
    equal(run.stdout, "");
    ok(!/^\s+at /m.test(run.stderr), run.stderr);
  }
  const asked = Promise.withResolvers<void>();
  const never = Promise.withResolvers<void>();
  await using service = await startScriptedService([{ content: "late" }], {
    onRequest: () => {
      asked.resolve();
      return never.promise;
    },
  });
  const run = startWard(["agent", "-w", scratch.workspace, "-m", "hi"], {
    env: { ...scratch.env, ...service.env },
  });
  await asked.promise;
  run.child.kill("SIGINT");
  const { code, stderr, stdout } = await run.done;
  never.resolve();
  equal(code, 130, stderr);
  equal(stdout, "");
  match(stderr, /Stopped/);
});

/** Tokens that one call is held to take; no call is made to learn it. */
async function mostOfOneCall(env: Record<string, string>): Promise<number> {
  using scratch = makeScratch();
  writeConfig(scratch, "[budget]\ntask_tokens = 1\n");
  const { stderr } = await ask(scratch, "hi", env);
  return Number(/may take ([\d,]+) tokens/.exec(stderr)?.[1]?.replaceAll(",", ""));
}

/** One step after another that each adds a line. */
const ADDING = Array.from({ length: 9 }, (_, n) => ({
  calls: [{ name: "run", arguments: { command: `echo line ${n} >> kept.txt` } }],
}));

for (
  const [setting, config] of [
    ["limits.iterations", "[limits]\niterations = 3"],
    ["budget.task_tokens", "[budget]\ntask_tokens = "],
  ] as const
) {
  Deno.test({
    name: `${setting} ends a turn with exit code 1 and keeps what was done${skipped}`,
    ignore: !hasCells,
    async fn() {
      using scratch = makeScratch();
      await using service = await startScriptedService(ADDING, {
        laterTurns: [{ content: "Going on." }],
      });
      // Room for some calls of the tools there are, not for all.
      const room = config.endsWith("= ") ? `${await mostOfOneCall(service.env) + 900}` : "";
      writeConfig(scratch, `${config}${room}\n`);
      const run = await ask(scratch, "hi", service.env);
      equal(run.code, 1, run.stderr);
      ok(run.stderr.includes(setting), run.stderr);
      const kept = () => {
        try {
          return Deno.readTextFileSync(`${scratch.workspace}/kept.txt`).split("\n").length - 1;
        } catch {
          return 0;
        }
      };
      const lines = kept();
      ok(lines > 0 && lines < ADDING.length, `${lines}`);
      writeConfig(scratch, "");
      const after = await ask(scratch, "go on", service.env, ["--resume"]);
      equal(after.stdout, "Going on.\n", after.stderr);
      equal(kept(), lines, "nothing is run again");
      const { messages } = JSON.parse(service.bodies().at(-1)!);
      const done = messages.filter((one: { role: string; content: string }) =>
        one.role === "tool" && !one.content.startsWith("Not run")
      );
      equal(done.length, lines);
    },
  });
}

Deno.test({
  name: `limits.turn_s ends a command that goes on for longer, and its process${skipped}`,
  ignore: !hasCells,
  async fn() {
    using scratch = makeScratch();
    writeConfig(scratch, "[limits]\nturn_s = 2\n");
    await using service = await startScriptedService([
      { calls: [{ name: "run", arguments: { command: "tail -f /dev/null" } }] },
      { content: "done" },
    ]);
    const run = await ask(scratch, "hi", service.env);
    equal(run.code, 1, run.stderr);
    match(run.stderr, /limits\.turn_s/);
    equal(service.bodies().length, 1);
  },
});

Deno.test({
  name: `going in circles ends the turn and says so: same call, two calls by turns${skipped}`,
  ignore: !hasCells,
  async fn() {
    using scratch = makeScratch({ "a.md": "a\n", "b.md": "b\n" });
    const read = (path: string) => ({ calls: [{ name: "read", arguments: { path } }] });
    for (
      const steps of [
        Array.from({ length: 12 }, () => read("a.md")),
        Array.from({ length: 12 }, (_, n) => read(n % 2 ? "a.md" : "b.md")),
      ]
    ) {
      await using service = await startScriptedService(steps);
      const run = await runWard(["agent", "-w", scratch.workspace, "-m", "hi"], {
        env: { ...scratch.env, ...service.env },
      });
      equal(run.code, 1, run.stderr);
      match(run.stderr, /in circles/);
      ok(service.bodies().length < 8);
    }
  },
});

/** A conversation with a model by each protocol, and which model is chosen. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { sse, startModelService } from "../../fakes/model_service.ts";
import { machineParts } from "../../machine_parts.ts";
import { type ScriptStep, startScriptedService } from "../kit/scripted_service.ts";
import {
  ask,
  makeScratch,
  paste,
  runWard,
  startWard,
  ward,
  writeConfig,
} from "../kit/ward_process.ts";

const hasCells = (await machineParts())["bubblewrap"]?.present ?? false;
const skipped = hasCells ? "" : ", skipped: no bubblewrap";

const SIDE_BY_SIDE: readonly ScriptStep[] = [
  {
    content: "Looking at both.",
    calls: [
      { name: "run", arguments: { command: "cat one.pipe" } },
      { name: "run", arguments: { command: "cat two.pipe" } },
    ],
  },
  { content: "Now the notes.", calls: [{ name: "read", arguments: { path: "notes.md" } }] },
  { content: "# Answer\n\nIt failed at line 3.\n" },
];

for (const protocol of ["openai", "anthropic"] as const) {
  Deno.test({
    name: `${protocol}: runs read-only calls side by side and goes on until the answer${skipped}`,
    ignore: !hasCells,
    async fn() {
      using scratch = makeScratch({ "notes.md": "needle\n" });
      for (const name of ["one.pipe", "two.pipe"]) {
        new Deno.Command("mkfifo", { args: [`${scratch.workspace}/${name}`] }).outputSync();
      }
      // Each open waits for its reader, and nothing is written before both are there: calls made
      // one after the other would wait for ever.
      const writer = new Deno.Command("/bin/sh", {
        args: ["-c", "exec 3>one.pipe 4>two.pipe; echo first >&3; echo second >&4"],
        cwd: scratch.workspace,
      }).spawn();
      await using service = await startScriptedService(SIDE_BY_SIDE, { protocol });
      const run = await runWard(
        ["agent", "-w", scratch.workspace, "-m", "why did this fail?"],
        { env: { ...scratch.env, ...service.env }, stdin: "line 1\nline 2\nline 3: boom\n" },
      );
      // Were it still waiting, the calls did not overlap.
      try {
        writer.kill("SIGKILL");
      } catch {
        // It has done its work.
      }
      equal((await writer.status).code, 0, run.stderr);
      equal(run.code, 0, run.stderr);
      equal(run.stdout, "# Answer\n\nIt failed at line 3.\n");
      const [first = "", second = "", third = ""] = service.bodies();
      equal(service.bodies().length, 3);
      ok(first.includes("why did this fail?") && first.includes("line 3: boom"), first);
      ok(second.includes("first") && second.includes("second"), second);
      ok(third.includes("needle"), third);
      for (const wanted of ["Looking at both.", "run cat one.pipe", "read notes.md"]) {
        ok(run.stderr.includes(wanted), run.stderr);
      }
      ok(!run.stderr.includes("It failed"), run.stderr);
    },
  });
}

Deno.test("a pipe into ward and a file behind it: the file holds the answer alone", async () => {
  using scratch = makeScratch();
  await using service = await startScriptedService([{ content: "Because of the disk." }]);
  const log = `${scratch.workspace}/log`;
  Deno.writeTextFileSync(log, "disk full\n");
  const variables = Object.entries(service.env).map(([name, value]) => `${name}='${value}'`);
  const run = await paste(
    scratch,
    `cat log | ${variables.join(" ")} ward agent -w . -m "why did this fail?" > answer.md`,
  );
  equal(run.code, 0, run.stderr);
  equal(Deno.readTextFileSync(`${scratch.workspace}/answer.md`), "Because of the disk.\n");
  ok(service.bodies()[0]!.includes("disk full"));
});

Deno.test("--json prints one event a line on stdout, the last one says how it ended", async () => {
  using scratch = makeScratch();
  await using service = await startScriptedService([{ content: "Hello." }]);
  const run = await ask(scratch, "hi", service.env, ["--json"]);
  equal(run.code, 0, run.stderr);
  const events = run.stdout.trim().split("\n").map((line) => JSON.parse(line));
  equal(events.map((event) => event.text ?? "").join(""), "Hello.");
  deepEqual(events.at(-1), { type: "ended", outcome: "complete", reason: null });
});

/** A piece of an answer by the OpenAI protocol. */
function piece(content: string | null, finish: "stop" | null = null) {
  const delta = content === null ? {} : { role: "assistant", content };
  const choices = [{ index: 0, delta, finish_reason: finish }];
  return { id: "x", object: "chat.completion.chunk", created: 1, model: "m", choices };
}

function answerWith(text: string): Response {
  return sse(piece(text), piece(null, "stop"), "data: [DONE]\n\n");
}

function portIsFree(port: number): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return true;
  } catch {
    return false;
  }
}

const canListen = portIsFree(11434);

for (const isDefault of [false, true]) {
  Deno.test({
    name: isDefault
      ? `Ollama at its port is found and used${
        canListen ? "" : ", skipped: port 11434 is taken on this machine"
      }`
      : "Ollama where OLLAMA_HOST says is found and used",
    ignore: isDefault && !canListen,
    async fn() {
      using scratch = makeScratch();
      const seen: string[] = [];
      await using server = Deno.serve(
        { hostname: "127.0.0.1", port: isDefault ? 11434 : 0, onListen() {} },
        async (request) => {
          const { pathname } = new URL(request.url);
          seen.push(`${request.method} ${pathname}`);
          if (request.method === "GET") {
            if (pathname === "/api/tags") {
              return Response.json({ models: [{ name: "bge-embed" }, { name: "tiny:1b" }] });
            }
            return Response.json({ data: [{ id: "bge-embed" }, { id: "tiny:1b" }] });
          }
          const { model } = await request.json();
          return answerWith(`I am ${model}.`);
        },
      );
      const env = {
        ...scratch.env,
        OLLAMA_HOST: isDefault ? "" : `0.0.0.0:${server.addr.port}`,
      };
      const status = await runWard(["status", "--json"], { env });
      const { provider } = JSON.parse(status.stdout);
      equal(provider.name, "ollama", status.stdout);
      match(provider.why, /Ollama answers/);
      const run = await ask(scratch, "hi", { OLLAMA_HOST: env.OLLAMA_HOST });
      equal(run.stdout, "I am tiny:1b.\n", run.stderr);
      equal(run.code, 0);
      ok(seen.some((line) => line.startsWith("POST ")), seen.join());
    },
  });
}

Deno.test("a model's text is shown as it streams, before the answer is whole", async () => {
  using scratch = makeScratch();
  const more = Promise.withResolvers<void>();
  const encoder = new TextEncoder();
  const frame = (chunk: object) => encoder.encode(`data: ${JSON.stringify(chunk)}\n\n`);
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      await request.text();
      return new Response(
        new ReadableStream({
          async start(controller) {
            controller.enqueue(frame(piece("early")));
            await more.promise;
            controller.enqueue(frame(piece(" late")));
            controller.enqueue(frame(piece(null, "stop")));
            controller.enqueue(encoder.encode("data: [DONE]\n\n"));
            controller.close();
          },
        }),
        { headers: { "content-type": "text/event-stream" } },
      );
    },
  );
  const run = startWard(["agent", "-w", scratch.workspace, "-m", "hi", "--json"], {
    env: {
      ...scratch.env,
      WARD_PROVIDER: "openai",
      WARD_API_BASE: `http://127.0.0.1:${server.addr.port}/v1`,
      WARD_MODEL: "m",
    },
  });
  // The service says the rest only once the beginning was shown.
  await run.printed("early");
  more.resolve();
  const { code, stdout, stderr } = await run.done;
  equal(code, 0, stderr);
  ok(stdout.includes(" late"));
});

Deno.test("flags win over variables, variables over the file; the key goes with its address", async () => {
  using scratch = makeScratch();
  await using one = startModelService(() => answerWith("one"));
  await using two = startModelService(() => answerWith("two"));
  Deno.mkdirSync(`${scratch.folder}/other`);
  const addresses = `[providers.first]
protocol = "openai"
api_base = "${one.url}/v1"
api_key = "key-of-first"
model = "model-of-first"
[providers.second]
protocol = "openai"
api_base = "${two.url}/v1"
api_key = "key-of-second"
model = "model-of-second"
`;
  writeConfig(
    scratch,
    `[model]\nprovider = "first"\n[workspace]\npath = "${scratch.workspace}"\n${addresses}`,
  );
  const facts = async (env: Record<string, string>, ...args: string[]) => {
    const run = await ward(scratch, ["status", "--json", ...args], env);
    equal(run.code, 0, run.stderr);
    const { provider, workspace, home } = JSON.parse(run.stdout);
    return { name: provider.name, model: provider.model, workspace: workspace.path, home };
  };
  const fromFile = {
    name: "first",
    model: "model-of-first",
    workspace: scratch.workspace,
    home: scratch.home,
  };
  deepEqual(await facts({}), fromFile);
  deepEqual(await facts({ WARD_PROVIDER: "second", WARD_MODEL: "x" }), {
    ...fromFile,
    name: "second",
    model: "x",
  });
  const other = `${scratch.folder}/other`;
  deepEqual(await facts({ WARD_WORKSPACE: other }), { ...fromFile, workspace: other });
  const away = await facts({ WARD_HOME: `${scratch.folder}/second-home` });
  deepEqual([away.name, away.home], ["builtin", `${scratch.folder}/second-home`]);

  const answer = async (env: Record<string, string>, ...args: string[]) =>
    (await runWard(["agent", "-m", "hi", ...args], { env: { ...scratch.env, ...env } })).stdout;
  equal(await answer({}), "one\n");
  equal(await answer({ WARD_PROVIDER: "second" }), "two\n");
  equal(await answer({ WARD_PROVIDER: "first" }, "--provider", "second"), "two\n");
  equal(await answer({ WARD_MODEL: "from-variable" }, "-M", "from-flag"), "one\n");
  ok(one.requests.at(-1)!.body.includes('"model":"from-flag"'));
  const keys = (service: typeof one) =>
    new Set(service.requests.map(({ headers }) => headers.get("authorization")));
  deepEqual([keys(one), keys(two)], [
    new Set(["Bearer key-of-first"]),
    new Set(["Bearer key-of-second"]),
  ]);
});

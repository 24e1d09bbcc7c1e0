/** `ward mcp serve self` as an editor starts it: the whole program over its standard streams. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import config from "../../../deno.json" with { type: "json" };
import { machineParts } from "../../machine_parts.ts";
import { LACKS_STANDALONE, standalone } from "../kit/forms.ts";
import { REVISIONS, type ServedWard, serveSelf, textOf } from "../kit/mcp_client.ts";
import { startScriptedService } from "../kit/scripted_service.ts";
import { makeScratch, processesNaming, SOURCE, ward, writeConfig } from "../kit/ward_process.ts";

const hasCells = (await machineParts())["bubblewrap"]?.present ?? false;
const skipped = hasCells ? "" : ", skipped: no bubblewrap";

/** What a tool says. */
async function call(
  { client }: ServedWard,
  name: string,
  args: Record<string, unknown> = {},
): Promise<{ text: string; isError: boolean; data: Record<string, unknown> }> {
  const result = await client.callTool({ name, arguments: args }, { timeout: 200_000 });
  return {
    text: textOf(result),
    isError: result.isError === true,
    data: (result.structuredContent ?? {}) as Record<string, unknown>,
  };
}

/** One command that needs approval, then an answer. */
const NEEDS_APPROVAL = [
  { calls: [{ name: "run", arguments: { command: "seq 3" } }] },
  { content: "counted" },
];

for (
  const [revision, form] of [
    ...REVISIONS.map((one) => [one, "source"] as const),
    ["2026-07-28", "standalone"] as const,
  ]
) {
  const lacks = form === "standalone" ? LACKS_STANDALONE : undefined;
  const without = lacks === undefined ? skipped : `, skipped: no ${lacks}`;
  Deno.test({
    name:
      "serve self: the agent answers, asks its approval through the client and is gone with it, " +
      `by ${revision}, ${form}${without}`,
    ignore: !hasCells || lacks !== undefined,
    async fn() {
      using scratch = makeScratch({ "a.txt": "one\n" });
      await using service = await startScriptedService(NEEDS_APPROVAL, {
        laterTurns: [{ content: "and on it goes" }],
      });
      const asked: string[] = [];
      const progress: string[] = [];
      const served = await serveSelf(scratch, {
        env: service.env,
        revision,
        form: form === "source" ? SOURCE : [await standalone()],
        capabilities: { elicitation: { form: {} } },
        prepare(client) {
          client.setRequestHandler("elicitation/create", ({ params }) => {
            asked.push(params.message);
            return { action: "accept", content: { answer: "once" } };
          });
        },
      });
      const { tools } = await served.client.listTools();
      deepEqual(tools.map(({ name }) => name).sort(), TOOLS);
      const first = await served.client.callTool(
        { name: "ask_ward", arguments: { message: "count" } },
        { timeout: 200_000, onprogress: ({ message }) => void progress.push(message ?? "") },
      );
      equal(asked.length, 1, asked.join("\n"));
      match(asked[0] ?? "", /Allow\? run seq 3/);
      match(textOf(first), /counted/);
      match(progress.join("\n"), /run seq 3/);
      ok(service.bodies().at(-1)?.includes("1\\n2\\n3"), service.bodies().at(-1));
      const { sessionId } = first.structuredContent as { sessionId: string };
      const second = await call(served, "ask_ward", { message: "go on", sessionId });
      equal(second.data["sessionId"], sessionId);
      match(second.text, /and on it goes/);
      const [shown, listed, resource] = await Promise.all([
        call(served, "sessions", { id: sessionId }),
        served.client.listResources(),
        served.client.readResource({ uri: `ward://sessions/${sessionId}` }),
      ]);
      match(shown.text, /counted/);
      ok(listed.resources.some(({ uri }) => uri === `ward://sessions/${sessionId}`));
      match(JSON.stringify(resource.contents), /and on it goes/);
      const { completion } = await served.client.complete({
        ref: { type: "ref/prompt", name: "continue_session" },
        argument: { name: "session", value: sessionId.slice(0, 8) },
      });
      deepEqual(completion.values, [sessionId]);
      const prompt = await served.client.getPrompt({
        name: "continue_session",
        arguments: { session: sessionId },
      });
      ok(JSON.stringify(prompt.messages).includes(sessionId));
      equal(await served.end(), 0, served.stderr());
      deepEqual(processesNaming(scratch.folder), []);
      for (const line of served.lines) equal(JSON.parse(line).jsonrpc, "2.0");
    },
  });
}

const TOOLS = [
  "ask_ward",
  "grant_permission",
  "mcp_servers",
  "oauth_connect",
  "oauth_finish",
  "oauth_services",
  "permissions",
  "revoke_permission",
  "sessions",
  "usage",
  "ward_status",
];

Deno.test({
  name:
    `serve self: a client that asks nobody gets refusals with the command, and grants nothing${skipped}`,
  ignore: !hasCells,
  async fn() {
    using scratch = makeScratch();
    await using service = await startScriptedService(NEEDS_APPROVAL);
    await using served = await serveSelf(scratch, { env: service.env });
    const answer = await call(served, "ask_ward", { message: "count" });
    match(answer.text, /counted/);
    match(service.bodies().at(-1) ?? "", /ward permissions grant run/);
    const refused = await call(served, "grant_permission", { kind: "run", value: "seq" });
    equal(refused.isError, true);
    match(refused.text, /ward permissions grant run seq --always/);
    await served.end();
    equal((await ward(scratch, ["permissions", "grants", "--json"])).stdout, "[]\n");
  },
});

Deno.test({
  name:
    `serve self: a grant by the client's tool is the owner's yes, and is taken back by one${skipped}`,
  ignore: !hasCells,
  async fn() {
    using scratch = makeScratch();
    let says = "no";
    const asked: string[] = [];
    await using served = await serveSelf(scratch, {
      capabilities: { elicitation: {} },
      prepare(client) {
        client.setRequestHandler("elicitation/create", ({ params }) => {
          asked.push(params.message);
          return { action: "accept", content: { answer: says } };
        });
      },
    });
    const want = { kind: "run", value: "seq", for: "2h" };
    equal((await call(served, "grant_permission", want)).isError, true);
    match((await call(served, "permissions")).text, /"grants": \[\]/);
    says = "yes";
    const granted = await call(served, "grant_permission", want);
    const id = /its id is (\S+)/.exec(granted.text)?.[1] ?? "";
    match(
      asked.at(-1) ?? "",
      /run seq \(hands\)[^]*for 2h[^]*ward permissions grant run seq --for 2h/,
    );
    match((await call(served, "permissions")).text, new RegExp(id));
    match((await call(served, "permissions", { kind: "run", value: "seq 3" })).text, /"allow"/);
    match((await call(served, "revoke_permission", { id })).text, /Revoked/);
    match((await call(served, "permissions")).text, /"grants": \[\]/);
  },
});

Deno.test({
  name: `serve self: a call that is cancelled stops its turn, and others go on${skipped}`,
  ignore: !hasCells,
  async fn() {
    using scratch = makeScratch();
    const stop = new AbortController();
    const begun = Promise.withResolvers<void>();
    await using service = await startScriptedService([{ content: "never" }], {
      async onRequest() {
        begun.resolve();
        await new Promise<void>((resolve) =>
          stop.signal.addEventListener("abort", () => resolve(), { once: true })
        );
      },
    });
    await using served = await serveSelf(scratch, { env: service.env });
    const asking = served.client.callTool(
      { name: "ask_ward", arguments: { message: "wait" } },
      { signal: stop.signal, timeout: 200_000 },
    ).then(() => "answered", () => "cancelled");
    await begun.promise;
    match((await call(served, "usage")).text, /"total"/);
    stop.abort();
    equal(await asking, "cancelled");
    match((await call(served, "sessions")).text, /"items"/);
    equal(await served.end(), 0);
    deepEqual(processesNaming(scratch.folder), []);
  },
});

Deno.test({
  name:
    `attack: odd input on standard input brings nothing but JSON-RPC to standard output${skipped}`,
  ignore: !hasCells,
  async fn() {
    using scratch = makeScratch();
    await using served = await serveSelf(scratch);
    const deep = "[".repeat(100_000);
    await served.write([
      "not json",
      "{}",
      "[]",
      "null",
      '{"jsonrpc":"2.0","id":1,"result":{}}',
      '{"jsonrpc":"2.0","id":null,"method":"ping"}',
      '{"jsonrpc":"1.0","id":7,"method":"ping"}',
      '{"jsonrpc":"2.0","id":"x","method":"no/such"}',
      '{"jsonrpc":"2.0","id":8,"method":"tools/call","params":{"name":"sessions","arguments":5}}',
      '{"jsonrpc":"2.0","id":9,"method":"tools/list","params":{"cursor":"zzz"}}',
      '{"jsonrpc":"2.0","id":10,"method":"tools/call","params":{"name":"__proto__"}}',
      '{"jsonrpc":"2.0","id":11,"method":"resources/read","params":{"uri":"ward://sessions/../x"}}',
      deep,
      "\x00\x01\xff\x1b[2J",
      `{"jsonrpc":"2.0","id":12,"method":"${"m".repeat(100_000)}"}`,
      "",
    ].join("\n"));
    match((await call(served, "sessions")).text, /"items"/);
    equal(await served.end(), 0);
    for (const line of served.lines) equal(JSON.parse(line).jsonrpc, "2.0", line.slice(0, 200));
  },
});

/** Keys in the forms that ward may not say again, however they came into a session. */
const PLANTED = "sk-canary0123456789abcdefghij";

Deno.test({
  name: `attack: no key of ward or of a text is in any answer of a served ward${skipped}`,
  ignore: !hasCells,
  async fn() {
    using scratch = makeScratch({ "notes.txt": `the key is ${PLANTED}\n` });
    writeConfig(
      scratch,
      `[mcpServers.files]\ncommand = "cat"\nargs = ["--token", "${ARGUMENT}"]\n` +
        `[mcpServers.files.env]\nTOKEN = "${VALUE}"\n`,
    );
    await using service = await startScriptedService([
      { calls: [{ name: "read", arguments: { path: "notes.txt" } }] },
      { content: `It says ${PLANTED}, and my own is ${OWN_KEY}` },
    ], { saysKeys: true });
    const env = { ...service.env, WARD_API_KEY: OWN_KEY, MY_PASSWORD: "hunter2hunter2" };
    await using served = await serveSelf(scratch, { env });
    const answer = await call(served, "ask_ward", { message: "what is in the notes?" });
    const { sessionId: id } = answer.data;
    for (
      const [name, args] of [
        ["sessions", { id }],
        ["sessions", { query: "key" }],
        ["sessions", {}],
        ["ward_status", {}],
        ["permissions", {}],
        ["usage", {}],
        ["mcp_servers", {}],
      ] as const
    ) await call(served, name, args);
    await served.client.readResource({ uri: `ward://sessions/${id}` });
    await served.client.readResource({ uri: "ward://status" });
    match(answer.text, /It says \[\[/);
    for (const line of served.lines) {
      for (const secret of [PLANTED, OWN_KEY, VALUE, ARGUMENT, "hunter2hunter2"]) {
        ok(!line.includes(secret), `${secret} in ${line}`);
      }
    }
  },
});

/** After an option of a server's program. */
const ARGUMENT = "violet-harbor-4913-lamp";

/** Of a variable that a server is given. */
const VALUE = "a-value-of-a-server-0815";

/** A key that has no form of its own: known by its variable alone. */
const OWN_KEY = "zebra-piano-lantern-4711-quartz";

Deno.test({
  name: `the inspector's CLI lists and calls the tools of the real program${skipped}`,
  ignore: !hasCells,
  async fn() {
    using scratch = makeScratch();
    // It hands on neither flags nor most of its environment.
    const program = `${scratch.folder}/ward`;
    const variables = Object.entries(scratch.env).map(([name, value]) => `${name}='${value}'`);
    const words = SOURCE.map((word) => `'${word}'`);
    Deno.writeTextFileSync(
      program,
      `#!/bin/sh\nexec env -i ${[...variables, ...words].join(" ")} "$@"\n`,
      { mode: 0o755 },
    );
    const inspect = async (...method: string[]) => {
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "--quiet",
          "-A",
          `${config.imports["@modelcontextprotocol/inspector"]}`,
          "--cli",
          program,
          "-w",
          scratch.workspace,
          "mcp",
          "serve",
          "self",
          "--method",
          ...method,
        ],
        cwd: scratch.folder,
        clearEnv: true,
        env: scratch.env,
      }).output();
      equal(code, 0, new TextDecoder().decode(stderr));
      return JSON.parse(new TextDecoder().decode(stdout));
    };
    const { tools } = await inspect("tools/list");
    deepEqual(tools.map(({ name }: { name: string }) => name).sort(), TOOLS);
    const { content } = await inspect("tools/call", "--tool-name", "sessions");
    deepEqual(JSON.parse(content[0].text).items, []);
    deepEqual(processesNaming(scratch.folder), []);
  },
});

Deno.test({
  name:
    `serve self: nothing stays behind when its client is killed in the middle of a turn${skipped}`,
  ignore: !hasCells,
  async fn() {
    using scratch = makeScratch();
    const begun = Promise.withResolvers<void>();
    await using service = await startScriptedService([
      { calls: [{ name: "run", arguments: { command: "sleep 1000" } }] },
      { content: "never" },
    ]);
    await using served = await serveSelf(scratch, {
      env: service.env,
      capabilities: { elicitation: {} },
      prepare(client) {
        client.setRequestHandler("elicitation/create", () => {
          // The question is what the turn waits in when the client is gone.
          begun.resolve();
          return new Promise(() => {});
        });
      },
    });
    served.client.callTool({ name: "ask_ward", arguments: { message: "wait" } }).catch(() => {});
    await begun.promise;
    equal(await served.end(), 0, served.stderr());
    deepEqual(processesNaming(scratch.folder), []);
    const { stdout } = await ward(scratch, ["sessions", "list", "--json"]);
    equal(JSON.parse(stdout).length, 1);
  },
});

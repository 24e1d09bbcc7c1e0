/** `ward mcp serve self` as an editor starts it: the whole program over its standard streams. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { machineParts } from "../../machine_parts.ts";
import { REVISIONS, type ServedWard, serveSelf } from "../kit/mcp_client.ts";
import { startScriptedService } from "../kit/scripted_service.ts";
import { makeScratch, processesNaming, ward } from "../kit/ward_process.ts";

const hasCells = (await machineParts())["bubblewrap"]?.present ?? false;
const skipped = hasCells ? "" : ", skipped: no bubblewrap";

/** The text of a result. */
function textOf(result: Awaited<ReturnType<ServedWard["client"]["callTool"]>>): string {
  return (result.content as { type: string; text?: string }[])
    .map(({ text = "" }) => text).join("\n");
}

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

for (const revision of REVISIONS) {
  Deno.test({
    name:
      `serve self: the agent answers, asks its approval through the client and is gone with it, by ${revision}${skipped}`,
    ignore: !hasCells,
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
      equal(await served.end(), 0, served.stderr());
      deepEqual(processesNaming(scratch.folder), []);
      for (const line of served.lines) equal(JSON.parse(line).jsonrpc, "2.0");
    },
  });
}

const TOOLS = [
  "ask_ward",
  "grant_permission",
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

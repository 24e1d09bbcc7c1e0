/** Ward's serving code over a pair of streams: what is served is made up here. */
import { deepEqual, equal, match, rejects } from "node:assert/strict";
import fc from "fast-check";
import * as z from "zod";
import { AppError } from "../../src/base/app_error.ts";
import { createRoundTrip } from "./round_trip.ts";
import {
  type Served,
  type ServedTool,
  servedTool,
  textResult,
} from "../../src/surfaces/mcp_server/served.ts";

const hints = { readOnly: true, destructive: false, idempotent: true, openWorld: false };

function tool<S extends z.ZodType>(
  name: string,
  schema: S,
  run: (args: z.output<S>, call: Parameters<ServedTool["run"]>[1]) => ReturnType<ServedTool["run"]>,
): ServedTool {
  return servedTool({ name, title: name, description: name, schema, hints, run });
}

const none = z.strictObject({});

/** Much of everything. */
function much(tools: readonly ServedTool[] = []): Served {
  const many = Array.from({ length: 120 }, (_, index) => index);
  return {
    name: "much",
    version: "1",
    instructions: "",
    tools: [
      ...tools,
      ...many.map((index) => tool(`t${index}`, none, () => Promise.resolve(textResult("")))),
    ],
    resources: many.slice(0, 60).map((index) => ({
      uri: `x://one/${index}`,
      name: `${index}`,
      title: "",
      description: "",
      mimeType: "text/plain",
      read: () => Promise.resolve([{ uri: `x://one/${index}`, text: `${index}` }]),
    })),
    templates: [{
      uriTemplate: "x://kind/{id}",
      name: "kind",
      title: "",
      description: "",
      mimeType: "text/plain",
      list: (offset, limit) =>
        Promise.resolve(
          many.slice(offset, offset + limit).map((id) => ({
            uri: `x://kind/${id}`,
            name: `${id}`,
          })),
        ),
      read: (uri, { id = "" }) =>
        Promise.resolve(Number(id) < many.length ? [{ uri, text: `kind ${id}` }] : null),
      complete: (_, begun) =>
        Promise.resolve(many.map(String).filter((one) => one.startsWith(begun))),
    }],
    prompts: many.map((index) => ({
      name: `p${index}`,
      title: "",
      description: "",
      args: [],
      messages: () => Promise.resolve([]),
    })),
  };
}

for (const revision of ["2025-11-25", "2026-07-28"] as const) {
  Deno.test(`lists come in pages, whole and once each, by ${revision}`, async () => {
    await using pair = await createRoundTrip(much(), { revision });
    const { client } = pair;
    const all = async <T>(
      page: (cursor?: string) => Promise<{ items: T[]; next?: string | undefined }>,
    ) => {
      const found: T[] = [];
      let pages = 0;
      let cursor: string | undefined;
      for (;;) {
        const { items, next } = await page(cursor);
        found.push(...items);
        pages++;
        if (next === undefined) return { found, pages };
        cursor = next;
      }
    };
    const request = async (method: string, key: string) =>
      await all(async (cursor) => {
        const result = await client.request(
          { method, params: cursor === undefined ? {} : { cursor } },
          z.looseObject({ nextCursor: z.string().optional() }),
        );
        return { items: result[key] as { name: string; uri?: string }[], next: result.nextCursor };
      });
    const tools = await request("tools/list", "tools");
    equal(tools.pages, 3);
    equal(new Set(tools.found.map(({ name }) => name)).size, 120);
    const resources = await request("resources/list", "resources");
    equal(resources.pages, 4);
    equal(new Set(resources.found.map(({ uri }) => uri)).size, 180);
    equal((await request("prompts/list", "prompts")).found.length, 120);
    await rejects(client.listTools({ cursor: "bm9uc2Vuc2U=" }), /no cursor of this list/);
    match(JSON.stringify(await client.readResource({ uri: "x://kind/7" })), /kind 7/);
    await rejects(client.readResource({ uri: "x://kind/700" }));
    const { completion } = await client.complete({
      ref: { type: "ref/resource", uri: "x://kind/{id}" },
      argument: { name: "id", value: "1" },
    });
    equal(completion.values.length, 31);
  });

  Deno.test(`questions of one call come one by one, calls side by side, by ${revision}`, async () => {
    const gate = Promise.withResolvers<void>();
    let atOnce = 0;
    const fields = z.object({ answer: z.string() });
    const tools = [
      tool("waits", none, async () => {
        if (++atOnce === 3) gate.resolve();
        await gate.promise;
        return textResult("all three");
      }),
      tool("asks", none, async (_, call) => {
        const given = await Promise.all(
          ["a", "b"].map((message) => call.ask({ message, fields })),
        );
        return textResult(
          JSON.stringify(given.map((one) => one.action === "accept" ? one.content : one.action)),
        );
      }),
      tool(
        "fails",
        none,
        () => Promise.reject(new AppError("x.y", "It is broken", { hint: "Mend it" })),
      ),
      tool("breaks", none, () => Promise.reject(new TypeError("secret detail"))),
    ];
    const faults: unknown[] = [];
    await using pair = await createRoundTrip(much(tools), {
      revision,
      capabilities: { elicitation: {} },
      answer: (message) => ({ action: "accept", content: { answer: `${message}!` } }),
      onFault: (error) => void faults.push(error),
    });
    const call = async (name: string, args: Record<string, unknown> = {}) => {
      const result = await pair.client.callTool({ name, arguments: args });
      return `${result.isError ? "error: " : ""}${(result.content as { text: string }[])[0]?.text}`;
    };
    deepEqual(await Promise.all(["waits", "waits", "waits"].map((name) => call(name))), [
      "all three",
      "all three",
      "all three",
    ]);
    equal(await call("asks"), '[{"answer":"a!"},{"answer":"b!"}]');
    equal(await call("fails"), "error: It is broken. Mend it");
    equal(await call("breaks"), "error: It failed unexpectedly; see ward logs");
    equal(faults.length, 1);
    match(await call("waits", { no: 1 }), /^error: The arguments of "waits" do not fit/);
    await rejects(call("toString"), /There is no tool "toString"/);
  });

  Deno.test(`a call that is cancelled aborts its work, by ${revision}`, async () => {
    const begun = Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<void>();
    const tools = [tool("long", none, async (_, { signal }) => {
      signal.addEventListener("abort", () => aborted.resolve(), { once: true });
      begun.resolve();
      await aborted.promise;
      return textResult("stopped");
    })];
    await using pair = await createRoundTrip(much(tools), { revision });
    const stop = new AbortController();
    const calling = pair.client.callTool({ name: "long" }, { signal: stop.signal });
    await begun.promise;
    stop.abort();
    await rejects(calling);
    await aborted.promise;
  });
}

Deno.test("attack: an answer to a question that was not asked, or of another tool, goes on with nothing", async () => {
  const fields = z.object({ answer: z.string() });
  const tools = ["asks", "other"].map((name) =>
    tool(
      name,
      none,
      async (_, call) => textResult((await call.ask({ message: "?", fields })).action),
    )
  );
  await using pair = await createRoundTrip(much(tools), {
    revision: "2026-07-28",
    capabilities: { elicitation: {} },
  });
  const raw = (name: string, more: Record<string, unknown>) =>
    pair.client.request(
      { method: "tools/call", params: { name, arguments: {}, ...more } },
      z.looseObject({}),
      { allowInputRequired: true },
    );
  const inputResponses = { "question-1": { action: "accept", content: { answer: "yes" } } };
  await rejects(raw("asks", { requestState: "made-up", inputResponses }), /nothing to go on with/);
  const { requestState } = await raw("asks", {}) as { requestState: string };
  await rejects(raw("other", { requestState, inputResponses }), /nothing to go on with/);
  match(JSON.stringify(await raw("asks", { requestState, inputResponses })), /"accept"/);
  await rejects(raw("asks", { requestState, inputResponses }), /nothing to go on with/);
});

Deno.test("attack: an answer that comes late counts for no later question", async () => {
  const fields = z.object({ answer: z.string() });
  const late = new AbortController();
  const tools = [tool("asks", none, async (_, call) => {
    const first = await call.ask({ message: "read a file?", fields }, late.signal);
    const second = await call.ask({ message: "delete all?", fields });
    return textResult(`${first.action} ${second.action}`);
  })];
  await using pair = await createRoundTrip(much(tools), {
    revision: "2026-07-28",
    capabilities: { elicitation: {} },
  });
  const raw = (more: Record<string, unknown>) =>
    pair.client.request(
      { method: "tools/call", params: { name: "asks", arguments: {}, ...more } },
      z.looseObject({}),
      { allowInputRequired: true },
    );
  const yes = { action: "accept", content: { answer: "yes" } };
  const { requestState } = await raw({}) as { requestState: string };
  late.abort();
  const again = await raw({ requestState, inputResponses: { "question-1": yes } });
  match(JSON.stringify(again["inputRequests"]), /"question-2":.*delete all/);
  const declined = { "question-2": { action: "decline" } };
  match(JSON.stringify(await raw({ requestState, inputResponses: declined })), /cancel decline/);
});

Deno.test("who follows a resource is told when it is another, and nobody else", async () => {
  const tools = [tool("changes", none, (_, call) => {
    for (const uri of ["x://one/1", "x://one/2"]) call.changed(uri);
    return Promise.resolve(textResult("done"));
  })];
  await using pair = await createRoundTrip(much(tools), { revision: "2025-11-25" });
  const told: string[] = [];
  pair.client.setNotificationHandler("notifications/resources/updated", ({ params }) => {
    told.push(params.uri);
  });
  await pair.client.callTool({ name: "changes" });
  await pair.client.subscribeResource({ uri: "x://one/2" });
  await pair.client.callTool({ name: "changes" });
  await pair.client.unsubscribeResource({ uri: "x://one/2" });
  await pair.client.callTool({ name: "changes" });
  deepEqual(told, ["x://one/2"]);
});

Deno.test("attack: whatever bytes come, each line out is one message of JSON-RPC, and serving goes on", async () => {
  const method = fc.constantFrom(
    "ping",
    "tools/list",
    "tools/call",
    "initialize",
    "x",
    "resources/read",
  );
  const message = fc.record({
    jsonrpc: fc.constantFrom("2.0", "1.0", 2),
    id: fc.oneof(fc.integer(), fc.string(), fc.constant(null), fc.double()),
    method: fc.oneof(method, fc.anything()),
    params: fc.anything(),
  }, { requiredKeys: [] });
  const line = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.json(),
    message.map((value) => JSON.stringify(value) ?? ""),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 20 }), async (lines) => {
      await using pair = await createRoundTrip(much(), { revision: "2025-11-25" });
      await pair.write(lines.join("\n") + "\n");
      equal((await pair.client.listTools()).tools.length > 0, true);
      for (const out of pair.lines()) {
        equal(out.endsWith("\n") && !out.slice(0, -1).includes("\n"), true);
        equal(JSON.parse(out).jsonrpc, "2.0");
      }
    }),
    { numRuns: 30 },
  );
});

/** Attacks on the key and on the thread's grant. */
import assert from "node:assert/strict";
import { sse, startModelService } from "../fakes/model_service.ts";
import {
  ask,
  failureOf,
  KEY,
  modelRequest,
  startThread,
  textOf,
  threadPermissions,
} from "./start_thread.ts";

const CANARY = "WARD_TEST_CANARY";
const VALUE = "canary-7d0c2b";

function answer({ path }: { path: string }): Response {
  if (path.endsWith("/messages")) {
    return sse(
      { type: "message_start", message: {} },
      {
        type: "content_block_delta",
        index: 0,
        delta: { type: "text_delta", text: "ok" },
      },
      { type: "message_delta", delta: { stop_reason: "end_turn" } },
      { type: "message_stop" },
    );
  }
  return sse(
    { choices: [{ delta: { content: "ok" }, finish_reason: "stop" }] },
    "data: [DONE]\n\n",
  );
}

/** Variables that an SDK would send on, or that would send it elsewhere. */
const HOSTILE: Record<string, string> = {
  [CANARY]: VALUE,
  ANTHROPIC_CUSTOM_HEADERS: `x-leak: ${VALUE}`,
  OPENAI_CUSTOM_HEADERS: `x-leak: ${VALUE}`,
  ANTHROPIC_AUTH_TOKEN: VALUE,
  ANTHROPIC_BASE_URL: "http://127.0.0.1:1",
  OPENAI_BASE_URL: "http://127.0.0.1:1",
  OPENAI_ORG_ID: VALUE,
  OPENAI_PROJECT_ID: VALUE,
};

Deno.test("attack, environment: nothing of it reaches a request, and the key is in one header", async () => {
  const before = Object.keys(HOSTILE).map((name) => [name, Deno.env.get(name)] as const);
  for (const [name, value] of Object.entries(HOSTILE)) Deno.env.set(name, value);
  try {
    for (const protocol of ["anthropic", "openai"] as const) {
      await using service = startModelService(answer);
      await using thread = await startThread({ protocol, baseUrl: service.url });
      assert.equal(textOf(await ask(thread)), "ok");
      const [seen] = service.requests;
      assert.ok(seen);
      const headers = [...seen.headers];
      const holding = (value: string) =>
        headers.filter(([, text]) => text.includes(value)).map(([name]) => name);
      assert.deepEqual(holding(KEY), ["authorization"]);
      assert.deepEqual(holding(VALUE), []);
      assert.ok(!seen.body.includes(KEY) && !seen.body.includes(VALUE));
      // What the SDKs tell of the machine: system and processor kind, nothing that names it.
      assert.deepEqual(
        headers.map(([name]) => name).filter((name) => name.startsWith("x-stainless")).sort(),
        [
          "x-stainless-arch",
          "x-stainless-lang",
          "x-stainless-os",
          "x-stainless-package-version",
          "x-stainless-retry-count",
          "x-stainless-runtime",
          "x-stainless-runtime-version",
          ...(protocol === "anthropic" ? ["x-stainless-timeout"] : []),
        ],
      );
      assert.deepEqual(holding(Deno.hostname()), []);
    }
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
});

Deno.test("a service without a key gets no key header", async () => {
  for (const protocol of ["anthropic", "openai"] as const) {
    await using service = startModelService(answer);
    await using thread = await startThread({ protocol, baseUrl: service.url, apiKey: null });
    assert.equal(textOf(await ask(thread)), "ok");
    const names = [...(service.requests[0]?.headers ?? [])].map(([name]) => name);
    assert.ok(!names.includes("authorization") && !names.includes("x-api-key"));
  }
});

Deno.test("attack, redirect: the key does not follow one to another port", async () => {
  for (const status of [301, 302, 307, 308]) {
    await using thief = startModelService(answer);
    await using service = startModelService(({ path }) =>
      new Response(null, { status, headers: { location: thief.url + path } })
    );
    for (const protocol of ["anthropic", "openai"] as const) {
      await using thread = await startThread({ protocol, baseUrl: service.url });
      const failure = failureOf(await ask(thread));
      assert.equal(failure.code, "model.rejected");
      assert.match(failure.message, /redirect/);
    }
    assert.equal(thief.requests.length, 0);
  }
});

Deno.test("attack, careless code in the thread: the runtime refuses the redirect, env and files", async () => {
  await using thief = startModelService(() => new Response("loot"));
  await using service = startModelService(() => Response.redirect(thief.url, 302));
  Deno.env.set(CANARY, VALUE);
  const run = async (permissions: unknown) => {
    const worker = new Worker(new URL("../fakes/following_worker.ts", import.meta.url), {
      type: "module",
      deno: { permissions },
    } as WorkerOptions);
    const reply = Promise.withResolvers<Record<"followed" | "variable" | "file", string>>();
    worker.onmessage = (event) => reply.resolve(event.data);
    worker.postMessage({ url: service.url, name: CANARY });
    return await reply.promise.finally(() => worker.terminate());
  };
  try {
    const held = await run(threadPermissions(new URL(service.url).host));
    assert.match(held.followed, /NotCapable|net access/);
    assert.match(held.variable, /NotCapable/);
    assert.match(held.file, /NotCapable/);
    assert.equal(thief.requests.length, 0);
    const control = await run("inherit");
    assert.equal(control.followed, "got loot");
    assert.equal(control.variable, `got ${VALUE}`);
  } finally {
    Deno.env.delete(CANARY);
  }
});

Deno.test("attack, address: a thread whose grant is another host says that the runtime refused", async () => {
  await using service = startModelService(answer);
  await using other = startModelService(answer);
  await using thread = await startThread({ protocol: "openai", baseUrl: service.url });
  await thread.client.configure({
    name: "moved",
    protocol: "openai",
    baseUrl: other.url,
    apiKey: KEY,
    keySource: null,
  });
  const failure = failureOf(await ask(thread));
  assert.equal(failure.code, "model.rejected");
  assert.match(failure.message, /runtime refused/);
  assert.equal(other.requests.length, 0);
});

Deno.test("attack, echo: a service that sends the key back finds it in no failure", async () => {
  const bodies = [
    { error: { type: KEY, code: KEY, message: `bad key ${KEY}` } },
    { type: "error", error: { type: KEY, message: KEY } },
  ];
  for (const status of [400, 401, 429, 500]) {
    for (const body of bodies) {
      await using service = startModelService(() => Response.json(body, { status }));
      await using thread = await startThread({ protocol: "anthropic", baseUrl: service.url });
      const request = modelRequest({ messages: [{ role: "user", text: "my prompt" }] });
      assert.ok(!JSON.stringify(await ask(thread, request)).includes(KEY));
    }
  }
});

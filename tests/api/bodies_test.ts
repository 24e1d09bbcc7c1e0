/** Bodies and streams of the `api` thread: what is not taken, and what a slow reader costs. */
import { deepEqual, equal, match } from "node:assert/strict";
import { MAX_BODY_BYTES, readBody } from "../../src/compartments/api/read_body.ts";
import { type ListeningApi, listeningApi, TOKEN } from "./kit/api_thread.ts";

const AUTH = { authorization: `Bearer ${TOKEN}` };
const JSON_TYPE = { "content-type": "application/json" };

/** Posts, and gives status and error. */
async function post(
  api: ListeningApi,
  body: BodyInit,
  headers: Record<string, string> = JSON_TYPE,
): Promise<string> {
  const answer = await fetch(`${api.url}/api/v1/tasks`, {
    method: "POST",
    headers: { ...AUTH, ...headers },
    body,
  });
  return `${answer.status} ${(await answer.json()).error ?? ""}`.trim();
}

Deno.test("JSON comes to the kernel as a value; no body is null", async () => {
  await using api = await listeningApi();
  equal(await post(api, '{"description":"ä","n":[1]}'), "200");
  equal(await post(api, "[]", { "content-type": "Application/JSON; charset=utf-8" }), "200");
  equal(await post(api, "", {}), "200");
  deepEqual(api.requests.map(({ body }) => body), [{ description: "ä", n: [1] }, [], null]);
});

Deno.test("attack: body bombs: too long by word or in fact, deep, compressed, of another type, no JSON, no UTF-8", async () => {
  await using api = await listeningApi();
  const long = `"${"a".repeat(MAX_BODY_BYTES)}"`;
  match(await post(api, long), /^413 /);
  const chunks = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024).fill(0x20)),
  });
  // One without an end: it is cut off, not read on.
  const endless = await fetch(`${api.url}/api/v1/tasks`, {
    method: "POST",
    headers: { ...AUTH, ...JSON_TYPE },
    body: chunks,
  }).then((answer) => answer.text().then(() => answer.status), () => 413);
  equal(endless, 413);
  match(await post(api, "[".repeat(100_000) + "]".repeat(100_000)), /^400 The body is not JSON/);
  match(await post(api, '{"a":'.repeat(50_000)), /^400 /);
  const gzip = new Response(
    new Blob([" ".repeat(1_000_000)]).stream()
      .pipeThrough(new CompressionStream("gzip")),
  );
  const bomb = await gzip.arrayBuffer();
  match(await post(api, bomb, { ...JSON_TYPE, "content-encoding": "gzip" }), /^415 A compressed/);
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
    match(await post(api, '{"description":"a"}', { "content-type": type }), /^415 /, type);
  }
  match(await post(api, new Uint8Array([0x22, 0xff, 0xfe, 0x22])), /^400 /);
  match(await post(api, "{description:1}"), /^400 The body is not JSON in UTF-8$/);
  deepEqual(api.requests, []);
});

Deno.test("attack: a huge body before anybody is let in: it is answered without being read", async () => {
  await using api = await listeningApi();
  const head = `POST /api/v1/tasks HTTP/1.1\r\nHost: 127.0.0.1:${api.port}\r\n` +
    "Content-Type: application/json\r\nContent-Length: 1000000000\r\nConnection: close\r\n";
  // No byte of the body is sent: whoever waited for it would wait for ever.
  for (const more of ["", "Authorization: Bearer wrong\r\n"]) {
    match(await api.rawHead(`${head}${more}\r\n`), /^HTTP\/1\.1 401 /);
  }
  match(await api.rawHead(`${head}Authorization: Bearer ${TOKEN}\r\n\r\n`), /^HTTP\/1\.1 413 /);
  deepEqual(api.requests, []);
});

Deno.test("attack: a body that never ends is given up, 408", async () => {
  const late = new AbortController();
  const trickle = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode('{"a":')),
    pull: () => late.abort(),
  });
  const request = new Request("http://127.0.0.1/", {
    method: "POST",
    headers: JSON_TYPE,
    body: trickle,
  });
  deepEqual(await readBody(request, late.signal), {
    ok: false,
    status: 408,
    error: "The body took too long",
  });
});

Deno.test("events come as they are told, with their numbers, and the stream ends with them", async () => {
  await using api = await listeningApi({
    onRequest({ id }, api) {
      api.reply({ type: "events", id });
      api.reply({ type: "event", id, seq: 8, event: "text", data: '{"text":"a\\nb"}' });
      api.reply({ type: "event", id, seq: 9, event: "state", data: "{}" });
      api.reply({ type: "end", id });
      // What comes for one that has ended is of no matter.
      api.reply({ type: "event", id, seq: 10, event: "state", data: "{}" });
      api.reply({ type: "answer", id: 999, status: 200, headers: {}, body: "" });
    },
  });
  const answer = await fetch(`${api.url}/api/v1/tasks/t1/events`, { headers: AUTH });
  equal(answer.headers.get("content-type"), "text/event-stream");
  equal(
    await answer.text(),
    ': ward\n\nid: 8\nevent: text\ndata: {"text":"a\\nb"}\n\nid: 9\nevent: state\ndata: {}\n\n',
  );
});

Deno.test("who hangs up, or does not read, is forgotten: the kernel is told, and nothing is kept for them", async () => {
  let stream = 0;
  await using api = await listeningApi({
    onRequest({ id }, api) {
      stream = id;
      api.reply({ type: "events", id });
    },
  });
  const hung = new AbortController();
  const answer = await fetch(`${api.url}/e`, { headers: AUTH, signal: hung.signal });
  const reader = answer.body!.getReader();
  await reader.read();
  hung.abort();
  const gone = () => api.told.filter(({ type }) => type === "gone").length;
  const tellUntilGone = async (count: number, data: string) => {
    for (let seq = 1; gone() < count; seq++) {
      api.reply({ type: "event", id: stream, seq, event: "text", data });
      // A turn of the event loop: what the thread says is heard between two of them.
      await new Promise((resolve) => setTimeout(resolve));
    }
  };
  await tellUntilGone(1, "{}");
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: api.port });
  await connection.write(new TextEncoder().encode(
    `GET /e HTTP/1.1\r\nHost: 127.0.0.1:${api.port}\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`,
  ));
  await connection.read(new Uint8Array(16));
  await tellUntilGone(2, JSON.stringify("x".repeat(100_000)));
  connection.close();
});

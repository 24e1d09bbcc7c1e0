/** The `web` thread as the kernel starts it: one host's addresses, and nothing beside them. */
import assert from "node:assert/strict";
import { AppError } from "../../src/base/app_error.ts";
import { startThread } from "../../src/compartments/start.ts";
import { compartment, NO_INPUTS } from "../../src/compartments/table.ts";
import { layerWords } from "../../src/app/conversation/facts.ts";
import { createWebClient } from "../../src/compartments/web/client.ts";
import { pageRequest, rawServer } from "./raw_server.ts";

const CODE = { base: new URL("../../src/", import.meta.url).href, extension: ".ts" };
const HELLO = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<h1>Hello</h1><p>you</p>";
const { signal } = new AbortController();

function start(addresses: readonly string[], port: number) {
  const request = { addresses, port };
  const running = startThread(compartment({ ...NO_INPUTS, request }, "web")!, CODE);
  return {
    ...createWebClient(running.client),
    [Symbol.dispose]: () => running.stop(new AppError("test.ended", "The test has ended")),
  };
}

Deno.test("the web thread reads a page from the address it was started for", async () => {
  await using server = rawServer(({ send }) => send(HELLO));
  using web = start(["127.0.0.1"], server.port);
  const to = { addresses: ["127.0.0.1"], port: server.port };
  const { page } = await web.exchange(pageRequest(to), signal);
  assert.equal(page?.text, "## Hello\n\nyou");
  assert.match(server.requests[0] ?? "", /^GET \/ HTTP\/1\.1\r\nhost: site\.test\r\n/);
});

Deno.test("SSRF: the web thread reaches no other address, port or name, whatever it is told", async () => {
  await using server = rawServer(({ send }) => send(HELLO));
  await using other = rawServer(({ send }) => send(HELLO));
  using web = start(["127.0.0.1"], server.port);
  const targets: [address: string, port: number][] = [
    ["127.0.0.1", other.port],
    ["127.0.0.2", server.port],
    ["localhost", server.port],
    ["::1", server.port],
    ["169.254.169.254", 80],
  ];
  for (const [address, port] of targets) {
    await assert.rejects(web.exchange(pageRequest({ addresses: [address], port }), signal), {
      code: "web.not_granted",
    }, address);
    await assert.rejects(web.connect({ addresses: [address], port }, signal), {
      code: "web.not_granted",
    }, address);
  }
  assert.deepEqual(other.requests, []);
  using none = start([], 443);
  const to = { addresses: ["127.0.0.1"], port: server.port };
  await assert.rejects(none.exchange(pageRequest(to), signal), { code: "web.not_granted" });
  assert.deepEqual(server.requests, []);
});

Deno.test("the web thread makes a connection and sends nothing", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using web = start(["127.0.0.1"], listener.addr.port);
  const accepted = listener.accept();
  await web.connect({ addresses: ["127.0.0.1"], port: listener.addr.port }, signal);
  using connection = await accepted;
  assert.equal(await connection.read(new Uint8Array(1)), null);
  listener.close();
  await assert.rejects(
    web.connect({ addresses: ["127.0.0.1"], port: listener.addr.port }, signal),
    { code: "web.unreachable" },
  );
});

Deno.test("a page that keeps the thread busy ends with it", async () => {
  await using server = rawServer(async ({ send }) => {
    await send("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n");
    await send("<p>a".repeat(200_000));
  });
  const web = start(["127.0.0.1"], server.port);
  const to = { addresses: ["127.0.0.1"], port: server.port };
  const reading = web.exchange(pageRequest(to), signal);
  web[Symbol.dispose]();
  await assert.rejects(reading, { code: "test.ended" });
});

Deno.test("a question names what holds it: the request's own thread, not a cell", () => {
  assert.match(layerWords("BWRAP", "web"), /^RUNTIME: in a thread for this request/);
  assert.match(layerWords("REDUCED", "web"), /^RUNTIME/);
  assert.match(layerWords("BWRAP", "browser"), /^BWRAP: in a cell/);
  assert.match(layerWords("REDUCED", "hands"), /^REDUCED/);
  assert.match(layerWords("BWRAP", "kernel"), /in no cell$/);
});

/** Attack: hosts that answer too much, too slowly, or in no form at all. Each is on this machine. */
import assert from "node:assert/strict";
import { exchange, HEAD_LIMIT_MS, requestBytes } from "../../src/compartments/web/exchange.ts";
import { MAX_BODY_BYTES } from "../../src/compartments/web/http_body.ts";
import { readAnswer } from "../../src/compartments/web/read_answer.ts";
import { countBattery } from "../battery_count.ts";
import { SITE } from "./certificates.ts";
import { pageRequest, type RawAnswer, rawServer } from "./raw_server.ts";

const OK = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n";
const MB = new Uint8Array(1024 * 1024).fill(120);

async function gzip(bytes: Uint8Array<ArrayBuffer>, times: number): Promise<Uint8Array> {
  let left = times;
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      if (left-- > 0) controller.enqueue(bytes);
      else controller.close();
    },
  });
  const packed = source.pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

/** Sends one piece until the other side has had enough. */
function endless(head: string, piece: string | Uint8Array): RawAnswer {
  return async ({ send }) => {
    await send(head);
    for (;;) await send(piece);
  };
}

function says(text: string | Uint8Array): RawAnswer {
  return ({ send }) => send(text);
}

/** Answers that must end in a failure of that code. */
const ANSWERS: Record<string, [code: string, answer: RawAnswer]> = {
  "a gzip bomb of 200 MB": ["web.too_large", async ({ send }) => {
    await send(`${OK}content-encoding: gzip\r\n\r\n`);
    await send(await gzip(MB, 200));
  }],
  "a brotli bomb that was not asked for": ["web.encoding", async ({ send }) => {
    await send(`${OK}content-encoding: br\r\n\r\n`);
    await send(MB);
  }],
  "packed twice": ["web.encoding", says(`${OK}content-encoding: gzip, gzip\r\n\r\nx`)],
  "packed, it says, and is not": [
    "web.malformed",
    says(`${OK}content-encoding: gzip\r\n\r\nplain`),
  ],
  "packed and cut off": ["web.malformed", async ({ send }) => {
    await send(`${OK}content-encoding: gzip\r\n\r\n`);
    await send((await gzip(MB, 1)).subarray(0, 500));
  }],
  "a body without an end": ["web.too_large", endless(`${OK}\r\n`, MB)],
  "pieces without an end": [
    "web.too_large",
    endless(`${OK}transfer-encoding: chunked\r\n\r\n`, `10000\r\n${"x".repeat(0x10000)}\r\n`),
  ],
  "a body of a terabyte, by its length": [
    "web.too_large",
    says(`${OK}content-length: 1099511627776\r\n\r\n`),
  ],
  "a head without an end": ["web.head_too_large", endless(OK, `x-more: ${"x".repeat(1000)}\r\n`)],
  "a header without an end": ["web.head_too_large", endless(`${OK}x-long: `, MB)],
  "a status without an end": ["web.head_too_large", endless("HTTP/1.1 200 ", MB)],
  "early answers without an end": [
    "web.head_too_large",
    endless("", "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"),
  ],
  "a head that never ends and says little": ["web.late", async ({ send }) => {
    await send("HTTP/1.1 200 OK\r\n");
    await new Promise(() => {});
  }],
  "nothing at all": ["web.cut", () => {}],
  "less than it says": ["web.cut", says(`${OK}content-length: 100\r\n\r\nshort`)],
  "a piece less than it says": [
    "web.cut",
    says(`${OK}transfer-encoding: chunked\r\n\r\n5\r\nab`),
  ],
  "another protocol": ["web.malformed", says("SSH-2.0-OpenSSH_9.9\r\n")],
  "HTTP/0.9": ["web.malformed", says("<html>hello</html>\n")],
  "HTTP/2": ["web.malformed", says("HTTP/2 200\r\n\r\n")],
  "a switch of the protocol": [
    "web.malformed",
    says("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n"),
  ],
  "two lengths": ["web.malformed", says(`${OK}content-length: 1\r\ncontent-length: 2\r\n\r\nab`)],
  "a length that is no number": ["web.malformed", says(`${OK}content-length: -1\r\n\r\nab`)],
  "a transfer that was not asked for": [
    "web.malformed",
    says(`${OK}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`),
  ],
  "a piece without a size": [
    "web.malformed",
    says(`${OK}transfer-encoding: chunked\r\n\r\nzz\r\n\r\n`),
  ],
  "a piece longer than it says": [
    "web.malformed",
    says(`${OK}transfer-encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n`),
  ],
  "a line of the head that is no header": ["web.malformed", says("HTTP/1.1 200 OK\r\nno\r\n\r\n")],
  "a continued header": ["web.malformed", says("HTTP/1.1 200 OK\r\na: b\r\n c\r\n\r\n")],
  "a film": ["web.type", says("HTTP/1.1 200 OK\r\ncontent-type: video/mp4\r\n\r\nx")],
  "bytes without a type": [
    "web.type",
    says(new Uint8Array([...bytes("HTTP/1.1 200 OK\r\n\r\n"), 0])),
  ],
};

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

Deno.test("attack: answers beyond every bound end in a failure that says which", async (t) => {
  const through: string[] = [];
  for (const [name, [code, answer]] of Object.entries(ANSWERS)) {
    await using server = rawServer(answer);
    // Only the one that waits waits.
    const headMs = code === "web.late" ? 30 : HEAD_LIMIT_MS;
    const request = pageRequest();
    const result = await exchange(request, server.dial, { headMs })
      .then((read) => readAnswer(read, request))
      .then(() => "read", (error) => error.code);
    if (result !== code) through.push(`${name}: ${result}`);
  }
  assert.deepEqual(through, []);
  const tried = Object.keys(ANSWERS).length;
  await countBattery(t, {
    battery: "bounded answers",
    verb: "refused",
    held: tried - through.length,
    tried,
  });
});

Deno.test("what is within the bounds is read, in every frame", async () => {
  const text = "x".repeat(300_000);
  const packed = await gzip(new TextEncoder().encode(text), 1);
  const frames: Record<string, RawAnswer> = {
    "until the end": says(`${OK}\r\n${text}`),
    "by length": says(`${OK}content-length: 300000\r\n\r\n${text}and more`),
    "the same length twice": says(
      `${OK}content-length: 300000\r\ncontent-length: 300000\r\n\r\n${text}`,
    ),
    "in pieces": says(
      `${OK}transfer-encoding: chunked\r\n\r\n493e0;name=value\r\n${text}\r\n0\r\ntrailer: x\r\n\r\n`,
    ),
    "byte by byte": async ({ send }) => {
      for (const byte of bytes(`${OK}transfer-encoding: chunked\r\n\r\n`)) {
        await send(new Uint8Array([byte]));
      }
      await send(`493e0\r\n${text}\r\n0\r\n\r\n`);
    },
    "after an early answer": says(`HTTP/1.1 103 Early Hints\r\n\r\n${OK}\r\n${text}`),
    "line ends of Unix": says(`${OK}\r\n`.replaceAll("\r\n", "\n") + text),
    packed: async ({ send }) => {
      await send(`${OK}content-encoding: gzip\r\ncontent-length: ${packed.length}\r\n\r\n`);
      await send(packed);
    },
  };
  for (const [name, answer] of Object.entries(frames)) {
    await using server = rawServer(answer);
    const request = pageRequest();
    const { page } = await readAnswer(await exchange(request, server.dial), request);
    assert.equal(page?.text, text, name);
  }
  await using server = rawServer(async ({ send }) => {
    await send(`${OK}content-length: ${MAX_BODY_BYTES}\r\n\r\n`);
    for (let at = 0; at < 10; at++) await send(MB);
  });
  assert.equal((await exchange(pageRequest(), server.dial)).body?.length, MAX_BODY_BYTES);
});

Deno.test("the body of a redirect is not read", async () => {
  await using server = rawServer(
    endless("HTTP/1.1 302 Found\r\nlocation: http://other.test/\r\n\r\n", MB),
  );
  const request = pageRequest();
  const answer = await readAnswer(await exchange(request, server.dial), request);
  assert.deepEqual(answer, {
    status: 302,
    location: "http://other.test/",
    page: null,
    response: null,
    hits: null,
  });
});

Deno.test("TLS: a certificate that is not of the name, or of nobody known, ends it before a byte is sent", async () => {
  await using server = rawServer(says(`${OK}\r\nhello`), SITE);
  const request = pageRequest({ href: "https://site.test/", serverName: "site.test" });
  const answer = await exchange(request, server.dial);
  assert.equal(new TextDecoder().decode(answer.body ?? undefined), "hello");
  const other = { ...request, serverName: "other.test" };
  await assert.rejects(exchange(other, server.dial), { code: "web.tls" });
  await using unknown = rawServer(says(`${OK}\r\nhello`), { ...SITE, ca: "" });
  const untrusting = { ...request, addresses: ["127.0.0.1"], port: unknown.port };
  const { dial } = await import("../../src/compartments/web/dial.ts");
  await assert.rejects(exchange(untrusting, dial), { code: "web.tls" });
  await using plain = rawServer(says(`${OK}\r\nhello`));
  await assert.rejects(exchange(request, plain.dial), { code: "web.tls" });
  assert.equal(server.requests.length, 1);
  assert.deepEqual(unknown.requests.filter((text) => text !== ""), []);
});

Deno.test("of several addresses the first that answers is spoken to", async () => {
  await using server = rawServer(says(`${OK}\r\nhello`));
  const dialled: string[] = [];
  const dial: typeof server.dial = (target) => {
    dialled.push(target.address);
    return target.address === "192.0.2.1"
      ? Promise.reject(new Error("unreachable"))
      : server.dial(target);
  };
  await exchange(pageRequest({ addresses: ["192.0.2.1", "192.0.2.2", "192.0.2.3"] }), dial);
  assert.deepEqual(dialled, ["192.0.2.1", "192.0.2.2"]);
});

Deno.test("a request is one, whatever its headers hold", () => {
  for (const value of ["a\r\nx: y", "a\nb", "a\0b", "ü"]) {
    assert.throws(() => requestBytes(pageRequest({ headers: { accept: value } })), {
      code: "web.malformed",
    });
  }
  const text = new TextDecoder().decode(
    requestBytes(pageRequest({ href: "http://site.test:8080/a?b=c", method: "POST", body: "ü" })),
  );
  assert.equal(
    text,
    "POST /a?b=c HTTP/1.1\r\nhost: site.test:8080\r\naccept-encoding: gzip\r\n" +
      "connection: close\r\ncontent-length: 2\r\n\r\nü",
  );
});

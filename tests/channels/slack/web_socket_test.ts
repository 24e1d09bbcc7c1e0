/** The WebSocket of Slack's thread: frames however they arrive, what no server may send, silence. */
import { deepEqual, equal, match, ok, rejects, throws } from "node:assert/strict";
import fc from "fast-check";
import {
  clientFrame,
  FrameError,
  FrameReader,
  OPCODES,
} from "../../../src/compartments/channels/slack/socket_mode/frames.ts";
import { socketOpener } from "../../../src/compartments/channels/slack/socket_mode/web_socket.ts";
import { SITE } from "../../web/certificates.ts";
import { inTime } from "../../fakes/channels/slack/in_time.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";

/** A frame of a server, which is not masked. */
function serverFrame(opcode: number, payload: Uint8Array, isLast = true): Uint8Array {
  const masked = clientFrame(opcode, payload, new Uint8Array(4));
  const head = masked.length - payload.length - 4;
  const frame = new Uint8Array(head + payload.length);
  frame.set(masked.subarray(0, head));
  frame[0] = (isLast ? 0x80 : 0) | opcode;
  frame[1]! &= 0x7f;
  frame.set(payload, head);
  return frame;
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]));
}

Deno.test("property: messages come out as they went in, however their bytes are cut", () => {
  const payload = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.constantFrom(125, 126, 65_535, 65_536).map((length) => new Uint8Array(length).fill(7)),
  );
  const message = fc.record({
    parts: fc.array(payload, { minLength: 1, maxLength: 3 }),
    ping: fc.option(fc.uint8Array({ maxLength: 125 })),
  });
  const sizes = fc.infiniteStream(fc.integer({ min: 1, max: 70_000 }));
  fc.assert(
    fc.property(fc.array(message, { maxLength: 4 }), sizes, (messages, cuts) => {
      const frames: Uint8Array[] = [];
      const expected: { opcode: number; payload: number[] }[] = [];
      for (const { parts, ping } of messages) {
        parts.forEach((part, number) => {
          const opcode = number === 0 ? OPCODES.text : OPCODES.more;
          frames.push(serverFrame(opcode, part, number === parts.length - 1));
          // A ping may come between the frames of a message.
          if (number === 0 && ping !== null) frames.push(serverFrame(OPCODES.ping, ping));
        });
        const whole = { opcode: OPCODES.text, payload: [...joined(parts)] };
        const pings = ping === null ? [] : [{ opcode: OPCODES.ping, payload: [...ping] }];
        expected.push(...(parts.length === 1 ? [whole, ...pings] : [...pings, whole]));
      }
      const reader = new FrameReader();
      const got: { opcode: number; payload: number[] }[] = [];
      let rest = joined(frames);
      for (const size of cuts) {
        if (rest.length === 0) break;
        for (const { opcode, payload } of reader.take(rest.slice(0, size))) {
          got.push({ opcode, payload: [...payload] });
        }
        rest = rest.subarray(size);
      }
      deepEqual(got, expected);
    }),
    { numRuns: 50 },
  );
});

Deno.test("attack: what no server may send ends the reading, before it is kept", () => {
  const ok1 = serverFrame(OPCODES.text, new Uint8Array(1));
  const huge = new Uint8Array([0x81, 127, 0, 0, 1, 0, 0, 0, 0, 0]);
  const masked = clientFrame(OPCODES.text, new Uint8Array(1), new Uint8Array(4));
  const cases: [string, Uint8Array[]][] = [
    ["a masked frame", [masked]],
    ["a compressed frame", [new Uint8Array([0xc1, 0])]],
    ["a frame of a terabyte", [huge]],
    ["an unknown frame", [new Uint8Array([0x83, 0])]],
    ["a ping in parts", [new Uint8Array([0x09, 0])]],
    ["a long ping", [new Uint8Array([0x89, 126, 0, 200])]],
    ["a message within a message", [serverFrame(OPCODES.text, new Uint8Array(1), false), ok1]],
    ["a part of nothing", [serverFrame(OPCODES.more, new Uint8Array(1))]],
  ];
  for (const [what, frames] of cases) {
    const reader = new FrameReader();
    throws(() => frames.forEach((frame) => reader.take(frame)), FrameError, what);
  }
  const endless = new FrameReader();
  endless.take(serverFrame(OPCODES.text, new Uint8Array(1), false));
  const part = serverFrame(OPCODES.more, new Uint8Array(1024 * 1024), false);
  throws(() => {
    for (let count = 0; count < 9; count++) endless.take(part);
  }, FrameError);
});

/** A server that does with each connection what the test says. */
function rawServer(serve: (connection: Deno.Conn, head: string) => Promise<void>) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const running = (async () => {
    for await (const connection of listener) {
      const buffer = new Uint8Array(4096);
      const count = await connection.read(buffer) ?? 0;
      await serve(connection, new TextDecoder().decode(buffer.subarray(0, count)));
    }
  })().catch(() => {});
  return {
    url: new URL(`ws://127.0.0.1:${listener.addr.port}/link/?ticket=1`),
    async [Symbol.asyncDispose]() {
      listener.close();
      await running;
    },
  };
}

async function accept(connection: Deno.Conn, head: string): Promise<void> {
  const key = /sec-websocket-key: (\S+)/i.exec(head)![1]!;
  const bytes = new TextEncoder().encode(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-1", bytes));
  await connection.write(
    new TextEncoder().encode(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        `Sec-WebSocket-Accept: ${btoa(String.fromCharCode(...digest))}\r\n\r\n`,
    ),
  );
}

function opener() {
  const clock = new FakeClock();
  const time = { clock, random: { fraction: () => 0 } };
  return { clock, open: socketOpener(time), signal: new AbortController().signal };
}

Deno.test("a server that is not there, says no, or another's yes: it is said, and nothing is left open", async () => {
  const answers: [string, RegExp][] = [
    ["HTTP/1.1 404 Not Found\r\n\r\n", /^it answered HTTP\/1\.1 404 Not Found$/],
    ["HTTP/1.1 101 Ok\r\nSec-WebSocket-Accept: bm8=\r\n\r\n", /another's handshake/],
    ["HTTP/1.1 101 Ok\r\nX: ".padEnd(20_000, "x"), /without an end/],
    ["\u001b[31m".repeat(5) + "\r\n\r\n", /^it answered \?\[31m/],
    ["", /hung up/],
  ];
  const { open, signal } = opener();
  for (const [answer, words] of answers) {
    await using server = rawServer(async (connection) => {
      if (answer !== "") await connection.write(new TextEncoder().encode(answer));
      connection.close();
    });
    await rejects(open(server.url, () => {}, signal), { message: words });
  }
  await rejects(open(new URL("ws://127.0.0.1:1/"), () => {}, signal), {
    message: "could not connect",
  });
});

Deno.test("nobody is there any more: pings go out, and after 40 s without a sign it has ended", async () => {
  const seen: number[] = [];
  const pings = Promise.withResolvers<void>();
  let held: Deno.Conn | null = null;
  await using server = rawServer(async (connection, head) => {
    held = connection;
    await accept(connection, head);
    const buffer = new Uint8Array(64);
    while (seen.length < 2) {
      await connection.read(buffer);
      seen.push(buffer[0]! & 0x0f);
    }
    pings.resolve();
  });
  const { clock, open, signal } = opener();
  const socket = await open(server.url, () => {}, signal);
  clock.advance(15_000);
  // Each ping is written before the next moment is waited for.
  while (seen.length < 1) await new Promise((resolve) => setTimeout(resolve, 1));
  clock.advance(15_000);
  await pings.promise;
  deepEqual(seen, [OPCODES.ping, OPCODES.ping]);
  clock.advance(15_000);
  equal(await inTime(socket.ended, "it goes on for ever"), "nothing was heard");
  equal(clock.waiting, 0);
  held!.close();
});

Deno.test("the machine slept: the connection is given up at once", async () => {
  await using server = rawServer(async (connection, head) => {
    await accept(connection, head);
    await connection.read(new Uint8Array(64));
    connection.close();
  });
  const { clock, open, signal } = opener();
  const socket = await open(server.url, () => {}, signal);
  clock.advance(8 * 3_600_000);
  equal(await inTime(socket.ended, "it goes on for ever"), "the machine slept");
});

Deno.test("a server of another make: texts both ways, large ones too, and a goodbye", async () => {
  const heard: string[] = [];
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onmessage = ({ data }) => socket.send(data);
    return response;
  });
  const { open } = opener();
  const controller = new AbortController();
  const url = new URL(`ws://127.0.0.1:${server.addr.port}/`);
  let wake = Promise.withResolvers<void>();
  const socket = await open(url, (text) => {
    heard.push(text);
    wake.resolve();
  }, controller.signal);
  const texts = ["", "é😀", "x".repeat(200), "y".repeat(70_000), "z".repeat(1_000_000)];
  for (const text of texts) {
    wake = Promise.withResolvers();
    socket.send(text);
    await wake.promise;
  }
  ok(heard.every((text, at) => text === texts[at]) && heard.length === texts.length);
  controller.abort();
  equal(await socket.ended, "the connection was closed");
  socket.send("late");
  match(await socket.ended, /closed/);
});

Deno.test("attack: whoever has no certificate that is trusted is told nothing, the ticket neither", async () => {
  const listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...SITE });
  const heard: (number | null)[] = [];
  const serving = (async () => {
    const connection = await listener.accept();
    heard.push(await connection.read(new Uint8Array(64)).catch(() => null));
    connection.close();
  })();
  const { open, signal } = opener();
  const url = new URL(`wss://localhost:${listener.addr.port}/link/?ticket=1`);
  await rejects(open(url, () => {}, signal), { message: "its certificate is not trusted" });
  await serving;
  listener.close();
  deepEqual(heard, [null]);
});

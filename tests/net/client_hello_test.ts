/** Which host a tunnel's TLS is for: its first message, read in one way or refused. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import fc from "fast-check";
import { helloProblem, readHello } from "../../src/compartments/egress/client_hello.ts";
import { serveConnection } from "../../src/compartments/egress/proxy.ts";
import { countBattery } from "../battery_count.ts";
import type { EgressTarget } from "../../src/model/cells/egress.ts";

const two = (value: number) => [value >> 8, value & 255];
const vector = (lengthBytes: 1 | 2, bytes: readonly number[]) => [
  ...lengthBytes === 1 ? [bytes.length] : two(bytes.length),
  ...bytes,
];
const ascii = (text: string) => [...text].map((char) => char.charCodeAt(0));
const extension = (type: number, data: readonly number[]) => [...two(type), ...vector(2, data)];
const serverName = (...names: string[]) =>
  extension(0, vector(2, names.flatMap((name) => [0, ...vector(2, ascii(name))])));
const ECH = extension(0xfe0d, [0, 0, 1, 0, 1, 7]);

/** A hello as one handshake message. */
function message(extensions: readonly number[] | null, session: readonly number[] = []): number[] {
  const body = [
    3,
    3,
    ...Array.from({ length: 32 }, (_, at) => at),
    ...vector(1, session),
    ...vector(2, [0x13, 1]),
    ...vector(1, [0]),
    ...extensions === null ? [] : vector(2, extensions),
  ];
  return [1, 0, ...two(body.length), ...body];
}

/** In records that are cut at these places. */
function records(bytes: readonly number[], cuts: readonly number[] = []): Uint8Array {
  const ends = [...new Set([...cuts.filter((cut) => cut > 0 && cut < bytes.length), bytes.length])]
    .sort((a, b) => a - b);
  return Uint8Array.from(ends.flatMap((end, at) => {
    const part = bytes.slice(at === 0 ? 0 : ends[at - 1], end);
    return [22, 3, 1, ...two(part.length), ...part];
  }));
}

const hello = (name: string) => records(message([...extension(11, [1, 0]), ...serverName(name)]));
const granted = { hostname: "a.example", port: 443, allowsEncrypted: false };

Deno.test("a hello is read the same however it is spread over records, and none before it is whole", () => {
  const other = fc.tuple(
    fc.integer({ min: 1, max: 0xfe0c }),
    fc.array(fc.nat(255), { maxLength: 40 }),
  )
    .map(([type, data]) => ({ type, data }));
  fc.assert(
    fc.property(
      fc.domain(),
      fc.uniqueArray(other, { selector: ({ type }) => type, maxLength: 6 }),
      fc.nat(6),
      fc.boolean(),
      fc.array(fc.nat(400), { maxLength: 8 }),
      fc.array(fc.nat(255), { maxLength: 32 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (name, others, place, isEncrypted, cuts, session, part) => {
        const all = others.map(({ type, data }) => extension(type, data));
        all.splice(place, 0, serverName(name), ...isEncrypted ? [ECH] : []);
        const bytes = records(message(all.flat(), session), cuts);
        deepEqual(readHello(bytes), { type: "hello", serverName: name.toLowerCase(), isEncrypted });
        const cut = Math.floor(part * (bytes.length - 1));
        equal(readHello(bytes.subarray(0, cut)).type, "more");
        equal(helloProblem(bytes.subarray(0, cut), granted), undefined);
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("whatever is sent, nothing but a hello that names the granted host alone is let through to it", () => {
  const good = hello("a.example");
  let open = 0;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 3 }),
      fc.uint8Array({ maxLength: 20 }),
      (changes, more) => {
        const bytes = Uint8Array.from([...good, ...more]);
        for (const [at, value] of changes) bytes[at] = value;
        if (helloProblem(bytes, granted) !== null) return;
        open++;
        ok(new TextDecoder("latin1").decode(bytes).toLowerCase().includes("a.example"));
        equal(bytes[0], 22);
      },
    ),
    { numRuns: 1000 },
  );
  ok(open > 10, `${open}`);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
    ok(helloProblem(bytes, granted) !== null);
  }));
});

Deno.test("attack: a hello that two readers understand in two ways, or that hides its host", async (t) => {
  const problem = (bytes: Uint8Array, over: Partial<typeof granted> = {}) =>
    helloProblem(bytes, { ...granted, ...over });
  equal(problem(hello("a.example")), null);
  equal(problem(hello("A.Example.")), null);
  const cases: [string, Uint8Array, RegExp][] = [
    ["another host", hello("evil.example"), /for another host, evil\.example/],
    ["a part of the name", hello("x.a.example"), /another host/],
    ["the name with an end", hello("a.example.evil.example"), /another host/],
    ["no name", records(message(extension(11, [1, 0]))), /does not say which host/],
    ["no extensions", records(message(null)), /does not say which host/],
    ["two names", records(message(serverName("a.example", "evil.example"))), /no way/],
    [
      "the extension twice",
      records(message([...serverName("a.example"), ...serverName("evil.example")])),
      /no way/,
    ],
    ["a NUL in the name", hello("a.example\0.evil"), /no way/],
    ["an empty name", hello(""), /no way/],
    ["ECH", records(message([...serverName("a.example"), ...ECH])), /hides which host/],
    ["a second message", records([...message(serverName("a.example")), 1, 0, 0, 0]), /no way/],
    ["another message first", records([2, 0, 0, 0]), /no way/],
    ["an empty record", Uint8Array.of(22, 3, 1, 0, 0), /no way/],
    ["a record too long", Uint8Array.of(22, 3, 1, 0xff, 0xff), /no way/],
    ["a hello too long", Uint8Array.of(22, 3, 1, 0, 4, 1, 0xff, 0, 0), /no way/],
    ["bytes after its end", records([...message(null), 0]), /no way/],
    ["plain HTTP", Uint8Array.from(ascii("GET / HTTP/1.1\r\n")), /is no TLS/],
    ["SSL 2", Uint8Array.of(0x80, 0x2e, 1, 0, 2), /is no TLS/],
  ];
  const refused = cases.filter(([, bytes, why]) => why.test(problem(bytes) ?? ""));
  // A browser always has something there that looks like it.
  const grease = records(message([...serverName("a.example"), ...ECH]));
  equal(problem(grease, { allowsEncrypted: true }), null);
  // What is granted by its address is asked for without a name.
  const address = { hostname: "127.0.0.1", port: 8443 };
  equal(problem(records(message(extension(11, [1, 0]))), address), null);
  match(problem(hello("evil.example"), address) ?? "", /another host/);
  // Elsewhere than 443 other protocols are spoken.
  equal(problem(Uint8Array.from(ascii("SSH-2.0-x")), { port: 22 }), null);
  await countBattery(t, {
    battery: "fronting by TLS",
    verb: "refused",
    held: refused.length,
    tried: cases.length,
  });
  deepEqual(cases.filter((one) => !refused.includes(one)).map(([name]) => name), []);
});

/** A tunnel to a granted name, by the real proxy; what it dials is a listener of this test. */
async function tunnel(name: string, say: (client: Deno.TcpConn) => Promise<void>) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const proxy = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const arrived: number[] = [];
  const upstream = (async () => {
    using connection = await listener.accept();
    const buffer = new Uint8Array(4096);
    // It hangs up on what it has read: there is no server behind it.
    while (readHello(Uint8Array.from(arrived)).type === "more") {
      const read = await connection.read(buffer);
      if (read === null) return;
      arrived.push(...buffer.subarray(0, read));
    }
  })().catch(() => {});
  const refused: string[] = [];
  const target: EgressTarget = {
    host: name,
    authorities: [{ name, port: 443 }],
    addresses: ["127.0.0.1"],
    problem: null,
  };
  const client = await Deno.connect({ hostname: "127.0.0.1", port: proxy.addr.port });
  const served = serveConnection(await proxy.accept(), {
    targets: new Map([[`${name}:443`, target]]),
    grantCommand: "ward permissions grant net",
    allowsEncrypted: false,
    dial: () => Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
    onReached: () => ({ sent() {}, received() {} }),
    onRefused: (host, why) => void refused.push(`${host}: ${why}`),
  });
  await client.write(new TextEncoder().encode(`CONNECT ${name}:443 HTTP/1.1\r\n\r\n`));
  await client.read(new Uint8Array(100));
  try {
    await say(client);
  } finally {
    try {
      client.close();
    } catch {
      // The TLS over it is closed already.
    }
    await served;
    await upstream;
    listener.close();
    proxy.close();
  }
  return { arrived: Uint8Array.from(arrived), refused };
}

Deno.test("attack: a program tunnels to a granted host and asks it for another one inside TLS", async () => {
  const buffer = new Uint8Array(100);
  let answer: number[] = [];
  const fronted = await tunnel("a.example", async (client) => {
    const bytes = hello("evil.example");
    // In pieces: nothing of it is handed on before it is whole.
    await client.write(bytes.subarray(0, 30));
    await client.write(bytes.subarray(30));
    answer = [...buffer.subarray(0, await client.read(buffer) ?? 0)];
  });
  equal(fronted.arrived.length, 0);
  deepEqual(fronted.refused, ["a.example: its TLS is for another host, evil.example"]);
  deepEqual(answer, [21, 3, 1, 0, 2, 2, 112]);
  // Control: the runtime's own TLS for that host gets through, byte by byte as it said it.
  const honest = await tunnel("a.example", async (client) => {
    const connection = await Deno.startTls(client, { hostname: "a.example" });
    await rejects(connection.handshake());
    connection.close();
  });
  deepEqual(honest.refused, []);
  const read = readHello(honest.arrived);
  equal(read.type === "hello" && read.serverName, "a.example");
});

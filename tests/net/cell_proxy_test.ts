/**
 * The proxy of cells, asked by its socket what no honest program asks. What is resolved is this
 * test's; nothing but 127.0.0.1 is dialled.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type Egress, startEgress } from "../../src/app/cells/network/egress.ts";
import { formOf } from "../../src/app/start/code_base.ts";
import { readHead } from "../../src/compartments/egress/request_head.ts";
import { startThread } from "../../src/compartments/start.ts";
import { compartment, NO_INPUTS } from "../../src/compartments/table.ts";
import { AppError } from "../../src/base/app_error.ts";
import { cellHost, egressTarget } from "../../src/kernel/net/cell_hosts.ts";
import type { EgressRefusal } from "../../src/model/cells/egress.ts";
import { countBattery } from "../battery_count.ts";
import { countingServer } from "../security/kit/listeners.ts";
import { hostileResolver, hostileUrls } from "./hostile_urls.ts";
import { PUBLIC } from "./walk_kit.ts";

const FORM = formOf(new URL("../../src/main.ts", import.meta.url).href);
const { signal } = new AbortController();

async function withEgress(
  hosts: readonly string[],
  body: (egress: Egress) => Promise<void>,
  resolve: (name: string) => readonly string[] = () => [],
): Promise<void> {
  const dataDir = await Deno.makeTempDir({ prefix: "ward-egress-" });
  const egress = await startEgress({
    cell: "hands",
    hosts,
    form: FORM,
    dataDir,
    grantCommand: "ward permissions grant net",
    resolve: (name) => Promise.resolve(resolve(name)),
    now: Date.now,
    onEvent: () => {},
    onEnd: () => {},
  });
  try {
    await body(egress);
  } finally {
    await egress.end();
    await Deno.remove(dataDir, { recursive: true });
  }
}

/** Says something to the proxy and hears it out. */
async function say(egress: Egress, text: string): Promise<string> {
  using connection = await Deno.connect({ transport: "unix", path: `${egress.folder}/socket` });
  await connection.write(Uint8Array.from(text, (char) => char.charCodeAt(0)));
  if (!text.includes("\r\n\r\n")) await connection.closeWrite();
  let answer = "";
  try {
    const buffer = new Uint8Array(4096);
    for (let read = await connection.read(buffer); read !== null;) {
      answer += new TextDecoder().decode(buffer.subarray(0, read));
      read = await connection.read(buffer);
    }
  } catch {
    // It hung up.
  }
  return answer;
}

Deno.test("attack: requests to the proxy in every form that could lead to another host or port", async (t) => {
  await using granted = countingServer();
  await using other = countingServer();
  const host = `127.0.0.1:${granted.port}`;
  const foreign = `127.0.0.1:${other.port}`;
  await withEgress([host], async (egress) => {
    const end = "\r\nHost: x\r\n\r\n";
    const requests = [
      ...[
        foreign,
        `localhost:${other.port}`,
        `localhost:${granted.port}`,
        `0.0.0.0:${granted.port}`,
        `[::1]:${granted.port}`,
        `[::ffff:127.0.0.1]:${granted.port}`,
        `${host}.evil.example`,
        `${host}@${foreign}`,
        `${host}#@${foreign}`,
        `${host}\\@${foreign}`,
        `${host}/../${foreign}`,
        `${host},${foreign}`,
        `127.0.0.1`,
        `127.0.0.1:`,
        `:${granted.port}`,
        `127.0.0.1:0`,
        `127.0.0.1:99999`,
        `127.0.0.1:${other.port}:${granted.port}`,
        `169.254.169.254:80`,
        `[fd00:ec2::254]:80`,
      ].map((authority) => `CONNECT ${authority} HTTP/1.1${end}`),
      ...[
        `http://${foreign}/`,
        `http://${host}@${foreign}/`,
        `http://${host}:x@${foreign}/`,
        `http:${foreign}/`,
        `http:///${foreign}/`,
        `http://${foreign}\\@${host}/`,
        `https://${host}/`,
        `ftp://${host}/`,
        `file:///etc/passwd`,
        `gopher://${foreign}/`,
        `unix:/run/docker.sock`,
        `//${foreign}/`,
        `/`,
        `*`,
        foreign,
      ].map((target) => `GET ${target} HTTP/1.1${end}`),
      `GET http://${foreign}/ HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
      `GET http://${foreign}/ HTTP/1.1\r\nX-Forwarded-Host: ${host}\r\n\r\n`,
      `GET http://${foreign}/ http://${host}/ HTTP/1.1${end}`,
      `GET http://${host}/\r\nHTTP/1.1 CONNECT ${foreign}${end}`,
      `CONNECT ${foreign} HTTP/1.1\nHost: ${host}\n\n\r\n\r\n`,
      `CONNECT ${host} HTTP/1.1\r\n folded ${foreign}${end}`,
      `connect ${host} HTTP/1.1${end}`,
      `CONNECT ${host} HTTP/2.0${end}`,
      `CONNECT ${host}\0.${foreign} HTTP/1.1${end}`,
      `CONNECT ${host} HTTP/1.1\r\nX: ${"x".repeat(40_000)}${end}`,
      `\x05\x01\x00`,
      `\x16\x03\x01\x02\x00\x01`,
    ];
    const through: string[] = [];
    for (const request of requests) {
      const answer = await say(egress, request);
      // Half a request is no request.
      const isWhole = request.includes("\r\n\r\n");
      if (!(isWhole ? /^HTTP\/1\.1 (403|400) / : /^$/).test(answer)) {
        through.push(`${request}: ${answer}`);
      }
    }
    assert.deepEqual(through, []);
    assert.deepEqual([granted.requests, other.requests], [[], []]);
    await countBattery(t, {
      battery: "proxy of cells",
      verb: "refused",
      held: requests.length - through.length,
      tried: requests.length,
    });
    // Control: asked in the right way, it is reached; and by no other way more than once.
    const twice =
      `GET http://${host}/1 HTTP/1.1\r\nHost: ${foreign}\r\nProxy-Authorization: x\r\n` +
      `\r\nGET http://${foreign}/2 HTTP/1.1\r\nHost: ${foreign}\r\n\r\n`;
    assert.match(await say(egress, twice), /^HTTP\/1\.1 200 [^]*reached$/);
    assert.deepEqual(granted.requests, [`GET /1 ${host}`]);
    const tunnel =
      `CONNECT ${host} HTTP/1.1\r\n\r\nGET /3 HTTP/1.1\r\nHost: y\r\nConnection: close\r\n\r\n`;
    assert.match(await say(egress, tunnel), /^HTTP\/1\.1 200 Connection established[^]*reached$/);
    assert.deepEqual(other.requests, []);
  });
});

Deno.test("attack: names that lead to this machine, its network or a cloud's metadata are granted and never dialled", async (t) => {
  const names: Record<string, readonly string[]> = {
    "loop.example": ["127.0.0.1"],
    "mixed.example": [PUBLIC, "10.0.0.1"],
    "metadata.example": ["169.254.169.254"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "gone.example": [],
  };
  const targets = await Promise.all(
    Object.keys(names).map((host) =>
      egressTarget(host, (name) => Promise.resolve(names[name] ?? []), signal)
    ),
  );
  for (const { host, addresses, problem } of targets) {
    assert.deepEqual([host, addresses], [host, []]);
    assert.ok(problem, host);
  }
  // What the grants of the hostile corpus come to: only the public address, ever.
  let refused = 0;
  const astray: string[] = [];
  const urls = hostileUrls();
  for (const { url } of urls) {
    let host: string;
    try {
      host = cellHost(url);
    } catch (error) {
      assert.ok(error instanceof AppError, url);
      refused++;
      continue;
    }
    const target = await egressTarget(
      host,
      (name) => Promise.resolve(hostileResolver(name)),
      signal,
    );
    if (target.addresses.length === 0) refused++;
    // A private address that the owner names as such is the owner's word.
    else if (!/^(\[|[\d.]+)/.test(host) && target.addresses.join() !== PUBLIC) astray.push(url);
  }
  assert.deepEqual(astray, []);
  const held = urls.length - astray.length;
  const count = { battery: "grants of hosts", verb: "held", held, tried: urls.length };
  await countBattery(t, count, `, ${refused} of them refused`);
  for (
    const host of ["169.254.169.254", "[fd00:ec2::254]", "localhost:80", "a.internal", "x.local"]
  ) {
    assert.throws(
      () => cellHost(host),
      (error) => error instanceof AppError && /by its address and port/.test(error.hint ?? ""),
      host,
    );
  }
  assert.equal(cellHost("127.0.0.1:8081"), "127.0.0.1:8081");
  assert.equal(cellHost("HTTPS://Example.COM:443/page"), "example.com");
});

Deno.test("attack: a granted name changes its address after it was checked", async () => {
  await using server = countingServer();
  const asked: string[] = [];
  const resolve = (name: string) => {
    asked.push(name);
    return asked.length === 1 ? ["127.0.0.1"] : [PUBLIC];
  };
  let refused: readonly EgressRefusal[] = [];
  await withEgress([`rebind.example:${server.port}`], async (egress) => {
    for (let round = 0; round < 2; round++) {
      const answer = await say(egress, `CONNECT rebind.example:${server.port} HTTP/1.1\r\n\r\n`);
      assert.match(answer, /^HTTP\/1\.1 502 /);
    }
    refused = await egress.takeRefused();
  }, resolve);
  assert.deepEqual(asked, ["rebind.example"], "resolved once, before the cell started");
  assert.deepEqual(server.requests, []);
  assert.match(refused[0]?.why ?? "", /its name leads there/);
});

Deno.test("attack: code in the proxy's thread dials, reads or runs past its list, without policy or guard", async () => {
  await using granted = countingServer();
  await using other = countingServer();
  const proxied = [{
    cell: "hands",
    socket: "/nowhere/socket",
    hosts: [`127.0.0.1:${granted.port}`],
  }];
  const { client, stop } = startThread(
    compartment({ ...NO_INPUTS, proxied }, "egress:hands")!,
    FORM,
  );
  const probe = async (kind: string, value: string) => {
    const { reached, error } = await client.call("probe", { kind, value }) as {
      reached: boolean;
      error: string | null;
    };
    return reached ? "reached" : error;
  };
  assert.equal(await probe("net", `127.0.0.1:${granted.port}`), "reached");
  assert.equal(await probe("net", `127.0.0.1:${other.port}`), "NotCapable");
  assert.equal(await probe("net", `localhost:${granted.port}`), "NotCapable");
  assert.equal(await probe("net", "169.254.169.254:80"), "NotCapable");
  assert.equal(await probe("read", "/etc/passwd"), "NotCapable");
  assert.equal(await probe("run", "/bin/true"), "NotCapable");
  stop(new AppError("test.done", "The test is done"));
});

Deno.test("a head that is understood names one host and port, and what is sent on has no second request", () => {
  const word = fc.stringMatching(/^[ -~]{0,40}$/);
  const header = fc.tuple(fc.stringMatching(/^[a-z-]{1,12}$/), word).map(([name, value]) =>
    `${name}: ${value}`
  );
  const target = fc.oneof(
    word,
    fc.webUrl({ validSchemes: ["http", "https"] }),
    fc.tuple(fc.domain(), fc.nat(70_000)).map(([name, port]) => `${name}:${port}`),
  );
  const line = fc.oneof(
    { weight: 8, arbitrary: header },
    word,
    fc.constantFrom("Host: a", "Connection: x", "A: b\nC: d", "E: f\rG: h"),
  );
  let understood = 0;
  fc.assert(
    fc.property(
      fc.constantFrom("CONNECT", "GET", "GET", "POST", "get", ""),
      target,
      fc.array(line, { maxLength: 4 }),
      (method, to, lines) => {
        const head = readHead([`${method} ${to} HTTP/1.1`, ...lines].join("\r\n"));
        if (head === null) return;
        understood++;
        assert.match(head.hostname, /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])$/);
        assert.equal(head.authority, `${head.hostname}:${head.port}`);
        if (head.method === "CONNECT") return assert.equal(head.onward, "");
        assert.ok(head.onward.endsWith("\r\n\r\n"));
        const sent = head.onward.slice(0, -4).split("\r\n");
        assert.ok(sent.every((one) => !/[\r\n\0]/.test(one) && one !== ""));
        assert.equal(sent.filter((one) => /^host:/i.test(one)).length, 1);
        assert.equal(sent.filter((one) => /^connection:/i.test(one)).length, 1);
      },
    ),
    { numRuns: 500 },
  );
  assert.ok(understood > 20, `${understood}`);
});

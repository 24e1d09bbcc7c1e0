/** Who is let in by the `api` thread: attacks over real connections. Nothing of them may get to the kernel. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { FailureLimit, MAX_FAILURES, WINDOW_MS } from "../../src/compartments/api/failure_limit.ts";
import { ownHosts } from "../../src/compartments/api/gate.ts";
import { listeningApi, TOKEN } from "./kit/api_thread.ts";

const AUTH = `Authorization: Bearer ${TOKEN}\r\n`;

/** A request that closes its connection. */
function get(
  port: number,
  { host = `127.0.0.1:${port}`, path = "/api/v1/tasks", more = AUTH } = {},
) {
  return `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${more}\r\n`;
}

function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1] ?? 0);
}

/** Answers in what came back over one connection. */
function answersIn(got: string): number {
  return [...got.matchAll(/HTTP\/1\.[01] \d{3} /g)].length;
}

Deno.test("who has the token is let in, and every answer tells browsers to do nothing with it", async () => {
  await using api = await listeningApi();
  for (const host of [`127.0.0.1:${api.port}`, `localhost:${api.port}`, `LOCALHOST:${api.port}`]) {
    equal(statusOf(await api.raw(get(api.port, { host }))), 200, host);
  }
  for (
    const answer of [
      await api.raw(get(api.port)),
      await api.raw(get(api.port, { more: "" })),
      await api.raw(get(api.port, { host: "evil.example" })),
      await api.raw(get(api.port, { path: "/health", more: "" })),
    ]
  ) {
    match(answer, /content-security-policy: default-src 'none'; frame-ancestors 'none'/i);
    match(answer, /x-content-type-options: nosniff/i);
    match(answer, /cache-control: no-store/i);
    match(answer, /cross-origin-resource-policy: same-origin/i);
    ok(!/access-control-allow/i.test(answer), answer);
  }
});

Deno.test("attack: DNS rebinding: a name that leads here is not ward's, with the token or without, for /health too", async () => {
  await using api = await listeningApi({ names: ["ward.lan"] });
  const foreign = [
    "evil.example",
    `evil.example:${api.port}`,
    `127.0.0.1.evil.example:${api.port}`,
    `localhost.evil.example:${api.port}`,
    `127.0.0.1:${api.port + 1}`,
    "127.0.0.1",
    "localhost",
    `127.1:${api.port}`,
    `2130706433:${api.port}`,
    `0.0.0.0:${api.port}`,
    `evil.example@127.0.0.1:${api.port}`,
    `127.0.0.1:${api.port}.evil.example`,
    `ward.lan.evil.example:${api.port}`,
    "",
  ];
  for (const host of foreign) {
    for (const path of ["/api/v1/tasks", "/health"]) {
      const status = statusOf(await api.raw(get(api.port, { host, path })));
      ok(status === 403 || status === 400, `${host} ${path}: ${status}`);
    }
  }
  // Where the request line names another host than the header, that one counts.
  const absolute = await api.raw(get(api.port, { path: "http://evil.example/api/v1/tasks" }));
  equal(statusOf(absolute), 403);
  equal(statusOf(await api.raw(`GET /health HTTP/1.0\r\n${AUTH}\r\n`)), 403);
  deepEqual(api.requests, []);
  equal(statusOf(await api.raw(get(api.port, { host: `ward.lan:${api.port}` }))), 200);
});

Deno.test("attack: a page of another site asks, with the token it found: 403 by Origin or Sec-Fetch-Site", async () => {
  await using api = await listeningApi();
  const own = `http://127.0.0.1:${api.port}`;
  const foreign = [
    "Origin: https://evil.example",
    "Origin: null",
    "Origin: ",
    "Origin: file://",
    `Origin: https://127.0.0.1:${api.port}`,
    "Origin: http://127.0.0.1",
    "Origin: http://127.0.0.1:3000",
    `Origin: http://localhost:${api.port}`,
    `Origin: ${own}.evil.example`,
    `Origin: ${own}\r\nOrigin: https://evil.example`,
    "Sec-Fetch-Site: cross-site",
    "Sec-Fetch-Site: same-site",
    `Origin: ${own}\r\nSec-Fetch-Site: cross-site`,
  ];
  for (const header of foreign) {
    const answer = await api.raw(get(api.port, { more: `${AUTH}${header}\r\n` }));
    equal(statusOf(answer), 403, header);
  }
  // What a browser asks before it sends more: nobody is told that they may.
  const preflight = `OPTIONS /api/v1/tasks HTTP/1.1\r\nHost: 127.0.0.1:${api.port}\r\n` +
    "Origin: https://evil.example\r\nAccess-Control-Request-Method: POST\r\n" +
    "Access-Control-Request-Private-Network: true\r\nConnection: close\r\n\r\n";
  const answer = await api.raw(preflight);
  equal(statusOf(answer), 403);
  ok(!/access-control/i.test(answer));
  deepEqual(api.requests, []);
  const same = `${AUTH}Origin: ${own}\r\nSec-Fetch-Site: same-origin\r\n`;
  equal(statusOf(await api.raw(get(api.port, { more: same }))), 200);
});

Deno.test("attack: no token, half of it, another scheme, several: 401, and the kernel hears of none", async () => {
  await using api = await listeningApi();
  const wrong = [
    "",
    "Authorization: \r\n",
    "Authorization: Bearer\r\n",
    "Authorization: Bearer \r\n",
    `Authorization: Bearer ${TOKEN.slice(0, -1)}\r\n`,
    `Authorization: Basic ${btoa(`a:${TOKEN}`)}\r\n`,
    `Authorization: ${TOKEN}\r\n`,
    `Authorization: Bearer a\r\n${AUTH}`,
    `X-Forwarded-For: 127.0.0.1\r\nX-Api-Key: ${TOKEN}\r\nCookie: token=${TOKEN}\r\n`,
  ];
  for (const more of wrong) {
    const answer = await api.raw(get(api.port, { more }));
    equal(statusOf(answer), 401, more);
    match(answer, /www-authenticate: Bearer/i);
  }
  equal(
    statusOf(await api.raw(get(api.port, { path: `/api/v1/tasks?token=${TOKEN}`, more: "" }))),
    401,
  );
  deepEqual(api.requests, []);
  equal(statusOf(await api.raw(get(api.port))), 200, "no more than nine were guesses");
});

Deno.test("attack: the token is guessed: after ten 429, for the right one too, and what the thread tells names none", async () => {
  await using api = await listeningApi();
  for (let at = 0; at < MAX_FAILURES; at++) {
    const more = `Authorization: Bearer guess-${at}\r\nX-Forwarded-For: 10.0.0.${at}\r\n`;
    equal(statusOf(await api.raw(get(api.port, { more }))), 401);
  }
  for (const more of ["Authorization: Bearer guess\r\n", AUTH]) {
    const answer = await api.raw(get(api.port, { more }));
    equal(statusOf(answer), 429);
    match(answer, /retry-after: [1-6]?\d\r/i);
  }
  // Who does not guess is not locked out of what needs no token.
  equal(statusOf(await api.raw(get(api.port, { path: "/health", more: "" }))), 200);
  deepEqual(api.requests, []);
  const refused = api.told.filter(({ type }) => type === "refused");
  equal(refused.length, MAX_FAILURES + 2);
  ok(!JSON.stringify(api.told).includes("guess"));
});

Deno.test("wrong tokens count by address for a minute; a network of IPv6 counts as one address", () => {
  const limit = new FailureLimit();
  const fail = (address: string, times: number, nowMs = 0) => {
    for (let at = 0; at < times; at++) limit.failed(address, nowMs);
  };
  fail("10.0.0.1", MAX_FAILURES);
  equal(limit.waitMs("10.0.0.1", 1_000), WINDOW_MS - 1_000);
  equal(limit.waitMs("10.0.0.2", 1_000), 0);
  equal(limit.waitMs("10.0.0.1", WINDOW_MS), 0);
  for (let at = 0; at < MAX_FAILURES; at++) limit.failed(`2001:db8:1:2:${at}::1`, 0);
  ok(limit.waitMs("2001:db8:1:2::99", 1) > 0);
  equal(limit.waitMs("2001:db8:1:3::1", 1), 0);
  // Many addresses do not grow it without bound: the first ones are forgotten.
  for (let at = 0; at < 3_000; at++) limit.failed(`10.1.${at >> 8}.${at & 255}`, 0);
  equal(limit.waitMs("10.0.0.1", 1_000), 0);
});

Deno.test("attack: requests smuggled into others: nobody gets more answers than the first request has", async () => {
  await using api = await listeningApi();
  const host = `Host: 127.0.0.1:${api.port}\r\n`;
  const post = `POST /api/v1/tasks HTTP/1.1\r\n${host}`;
  const hidden = `GET /api/v1/status HTTP/1.1\r\n${host}${AUTH}\r\n`;
  const json = "Content-Type: application/json\r\n";
  const cases = [
    // Two lengths that disagree.
    `${post}${json}${AUTH}Content-Length: 2\r\nContent-Length: ${
      2 + hidden.length
    }\r\n\r\n{}${hidden}`,
    `${post}${json}${AUTH}Content-Length: 2, 3\r\n\r\n{}${hidden}`,
    `${post}${json}${AUTH}Content-Length: +2\r\n\r\n{}${hidden}`,
    `${post}${json}${AUTH}Content-Length: 0x2\r\n\r\n{}${hidden}`,
    `${post}${json}${AUTH}Content-Length: -1\r\n\r\n{}${hidden}`,
    // A length and chunks.
    `${post}${json}${AUTH}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
    `${post}${json}${AUTH}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${hidden}`,
    `${post}${json}${AUTH}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${hidden}`,
    `${post}${json}${AUTH}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${hidden}`,
    `${post}${json}${AUTH}Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n${hidden}`,
    // Two hosts, a folded header, a bare CR, a NUL.
    `GET /api/v1/tasks HTTP/1.1\r\n${host}Host: evil.example\r\n${AUTH}\r\n${hidden}`,
    `GET /api/v1/tasks HTTP/1.1\r\n${host}X: a\r\n b\r\n${AUTH}\r\n${hidden}`,
    `GET /api/v1/tasks HTTP/1.1\r\n${host}X: a\rY: b\r\n${AUTH}\r\n${hidden}`,
    `GET /api/v1/tasks\0 HTTP/1.1\r\n${host}${AUTH}\r\n${hidden}`,
  ];
  for (const text of cases) {
    const got = await api.raw(text);
    ok(answersIn(got) <= 1, `${text}\n=>\n${got}`);
    ok(![200, 201].includes(statusOf(got)), `${text}\n=>\n${got}`);
  }
  ok(api.requests.every(({ path }) => path !== "/api/v1/status"), "the hidden one was not heard");
});

Deno.test("an id of an event stream and other headers of a request cross as they are, and none of the token", async () => {
  await using api = await listeningApi();
  const more = `${AUTH}Last-Event-ID: 7\r\nIdempotency-Key: k1\r\n`;
  await api.raw(get(api.port, { path: "/api/v1/tasks/t1/events?a=1&a=2", more }));
  deepEqual(api.requests, [{
    id: 1,
    method: "GET",
    path: "/api/v1/tasks/t1/events",
    query: { a: "2" },
    lastEventId: "7",
    idempotencyKey: "k1",
    body: null,
  }]);
  ok(!JSON.stringify(api.requests).includes("canary"));
});

Deno.test("the hosts that are ward's follow from where it listens", () => {
  const hosts = (hostname: string, port: number, names: string[] = []) =>
    [...ownHosts({ hostname, names }, port)].sort();
  deepEqual(hosts("127.0.0.1", 9), ["127.0.0.1:9", "[::1]:9", "localhost:9"]);
  deepEqual(hosts("::1", 80), [
    "127.0.0.1",
    "127.0.0.1:80",
    "[::1]",
    "[::1]:80",
    "localhost",
    "localhost:80",
  ]);
  // On every address of the machine only names that the owner gave are its own.
  deepEqual(hosts("0.0.0.0", 9, ["Ward.lan"]), ["0.0.0.0:9", "ward.lan:9"]);
  deepEqual(hosts("10.1.2.3", 9), ["10.1.2.3:9"]);
});

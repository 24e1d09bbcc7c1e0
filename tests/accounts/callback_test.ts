/** What counts as the browser's answer to a login, and what does not: as judged, and at the real port. */
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import fc from "fast-check";
import { judgeCallback } from "../../src/compartments/auth/callback.ts";
import { withService } from "./auth_kit.ts";

const EXPECTED = { port: 4242, path: "/callback", state: "the-state", issuer: null };

function judge(
  target: string,
  headers: Record<string, string> = {},
  method = "GET",
  issuer: { id: string; isSent: boolean } | null = null,
) {
  const [path = "", query] = target.split(/\?(.*)/s);
  return judgeCallback({
    method,
    path,
    query: new URLSearchParams(query),
    headers: new Headers({ host: "localhost:4242", ...headers }),
  }, { ...EXPECTED, issuer });
}

Deno.test("the code of this login is taken, by either name of this machine", () => {
  const target = "/callback?code=abc-1_2.3~&state=the-state";
  const code = { type: "code", code: "abc-1_2.3~" };
  deepEqual(judge(target), code);
  deepEqual(judge(target, { host: "127.0.0.1:4242" }), code);
  deepEqual(judge(target, { "sec-fetch-dest": "document", "sec-fetch-mode": "navigate" }), code);
  deepEqual(judge("/callback?error=access_denied&state=the-state"), { type: "denied" });
});

Deno.test("attack: an answer with another state, with none, and with a beginning of it", () => {
  for (const state of ["other", "", "the-stat", "the-state2"]) {
    const verdict = judge(`/callback?code=abc&state=${state}`);
    equal(verdict.type === "refused" && verdict.status, 400, state);
  }
  equal(judge("/callback?error=access_denied&state=other").type, "refused");
});

Deno.test("attack: a script of another origin, an image, and another host name that leads here", () => {
  const target = "/callback?code=abc&state=the-state";
  const hostile: Record<string, string>[] = [
    { origin: "https://evil.example" },
    { origin: "null" },
    { "sec-fetch-dest": "image" },
    { "sec-fetch-dest": "empty" },
    { "sec-fetch-dest": "iframe" },
    { host: "evil.example:4242" },
    { host: "localhost" },
    { host: "localhost:4243" },
    { host: "localhost.evil.example:4242" },
  ];
  for (const headers of hostile) {
    const verdict = judge(target, headers);
    equal(verdict.type === "refused" && verdict.status, 403, JSON.stringify(headers));
  }
});

Deno.test("attack: mix-up, a code and a no of another service with the state of this login", () => {
  const issuer = { id: "https://as.example", isSent: true };
  const of = (query: string, isSent = true) =>
    judge(`/callback?state=the-state&${query}`, {}, "GET", { ...issuer, isSent }).type;
  const own = encodeURIComponent(issuer.id);
  equal(of(`code=abc&iss=${own}`), "code");
  equal(of(`error=access_denied&iss=${own}`), "denied");
  for (const iss of ["https%3A%2F%2Fevil.example", `${own}%2F`, `${own}&iss=evil`, ""]) {
    equal(of(`code=abc&iss=${iss}`), "refused", iss);
    equal(of(`error=access_denied&iss=${iss}`), "refused", iss);
    equal(of(`code=abc&iss=${iss}`, false), "refused", iss);
  }
  equal(of("code=abc"), "refused");
  equal(of("error=access_denied"), "refused");
  // A service that does not say its name is told apart by its own address for codes.
  equal(of("code=abc", false), "code");
});

Deno.test("another method or path brings nothing", () => {
  const status = (verdict: ReturnType<typeof judge>) =>
    verdict.type === "refused" && verdict.status;
  equal(status(judge("/callback?code=abc&state=the-state", {}, "POST")), 405);
  equal(status(judge("/other?code=abc&state=the-state")), 404);
  equal(status(judge("/callback?state=the-state")), 400);
  equal(status(judge("/callback?state=the-state&code=a%20b")), 400);
});

/** A text that is the expected one, nearly so, or any. */
const near = (expected: string) =>
  fc.oneof(
    { arbitrary: fc.constant(expected), weight: 20 },
    fc.nat(expected.length - 1).map((at) => expected.slice(0, at)),
    fc.nat(expected.length - 1).map((at) => {
      const other = expected[at] === "x" ? "y" : "x";
      return expected.slice(0, at) + other + expected.slice(at + 1);
    }),
    fc.constantFrom(
      expected.toUpperCase(),
      `${expected} `,
      ` ${expected}`,
      `${expected}\0`,
      expected + expected,
    ),
    fc.string(),
  );

/** Parameters as an answer has them, in any order, more than once, and under names that look alike. */
const parameters = fc.array(fc.oneof(
  fc.tuple(
    fc.constantFrom("state", "state", "state", "state", "State", "state[]"),
    near(EXPECTED.state),
  ),
  fc.tuple(
    fc.constantFrom("code", "code", "code", "Code"),
    fc.oneof(fc.constant("abc"), fc.string()),
  ),
  fc.tuple(fc.constantFrom("error"), fc.constantFrom("access_denied", "")),
));

Deno.test("a request counts only with this very state, path, method and host, whatever else it brings", () => {
  const counted = { code: 0, denied: 0, refused: 0 };
  const property = fc.property(
    parameters,
    near("/callback"),
    near("localhost:4242"),
    fc.constantFrom("GET", "GET", "GET", "GET", "get", "POST", "HEAD"),
    (query, path, host, method) => {
      const verdict = judgeCallback({
        method,
        path,
        query: new URLSearchParams(query),
        // What `Headers` would trim or refuse is tried, too.
        headers: { get: (name) => name === "host" ? host : null },
      }, EXPECTED);
      counted[verdict.type]++;
      const value = (name: string) => query.find(([one]) => one === name)?.[1];
      const isOurs = method === "GET" && path === "/callback" &&
        (host === "localhost:4242" || host === "127.0.0.1:4242") &&
        value("state") === EXPECTED.state;
      if (!isOurs) return equal(verdict.type, "refused");
      // The service's no goes before a code that came with it.
      if (value("error") !== undefined) return equal(verdict.type, "denied");
      if (verdict.type === "code") equal(verdict.code, value("code"));
      else ok(!/^[\w.~-]+$/.test(value("code") ?? ""), "a plain code was refused");
    },
  );
  fc.assert(property, { numRuns: 3_000, seed: 1 });
  // Control: each way was gone.
  ok(Object.values(counted).every((count) => count > 10), JSON.stringify(counted));
});

const { signal } = new AbortController();

/** One request by hand: `fetch` lets nobody choose the Host header. */
async function rawGet(port: number, path: string, headers: Record<string, string>) {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const lines = Object.entries({ connection: "close", ...headers })
    .map(([name, value]) => `${name}: ${value}\r\n`).join("");
  await connection.write(new TextEncoder().encode(`GET ${path} HTTP/1.1\r\n${lines}\r\n`));
  const text = await new Response(connection.readable).text();
  return Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]);
}

Deno.test("attack: callbacks of other pages are refused one by one, and the login goes on", () =>
  withService("claude", async (client) => {
    const refused: string[] = [];
    const listening = Promise.withResolvers<number>();
    const code = client.listen({ state: "st", issuer: null }, {
      port: listening.resolve,
      refused: (why) => refused.push(why),
    }, signal);
    const port = await listening.promise;
    const host = `localhost:${port}`;
    const path = "/callback?code=abc&state=st";
    equal(await rawGet(port, path, { host: "evil.example" }), 403);
    equal(await rawGet(port, path, { host, origin: "https://evil.example" }), 403);
    equal(await rawGet(port, path, { host, "sec-fetch-dest": "image" }), 403);
    equal(await rawGet(port, "/callback?code=abc&state=other", { host }), 400);
    equal(await rawGet(port, "/", { host }), 404);
    equal(refused.length, 5);
    // One that says nothing keeps nobody waiting.
    using _silent = await Deno.connect({ hostname: "127.0.0.1", port });
    equal(await rawGet(port, path, { host }), 200);
    equal(await code, "abc");
  }));

Deno.test("the login page's no ends the waiting, and a stop does", async () => {
  await withService("claude", async (client) => {
    const listening = Promise.withResolvers<number>();
    const on = { port: listening.resolve, refused() {} };
    const code = client.listen({ state: "st", issuer: null }, on, signal);
    const port = await listening.promise;
    const host = `localhost:${port}`;
    equal(await rawGet(port, "/callback?error=access_denied&state=st", { host }), 200);
    equal(await code, null);
  });
  await withService("claude", async (client) => {
    const stop = new AbortController();
    const listening = Promise.withResolvers<number>();
    const on = { port: listening.resolve, refused() {} };
    const code = client.listen({ state: "st", issuer: null }, on, stop.signal);
    await listening.promise;
    stop.abort();
    await rejects(code, { code: "wire.cancelled" });
  });
});

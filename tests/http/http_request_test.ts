/** The tool `http_request`: what goes to which host, what is asked about, and what comes back. */
import { deepEqual, equal, match, ok, rejects, throws } from "node:assert/strict";
import fc from "fast-check";
import { AppError } from "../../src/base/app_error.ts";
import { connectedProfile } from "../../src/kernel/http/http_profile.ts";
import { narrowed, profileDomain } from "../../src/kernel/http/profile_domains.ts";
import { indented } from "../../src/kernel/tools/http/indented_json.ts";
import { countBattery } from "../battery_count.ts";
import { httpWorld, profile } from "./http_kit.ts";

const API = "https://api.example.com";
const BEARER = profile({ type: "bearer", token: "token-canary-1" }, ["api.example.com"]);
const code = (expected: string) => (error: unknown) =>
  error instanceof AppError && error.code === expected;

Deno.test("a GET without credentials reads; all else is asked about, with what goes along", () => {
  const { access } = httpWorld([BEARER]);
  const asks = (args: Record<string, unknown>) => {
    const { sends, profile } = access({ url: `${API}/x`, ...args });
    return sends || profile !== undefined;
  };
  equal(asks({}), false);
  equal(asks({ method: "HEAD" }), false);
  equal(asks({ headers: { Accept: "application/json" } }), false);
  // Attack: a header carries what the session knows.
  equal(asks({ headers: { "x-note": "all that I know" } }), true);
  equal(asks({ headers: { accept: "text/all, that/i-know" } }), true);
  equal(asks({ profile: "work" }), true);
  for (const method of ["POST", "PUT", "PATCH", "DELETE"]) equal(asks({ method }), true, method);
  const { detail } = access({
    url: `${API}/x`,
    method: "POST",
    profile: "work",
    headers: { "X-Note": "1" },
    body: '{"a":1}',
  });
  equal(
    detail,
    'with the credentials of "work"; headers content-type: application/json, x-note: 1; ' +
      'body of 7 bytes: {"a":1}',
  );
  // Attack: the person who is asked sees a harmless name alone.
  const told = access({ url: API, headers: { "x-note": "all that I know" } }).detail;
  equal(told, "headers x-note: all that I know");
  match(
    access({ url: API, headers: { "x-a": "1", "x-note": "k".repeat(4000) } }).detail ?? "",
    /^headers of 4 KB, which begin: x-a: 1, x-note: k{700,}…$/,
  );
  match(
    access({ url: API, method: "PUT", body: "x".repeat(5000) }).detail ?? "",
    /body of 5 KB, which begins: x{400}…$/,
  );
});

Deno.test("each kind of profile adds its header", async () => {
  const ofKind = async (secrets: Parameters<typeof profile>[0]) => {
    const { run, hops } = httpWorld([profile(secrets, ["api.example.com"])]);
    await run({ url: `${API}/a?b=c`, profile: "work" });
    return hops[0]!.headers;
  };
  equal((await ofKind({ type: "bearer", token: "t" }))["authorization"], "Bearer t");
  equal((await ofKind({ type: "header", name: "x-api-key", value: "k" }))["x-api-key"], "k");
  equal(
    (await ofKind({ type: "basic", username: "Ada", password: "pä" }))["authorization"],
    "Basic QWRhOnDDpA==",
  );
  const keys = { consumerKey: "ck", consumerSecret: "cs", token: "t", tokenSecret: "ts" };
  match(
    (await ofKind({ type: "oauth1a", ...keys }))["authorization"] ?? "",
    /^OAuth oauth_consumer_key="ck", oauth_nonce="nonce", .*oauth_signature="/,
  );
});

/** Addresses that are not the profile's, however near they come. */
const FOREIGN = [
  "https://evil.example/",
  "https://api.example.com.evil.example/",
  "https://evil-api.example.com/",
  "https://notapi.example.com/",
  "https://example.com/",
  "https://api.example.co/",
  "https://api.examp1e.com/",
  "https://аpi.example.com/",
  "https://evil.example/api.example.com",
  "https://evil.example/?api.example.com",
  "https://evil.example/#api.example.com",
  "https://api-example.com/",
  "https://93.184.216.34/",
  "https://api.example.com:8443/",
];

Deno.test("attack: credentials to another domain, a lookalike of it, another port, by userinfo", async () => {
  const { access, hops } = httpWorld([BEARER]);
  for (const url of FOREIGN) {
    throws(() => access({ url, profile: "work" }), code("http.domain"), url);
  }
  for (const url of ["https://api.example.com@evil.example/", "https://a:b@api.example.com/"]) {
    throws(() => access({ url, profile: "work" }), code("net.userinfo"), url);
  }
  for (
    const url of ["https://api.example.com\\@evil.example/", "https://api.example.com\t.evil/"]
  ) {
    throws(() => access({ url, profile: "work" }), code("net.malformed"), url);
  }
  throws(() => access({ url: "http://api.example.com/", profile: "work" }), code("net.scheme"));
  throws(() => access({ url: "http://example.com/" }), code("net.scheme"));
  throws(() => access({ url: API, profile: "other" }), code("http.profile"));
  equal(hops.length, 0);
  // Those that are.
  for (
    const url of [API, `${API}:443/`, "https://API.EXAMPLE.COM./x", "https://v2.api.example.com"]
  ) {
    equal(access({ url, profile: "work" }).profile, "work", url);
  }
  await Promise.resolve();
});

Deno.test("attack: no host that fast-check makes is taken for the domain, but those below it", () => {
  const { access } = httpWorld([BEARER]);
  const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,6}[a-z0-9])?$/);
  fc.assert(fc.property(fc.array(label, { minLength: 1, maxLength: 3 }), label, (before, end) => {
    const hosts = [
      `${before.join(".")}api.example.com`,
      `api.example.com.${before.join(".")}.${end}x`,
      `${before.join(".")}.example.com`,
    ];
    for (const host of hosts) {
      if (`.${host}`.endsWith(".api.example.com") || !URL.canParse(`https://${host}`)) continue;
      let isTaken = true;
      try {
        access({ url: `https://${host}/`, profile: "work" });
      } catch {
        isTaken = false;
      }
      ok(!isTaken, host);
    }
  }));
});

Deno.test("attack: a redirect leads the credentials, and what was sent, to another host", async () => {
  for (const status of [301, 302, 303, 307, 308]) {
    const { run, hops } = httpWorld(
      [BEARER],
      ({ url }) =>
        url.hostname === "api.example.com"
          ? { status, location: "https://evil.example/take" }
          : { text: "gone" },
    );
    await run({ url: `${API}/a`, profile: "work" });
    deepEqual(hops.map(({ url }) => url.hostname), ["api.example.com", "evil.example"]);
    equal(hops[1]!.headers["authorization"], undefined);
    const written = await run({
      url: `${API}/a`,
      profile: "work",
      method: "POST",
      body: "body-canary",
    });
    const last = hops.at(-1)!;
    if (status >= 307) match(written.content, /redirects what was sent to another host/);
    else equal(last.url.hostname, "evil.example");
    ok(last.url.hostname === "api.example.com" || last.body === null);
  }
  // There and back: once out they stay out. And to plain http not at all.
  const back = httpWorld(
    [BEARER],
    ({ url }) =>
      url.target === "/a"
        ? { status: 302, location: "https://evil.example/" }
        : url.hostname === "evil.example"
        ? { status: 302, location: `${API}/b` }
        : {},
  );
  await back.run({ url: `${API}/a`, profile: "work" });
  deepEqual(back.hops.map(({ headers }) => "authorization" in headers), [true, false, false]);
  const plain = httpWorld([BEARER], () => ({ status: 302, location: "http://api.example.com/" }));
  equal((await plain.run({ url: `${API}/a`, profile: "work" })).ok, false);
  equal(plain.hops.length, 1);
  // Within the host they go along.
  const within = httpWorld(
    [BEARER],
    ({ url }) => url.target === "/a" ? { status: 307, location: "/b" } : {},
  );
  await within.run({ url: `${API}/a`, profile: "work", method: "POST", body: "x" });
  deepEqual(
    within.hops.map(({ method, headers, body }) => [method, headers["authorization"], body]),
    [["POST", "Bearer token-canary-1", "x"], ["POST", "Bearer token-canary-1", "x"]],
  );
});

/** Headers that no call may set. */
const REFUSED_HEADERS: Record<string, string>[] = [
  { Authorization: "Bearer mine" },
  { authorization: "x" },
  { Cookie: "a=b" },
  { "Proxy-Authorization": "x" },
  { "X-Api-Key": "x" },
  { apikey: "x" },
  { "x-auth-token": "x" },
  { "X-CSRF-Token": "x" },
  { "x-amz-security-token": "x" },
  { Host: "evil.example" },
  { "X-Forwarded-Host": "evil.example" },
  { "X-Original-URL": "/admin" },
  { "X-HTTP-Method-Override": "DELETE" },
  { "Content-Length": "3" },
  { "Transfer-Encoding": "chunked" },
  { Connection: "upgrade" },
  { Upgrade: "h2c" },
  { "Accept-Encoding": "br" },
  { "x-a": "1\r\nauthorization: Bearer mine" },
  { "x-a": "1\nhost: evil.example" },
  { "x-a": "1\0" },
  { "x-a": "ä" },
  { "x-a\r\nhost": "1" },
  { "x-a: 1\r\nx": "1" },
  { "x a": "1" },
  { "": "1" },
  { "X-A": "1", "x-a": "2" },
];

Deno.test("attack: headers with credentials, of the connection, and with line ends in them", async (t) => {
  const { access } = httpWorld([BEARER]);
  let refused = 0;
  for (const headers of REFUSED_HEADERS) {
    throws(
      () => access({ url: API, profile: "work", headers }),
      code("http.header"),
      JSON.stringify(headers),
    );
    refused++;
  }
  await countBattery(t, {
    battery: "headers",
    verb: "refused",
    held: refused,
    tried: REFUSED_HEADERS.length,
  });
  access({ url: API, headers: { "If-None-Match": '"a"', "X-GitHub-Api-Version": "2022-11-28" } });
});

Deno.test("attack: the header of a profile is set by a call", async () => {
  const key = profile({ type: "header", name: "x-lab", value: "own" }, ["api.example.com"]);
  const { run, hops } = httpWorld([key]);
  await run({ url: API, profile: "work", headers: { "X-Lab": "other" } });
  equal(hops[0]!.headers["x-lab"], "own");
});

Deno.test("attack: a service echoes credentials; none of them comes back", async () => {
  const cases = [
    profile({ type: "bearer", token: 'tok"en/canary+1' }, ["api.example.com"]),
    profile({ type: "basic", username: "ada", password: "pass-canary" }, ["api.example.com"]),
    profile({ type: "header", name: "x-k", value: "value-canary" }, ["api.example.com"]),
  ];
  for (const one of cases) {
    const { run } = httpWorld([one], ({ headers }) => {
      const sent = headers["authorization"] ?? headers["x-k"] ?? "";
      const bare = sent.replace(/^\w+ /, "");
      const text = [
        JSON.stringify({ sent, bare }),
        encodeURIComponent(bare),
        btoa(bare),
        ...(one.type === "basic" ? ["pass-canary"] : []),
      ].join(" ");
      return { text, headers: { "x-request-id": bare }, status: 400 };
    });
    const { outside, content, summary } = await run({ url: API, profile: "work" });
    const all = [outside, content, summary].join("\n");
    match(all, /\[secret of profile work\]/);
    ok(!/canary|YWRh/.test(all), all);
  }
  // Cut in the middle of one.
  const cut = httpWorld([BEARER], () => ({ text: "you sent token-canar" }));
  equal(
    (await cut.run({ url: API, profile: "work" })).outside,
    "you sent [secret of profile work]",
  );
});

Deno.test("answers: JSON indented with its numbers as they are, errors in a section, headers that tell", async () => {
  const { run } = httpWorld([], () => ({
    status: 429,
    text: '{"id":12345678901234567890,"a":[],"e":"too many"}',
    headers: { "retry-after": "7", "set-cookie": "s=1", "content-type": "application/json" },
  }));
  const result = await run({ url: API });
  equal(result.ok, false);
  match(
    result.content,
    /^HTTP 429 from api\.example\.com, \d+ bytes of JSON\n\nAPI error 429: there/,
  );
  equal(
    result.outside,
    'retry-after: 7\ncontent-type: application/json\n\n{\n  "id": 12345678901234567890,\n' +
      '  "a": [],\n  "e": "too many"\n}',
  );
  fc.assert(fc.property(fc.json(), (text) => {
    deepEqual(JSON.parse(indented(text)), JSON.parse(text));
  }));
  equal(indented("{no json"), "{no json");
});

Deno.test("a token that is refused is renewed once, and the request made once more", async () => {
  const asked: (string | undefined)[] = [];
  const access = {
    token(refused?: string) {
      asked.push(refused);
      return Promise.resolve({ accessToken: refused ? "new-token" : "old-token", accountId: null });
    },
  };
  const lab = connectedProfile({ name: "lab", domains: ["api.example.com"] }, access);
  const { run, hops } = httpWorld(
    [lab],
    ({ headers }) =>
      headers["authorization"] === "Bearer new-token" ? { text: "in" } : { status: 401 },
  );
  equal((await run({ url: API, profile: "lab", method: "POST", body: "x" })).ok, true);
  deepEqual(asked, [undefined, "old-token"]);
  equal(hops.length, 2);
  const never = httpWorld([lab], () => ({ status: 401 }));
  match(
    (await never.run({ url: API, profile: "lab" })).content,
    /API error 401: .*credentials of "lab" are not \(or no longer\) good/,
  );
  equal(never.hops.length, 2);
});

Deno.test("http only to this machine, and only where the owner named it", () => {
  const { access } = httpWorld([BEARER], () => ({}), ["127.0.0.1:8080", "wiki.corp"]);
  equal(access({ url: "http://127.0.0.1:8080/x" }).host, "127.0.0.1:8080");
  throws(() => access({ url: "http://wiki.corp/x" }), code("net.scheme"));
  throws(() => access({ url: "http://127.0.0.1:8081/x" }), code("net.scheme"));
  throws(() => access({ url: "https://127.0.0.1/x" }), code("net.address"));
});

Deno.test("domains of profiles: one form, none for everybody; a profile narrows a connection", () => {
  equal(profileDomain("API.Example.com."), "api.example.com");
  for (const text of ["com", "*", "*.example.com", "https://", "a.b/c", "a@b.c", "", "a b.c"]) {
    equal(profileDomain(text), null, text);
  }
  deepEqual(narrowed(["api.x.com"], ["x.com"]), ["api.x.com"]);
  deepEqual(narrowed(["x.com"], ["api.x.com"]), ["api.x.com"]);
  deepEqual(narrowed(["evil.example"], ["api.x.com"]), []);
});

Deno.test("a body needs a method that takes one; a profile without its secret says so", async () => {
  const { access, run } = httpWorld([{
    ...BEARER,
    credentials: () => Promise.reject(new AppError("http.profile", "none")),
  }]);
  throws(() => access({ url: API, body: "x" }), code("http.body"));
  equal((await run({ url: API, profile: "work" })).ok, false);
  await rejects(() => run({ url: "ftp://a.example/" }), code("net.scheme"));
});

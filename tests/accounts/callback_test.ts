/** What counts as the browser's answer to a login, and what does not. */
import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import { judgeCallback } from "../../src/compartments/auth/callback.ts";

const EXPECTED = { port: 4242, state: "the-state" };

function judge(target: string, headers: Record<string, string> = {}, method = "GET") {
  const [path = "", query] = target.split(/\?(.*)/s);
  return judgeCallback({
    method,
    path,
    query: new URLSearchParams(query),
    headers: new Headers({ host: "localhost:4242", ...headers }),
  }, EXPECTED);
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

Deno.test("another method or path brings nothing", () => {
  const status = (verdict: ReturnType<typeof judge>) =>
    verdict.type === "refused" && verdict.status;
  equal(status(judge("/callback?code=abc&state=the-state", {}, "POST")), 405);
  equal(status(judge("/other?code=abc&state=the-state")), 404);
  equal(status(judge("/callback?state=the-state")), 400);
  equal(status(judge("/callback?state=the-state&code=a%20b")), 400);
});

Deno.test("no text without the state is ever taken as a code", () => {
  fc.assert(fc.property(fc.webUrl({ withQueryParameters: true }), fc.string(), (url, state) => {
    const { pathname, search } = new URL(url);
    fc.pre(state !== EXPECTED.state);
    const query = `${search === "" ? "?" : `${search}&`}state=${encodeURIComponent(state)}&code=x`;
    equal(judge(`/callback${query}`).type, "refused");
    equal(judge(pathname + search).type, "refused");
  }));
});

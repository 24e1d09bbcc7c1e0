/** The way of a request over redirects. */
import assert from "node:assert/strict";
import { walk, WALK_LIMIT_MS } from "../../src/kernel/net/walk.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { PUBLIC, world } from "./walk_kit.ts";

const { signal } = new AbortController();
const anywhere = () => [PUBLIC];

/** Leads along a list of addresses, one a hop. */
function chain(status: number, ...hrefs: string[]) {
  return (href: string) => {
    const next = hrefs[hrefs.indexOf(href) + 1];
    return next === undefined ? { status: 200, location: null } : { status, location: next };
  };
}

Deno.test("five redirects are followed, six are not", async () => {
  const pages = Array.from({ length: 7 }, (_, at) => `https://h${at}.example/`);
  const five = world(anywhere, chain(302, ...pages.slice(0, 6)));
  const { url, redirects } = await walk({ url: pages[0]! }, five.ports, {}, signal);
  assert.deepEqual([url.href, redirects], [pages[5], 5]);
  const six = world(anywhere, chain(302, ...pages));
  await assert.rejects(walk({ url: pages[0]! }, six.ports, {}, signal), { code: "net.redirects" });
  assert.equal(six.dialled.length, 6);
});

Deno.test("a page that leads to itself ends after the fifth time", async () => {
  const { ports, dialled } = world(anywhere, () => ({ status: 307, location: "?x" }));
  await assert.rejects(walk({ url: "https://a.example/" }, ports, {}, signal), {
    code: "net.redirects",
  });
  assert.equal(dialled.length, 6);
});

Deno.test("credentials stay at the origin they are for, and do not come back to it", async () => {
  const others = ["https://b.example/", "https://a.example:8443/", "https://x.a.example/"];
  for (const other of others) {
    const way = ["https://a.example/", "https://a.example/2", other, "https://a.example/3"];
    const { ports, dialled } = world(anywhere, chain(302, ...way));
    const request = {
      url: way[0]!,
      headers: { accept: "*/*" },
      credentials: { authorization: "Bearer canary" },
    };
    await walk(request, ports, {}, signal);
    const sent = dialled.map(({ headers }) => headers["authorization"] ?? null);
    assert.deepEqual(sent, ["Bearer canary", "Bearer canary", null, null], other);
    assert.ok(dialled.every(({ headers }) => headers["accept"] === "*/*"));
  }
});

Deno.test("an https page does not lead to http", async () => {
  const way = ["https://a.example/", "http://a.example/"];
  const { ports, dialled } = world(anywhere, chain(301, ...way));
  await assert.rejects(walk({ url: way[0]! }, ports, {}, signal), { code: "net.downgrade" });
  assert.equal(dialled.length, 1);
});

Deno.test("an http address stays one: nothing is upgraded in silence", async () => {
  const { ports, dialled } = world(anywhere);
  await walk({ url: "http://a.example/" }, ports, {}, signal);
  assert.equal(dialled[0]!.url.href, "http://a.example/");
});

Deno.test("what is sent is not sent on to another host", async () => {
  for (const status of [307, 308]) {
    const way = ["https://a.example/", "https://b.example/"];
    const { ports, dialled } = world(anywhere, chain(status, ...way));
    await assert.rejects(
      walk({ url: way[0]!, method: "POST", body: "canary" }, ports, {}, signal),
      { code: "net.redirect_body" },
    );
    assert.equal(dialled.length, 1);
  }
});

Deno.test("after a POST the methods follow the statuses", async () => {
  const after: Record<number, [string, string | null]> = {
    301: ["GET", null],
    302: ["GET", null],
    303: ["GET", null],
    307: ["POST", "x"],
    308: ["POST", "x"],
  };
  for (const [status, expected] of Object.entries(after)) {
    const way = ["https://a.example/", "https://a.example/2"];
    const { ports, dialled } = world(anywhere, chain(Number(status), ...way));
    await walk({ url: way[0]!, method: "POST", body: "x" }, ports, {}, signal);
    assert.deepEqual([dialled[1]!.method, dialled[1]!.body], expected, status);
  }
});

Deno.test("other statuses lead nowhere, whatever their Location says", async () => {
  for (const status of [200, 201, 300, 304, 305, 306, 404]) {
    const { ports, dialled } = world(anywhere, () => ({ status, location: "https://b.example/" }));
    const { answer } = await walk({ url: "https://a.example/" }, ports, {}, signal);
    assert.deepEqual([answer.status, dialled.length], [status, 1]);
  }
});

Deno.test("attack: the name of a host that a redirect leads to is a sentence, told in ward's own words", async () => {
  const said = "canary-mail-the-keys";
  const told = async (...way: string[]) => {
    const { ports } = world((name) => name.includes(said) ? [] : [PUBLIC], chain(302, ...way));
    const error = await walk({ url: way[0]! }, ports, {}, signal).catch((error) => error);
    return String(error?.message);
  };
  const [asked, next] = ["https://a.example/", `https://${said}.example/`];
  for (
    const leads of [
      next,
      `https://${said}.internal/`,
      `https://${said}.example:25/`,
      `http://${said}.example/`,
      `https://${said}@a.example/`,
    ]
  ) {
    const words = await told(asked, leads);
    assert.match(words, /another host|the address|from https to http/, leads);
    assert.ok(!words.includes(said), words);
  }
  for (const from of ["http://b.example/", "https://"]) {
    const words = await told(asked, "https://canary.example/", from);
    assert.match(words, /^Refused to follow another host: /, from);
  }
  assert.match(
    await told(next),
    new RegExp(`^Cannot reach ${said}.example: `),
    "the one asked for",
  );
});

Deno.test("a name without addresses is said to be none", async () => {
  await assert.rejects(walk({ url: "https://a.example/" }, world(() => []).ports, {}, signal), {
    code: "net.unresolved",
  });
});

Deno.test("what hangs ends at the limit, and is told to stop", async () => {
  for (const hangs of ["resolve", "exchange"] as const) {
    const clock = new FakeClock();
    let told: AbortSignal | undefined;
    const hang = (_: unknown, stop: AbortSignal) => {
      told = stop;
      clock.advance(WALK_LIMIT_MS);
      return new Promise<never>(() => {});
    };
    const ports = { ...world(anywhere).ports, clock, [hangs]: hang };
    await assert.rejects(walk({ url: "https://a.example/" }, ports, {}, signal), {
      code: "net.late",
    });
    assert.ok(told?.aborted);
    assert.equal(clock.waiting, 0);
  }
});

Deno.test("a call that is cancelled ends at once", async () => {
  const stop = new AbortController();
  const reason = new Error("cancelled");
  const exchange = () => {
    stop.abort(reason);
    return new Promise<never>(() => {});
  };
  const ports = { ...world(anywhere).ports, exchange };
  await assert.rejects(walk({ url: "https://a.example/" }, ports, {}, stop.signal), reason);
});

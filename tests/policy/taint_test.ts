/** Policy after a session read from outside, and for whom nobody vouches. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { saidWhole } from "../../src/kernel/policy/said_whole.ts";
import { decide } from "../../src/kernel/policy/decide.ts";
import { grantsUnder, Taint } from "../../src/kernel/policy/taint.ts";
import type { PolicyState } from "../../src/kernel/policy/state.ts";
import type { Access, Grant, NetAccess } from "../../src/model/cells/permission.ts";

const READ_AT = 1_000;
const TAINT = { sources: ["web a.example"], atMs: READ_AT };

function state(over: Partial<PolicyState> = {}): PolicyState {
  return {
    workspace: "/w",
    home: "/h/.ward",
    dataDir: "/h/.ward/data",
    others: [],
    outputDir: "/h/.ward/data/out",
    osHome: "/h",
    selfPaths: [],
    allow: ["ls", "git status"],
    sandbox: "bubblewrap",
    commandsWithoutSandbox: false,
    grants: [],
    taint: null,
    trusted: true,
    saidByUser: () => false,
    findProgram: (name) => `/usr/bin/${name}`,
    verifyPaths: true,
    exists: () => true,
    realPath: (path) => path,
    ...over,
  };
}

function grant(over: Partial<Grant>): Grant {
  return {
    id: "g1",
    compartment: "hands",
    permission: "run",
    value: "make",
    scope: { type: "always" },
    grantedBy: "test",
    atMs: 0,
    reason: "",
    ...over,
  };
}

Deno.test("attack: a page that is read after /trust is trusted with what was read before", () => {
  const trust = grant({ permission: "trust", compartment: "session", value: "s1", atMs: 2_000 });
  const taint = new Taint();
  taint.add({ sources: ["web a.example"], atMs: 1_000 });
  taint.add({ sources: ["web b.example"], atMs: 2_000 });
  assert.equal(taint.inForce([trust], "s1"), null, "what was read until then");
  assert.deepEqual(taint.inForce([trust], "s2")?.sources, ["web a.example", "web b.example"]);
  taint.add({ sources: ["web evil.example"], atMs: 2_001 });
  const left = taint.inForce([trust], "s1");
  assert.deepEqual([left?.sources, left?.atMs], [["web evil.example"], 2_001]);
  const wide = grant({ id: "g2", atMs: 1_500 });
  assert.deepEqual(grantsUnder(left, [trust, wide]), []);
  const again = { ...trust, id: "g3", atMs: 3_000 };
  assert.equal(taint.inForce([trust, again], "s1"), null);
  // As a store gives it back: only the first and the last reading are known.
  const resumed = new Taint();
  resumed.add({ ...taint.read!, sources: ["some"] });
  assert.deepEqual(resumed.inForce([trust], "s1")?.atMs, 2_001);
  assert.equal(resumed.inForce([again], "s1"), null);
});

Deno.test("however many readings there were, trust covers each until it was given and none after", () => {
  fc.assert(fc.property(
    fc.array(fc.nat(1_000), { minLength: 1, maxLength: 300 }),
    fc.nat(1_000),
    (times, trustedMs) => {
      const taint = new Taint();
      times.toSorted((a, b) => a - b)
        .forEach((atMs) => taint.add({ sources: [`at ${atMs}`], atMs }));
      const trust = grant({ permission: "trust", value: "s1", atMs: trustedMs });
      const left = taint.inForce([trust], "s1");
      const later = times.filter((atMs) => atMs > trustedMs);
      assert.equal(left === null, later.length === 0);
      for (const atMs of later) assert.ok(left?.sources.includes(`at ${atMs}`));
      assert.ok(left === null || left.atMs > trustedMs, "answers from before do not count");
    },
  ));
});

const get = (over: Partial<NetAccess> = {}): NetAccess => ({
  permission: "net",
  compartment: "web",
  host: "b.example",
  url: "https://b.example/?q=secret",
  method: "GET",
  sends: false,
  ...over,
});

const ACTING: Access[] = [
  { permission: "write", path: "/w/a" },
  { permission: "run", words: ["ls"] },
  { permission: "run", words: ["git", "status"] },
  get(),
];

Deno.test("attack: what a page told the model to do asks, whatever the lists and older grants say", () => {
  const before = [
    grant({ value: "ls" }),
    grant({ permission: "write", value: "/w" }),
    grant({ permission: "net", compartment: "web", value: "b.example" }),
  ];
  for (const access of ACTING) {
    assert.equal(decide(access, state()).type, "allow");
    const tainted = state({ taint: TAINT, grants: grantsUnder(TAINT, before) });
    assert.equal(decide(access, tainted).type, "ask", JSON.stringify(access));
  }
  assert.equal(decide({ permission: "read", path: "/w/a" }, state({ taint: TAINT })).type, "allow");
});

Deno.test("where a grant of before counts no more, the question says why", () => {
  const acting: Access[] = [
    { permission: "run", words: ["curl", "x"] },
    get({ compartment: "hands" }),
    get({ compartment: "browser" }),
  ];
  for (const access of acting) {
    for (const [taint, says] of [[TAINT, true], [null, false]] as const) {
      const decision = decide(access, state({ taint, allow: [] }));
      assert.equal(decision.type, "ask");
      assert.equal(/read web a\.example, no earlier grant counts$/.test(decision.rule), says);
    }
  }
});

Deno.test("an answer given since the page was read counts, for what it says", () => {
  const since = [
    grant({ value: "ls", atMs: READ_AT }),
    grant({ value: "git status", atMs: READ_AT }),
    grant({ permission: "write", value: "/w/a", atMs: READ_AT }),
    grant({ permission: "net", compartment: "web", value: "b.example", atMs: READ_AT }),
  ];
  const tainted = state({ taint: TAINT, grants: grantsUnder(TAINT, since) });
  for (const access of ACTING) {
    const decision = decide(access, tainted);
    assert.ok(decision.type === "allow" && decision.grantId === "g1", JSON.stringify(access));
  }
  assert.equal(decide({ permission: "write", path: "/w/b" }, tainted).type, "ask");
  assert.equal(decide(get({ host: "c.example" }), tainted).type, "ask");
  assert.equal(decide(get({ method: "POST", sends: true }), tainted).type, "ask");
});

Deno.test("an address that the user wrote may be read after a page, another one asks", () => {
  const tainted = state({ taint: TAINT, saidByUser: (text) => text === get().url });
  assert.equal(decide(get(), tainted).type, "allow");
  assert.equal(decide(get({ url: get().url + "x" }), tainted).type, "ask");
  const named = state({
    taint: TAINT,
    saidByUser: (text) => "see https://b.example".includes(text),
  });
  assert.equal(decide(get({ url: "https://b.example/" }), named).type, "allow");
  assert.equal(decide(get({ url: "https://b.example/?q=secret" }), named).type, "ask");
});

Deno.test("attack: an address that only begins as one that the user wrote is not the user's", () => {
  const said =
    "Read https://shop.example.com/a?id=12 (see https://b.example). Not https://c.exampleé";
  for (const address of ["https://shop.example.com/a?id=12", "https://b.example"]) {
    assert.ok(saidWhole(said, address) && saidWhole(`«${address}»`, address), address);
    assert.ok(saidWhole(`${address}/?`, address) && saidWhole(`${address}!\n`, address), address);
  }
  for (
    const address of [
      "https://shop.example.co",
      "https://shop.example.com",
      "https://shop.example.com/a",
      "https://shop.example.com/a?id=1",
      "https://c.example",
      "https://b.example/x",
    ]
  ) {
    assert.ok(!saidWhole(said, address), address);
    const tainted = state({ taint: TAINT, saidByUser: (text) => saidWhole(said, text) });
    assert.equal(decide(get({ url: address }), tainted).type, "ask", address);
  }
});

Deno.test("what sends, or goes with credentials, asks always; a grant covers the same alone", () => {
  const post = get({ method: "POST", sends: true });
  const asked = decide(post, state());
  assert.ok(asked.type === "ask" && asked.grant.value === "POST b.example");
  assert.equal(
    asked.grant.command,
    "ward permissions grant net 'POST b.example' --compartment web --once",
  );
  const mine = decide(get({ profile: "work" }), state());
  assert.ok(mine.type === "ask" && mine.grant.value === "GET b.example as work");
  const granted = state({
    grants: [grant({ permission: "net", compartment: "web", value: "POST b.example" })],
  });
  assert.equal(decide(post, granted).type, "allow");
  for (const other of [{ method: "DELETE" }, { profile: "work" }, { host: "c.example" }]) {
    assert.equal(decide({ ...post, ...other }, granted).type, "ask");
  }
});

Deno.test("attack: on the word of somebody who is not trusted everything asks, reading too", () => {
  const granted = [
    grant({ value: "ls" }),
    grant({ permission: "read", value: "/w" }),
    grant({ permission: "net", compartment: "web", value: "b.example" }),
  ];
  for (const access of [...ACTING, { permission: "read", path: "/w/a" } as const]) {
    assert.equal(decide(access, state({ trusted: false, grants: granted })).type, "ask");
  }
});

Deno.test("attack: reading from outside never makes policy let more pass", () => {
  const time = fc.integer({ min: 0, max: 2 * READ_AT });
  const grants = fc.array(
    fc.record({
      permission: fc.constantFrom("run", "write", "read", "net"),
      value: fc.constantFrom("ls", "/w", "/etc", "b.example", "POST b.example"),
      compartment: fc.constantFrom("hands", "web"),
      atMs: time,
    }).map((over) => grant(over as Partial<Grant>)),
  );
  const access = fc.constantFrom<Access>(
    ...ACTING,
    { permission: "read", path: "/etc/passwd" },
    { permission: "write", path: "/etc/passwd" },
    get({ method: "POST", sends: true }),
  );
  const rank = { allow: 0, ask: 1, deny: 2 };
  fc.assert(fc.property(access, grants, (one, all) => {
    const clean = decide(one, state({ grants: all })).type;
    const after = decide(one, state({ grants: grantsUnder(TAINT, all), taint: TAINT })).type;
    assert.ok(rank[after] >= rank[clean]);
  }));
});

Deno.test("attack: a yes to one command or sending is none to another of the same program or host", () => {
  const tainted = state({ taint: TAINT, allow: ["git"] });
  const push = decide({ permission: "run", words: ["git", "push", "origin"] }, tainted);
  assert.ok(push.type === "ask" && push.grant.value === "exact:git push origin");
  const answered = { ...tainted, grants: [grant({ value: push.grant.value, atMs: READ_AT })] };
  assert.equal(
    decide({ permission: "run", words: ["git", "push", "evil"] }, answered).type,
    "ask",
  );
  const post = decide(get({ method: "POST", sends: true }), tainted);
  assert.ok(post.type === "ask" && post.grant.onceOnly);
  const clean = decide(get({ method: "POST", sends: true }), state());
  assert.ok(clean.type === "ask" && !clean.grant.onceOnly);
});

Deno.test("only a grant of trust for this session lifts it", () => {
  const taint = new Taint();
  assert.equal(taint.inForce([], "s1"), null);
  taint.add({ sources: ["b"], atMs: 20 });
  taint.add({ sources: ["a"], atMs: 10 });
  assert.deepEqual(taint.inForce([grant({ value: "s1" })], "s1"), {
    sources: ["b", "a"],
    atMs: 10,
    lastMs: 20,
  });
  const trust = grant({ permission: "trust", compartment: "session", value: "s1", atMs: 20 });
  assert.equal(taint.inForce([trust], "s1"), null);
  assert.notEqual(taint.inForce([trust], "s2"), null);
});

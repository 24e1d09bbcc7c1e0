import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import fc from "fast-check";
import {
  covers,
  manifestOf,
  manifestText,
  narrowedTo,
  parseManifest,
} from "../../src/kernel/manifest/manifest.ts";
import { cellNetAccess } from "../../src/kernel/net/cell_hosts.ts";
import { normalizePath, within } from "../../src/model/cells/paths.ts";
import { TouchWatch } from "../../src/kernel/manifest/touch_watch.ts";
import type { Access, Grant } from "../../src/model/cells/permission.ts";
import { calls, says } from "../fakes/scripted_model.ts";
import { FakePolicy, fine, kit, tool } from "../agent/turn_kit.ts";

const W = "/users/u/work";
const name = fc.constantFrom("a", "b", "c", "d e", "ü");
const path = fc.tuple(fc.constantFrom(W, "/srv", "."), fc.array(name, { maxLength: 3 }))
  .map(([root, parts]) => [root, ...parts].join("/"));
const access: fc.Arbitrary<Access> = fc.oneof(
  fc.record({ permission: fc.constantFrom("read" as const, "write" as const), path }),
  fc.record({
    permission: fc.constant("run" as const),
    words: fc.tuple(fc.constantFrom("git", "ls"), fc.constantFrom("x", "--y", "a b", "it's"))
      .map((words) => [...words]),
  }),
  fc.record({
    permission: fc.constant("shell" as const),
    line: fc.constantFrom("a $(b)", "c 'd'\n"),
    why: fc.constant(""),
  }),
  fc.record({
    permission: fc.constant("net" as const),
    compartment: fc.constantFrom("web", "hands"),
    host: fc.constantFrom("example.org", "example.org:8443"),
    url: fc.constant("https://example.org/"),
    method: fc.constantFrom("GET", "POST"),
    sends: fc.boolean(),
  }),
);

Deno.test("a manifest has room for all that it was made from, also read back, and for nothing in vain", () => {
  fc.assert(fc.property(fc.array(access, { maxLength: 8 }), (accesses) => {
    const manifest = manifestOf(accesses, W);
    for (const format of ["toml", "json"] as const) {
      deepEqual(parseManifest(manifestText(manifest, format), "m"), manifest);
    }
    for (const one of accesses) ok(covers(manifest, one, W), JSON.stringify(one));
    for (const kind of ["read", "write", "run", "lines", "net"] as const) {
      for (const entry of manifest[kind]) {
        const less = { ...manifest, [kind]: manifest[kind].filter((other) => other !== entry) };
        ok(accesses.some((one) => !covers(less, one, W)), `${kind} ${entry} is not needed`);
      }
    }
  }));
});

Deno.test("attack: a manifest has no room for what only looks like an entry of it", () => {
  const manifest = manifestOf([
    { permission: "read", path: "/srv/data" },
    { permission: "run", words: ["git", "status"] },
  ], W);
  const beyond: Access[] = [
    { permission: "write", path: "/srv/data" },
    { permission: "read", path: "/srv/data2" },
    { permission: "read", path: "/srv/data/../key" },
    { permission: "run", words: ["git", "status", "-s"] },
    { permission: "run", words: ["git"] },
    { permission: "shell", line: "git status", why: "" },
  ];
  deepEqual(beyond.filter((one) => covers(manifest, one, W)), []);
});

Deno.test("a manifest that is none is refused with what is wrong", () => {
  for (
    const [text, why] of [
      ["{", /no manifest/],
      ["version = 2", /version/],
      ["version = 1\nreed = []", /reed/],
      ['{"version": 1, "read": [1]}', /read\.0/],
    ] as const
  ) {
    throws(() => parseManifest(text, "m.toml"), why);
  }
});

const watch = (isPlan: boolean, touched: Access[] | null = null) =>
  new TouchWatch({
    workspace: W,
    isPlan,
    lock: touched && { path: "lock.toml", manifest: manifestOf(touched, W) },
    realPath: (path) => path,
  });

Deno.test("attack: a link below what a lock has room for leads to what it has none for", () => {
  const links = new Map([[`${W}/src/away`, `${W}/other`], [`${W}/named`, `${W}/real`]]);
  const realPath = (path: string) => {
    const link = [...links].find(([from]) => path === from || path.startsWith(`${from}/`));
    return link ? link[1] + path.slice(link[0].length) : path;
  };
  const manifest = manifestOf([
    { permission: "write", path: `${W}/src` },
    { permission: "write", path: `${W}/named` },
  ], W);
  const stops = (path: string) =>
    new TouchWatch({ workspace: W, isPlan: false, lock: { path: "l", manifest }, realPath })
      .before([{ permission: "write", path }], []) !== null;
  deepEqual(["src/a", "./src/b/c", "named/x"].filter(stops), []);
  deepEqual(["src/away", "src/away/x", `${W}/src/away/x`].map(stops), [true, true, true]);
  // What an entry names is where it led when the run began.
  const seen = new TouchWatch({
    workspace: W,
    isPlan: false,
    lock: { path: "l", manifest },
    realPath,
  });
  links.set(`${W}/src`, `${W}/other`);
  ok(seen.before([{ permission: "write", path: "src/a" }], []) !== null);
});

function granted(permission: Grant["permission"], value: string): Grant {
  return {
    id: "g1",
    compartment: "hands",
    permission,
    value,
    scope: { type: "always" },
    grantedBy: "command line",
    atMs: 0,
    reason: "",
  };
}

Deno.test("attack: a host that was granted before is no part of a lock that does not name it", () => {
  const manifest = manifestOf([cellNetAccess("a.example")], W);
  const left = (one: Grant) => narrowedTo(manifest, one, W);
  const hosts = ["a.example", "b.example", "a.example:81"];
  deepEqual(hosts.map((host) => left(granted("net", host)).length), [1, 0, 0]);
  deepEqual(left(granted("run", "ls")), [granted("run", "ls")], "each call is held by itself");
});

Deno.test("attack: a program reaches a path of a standing grant that the lock does not name", () => {
  const manifest = {
    ...manifestOf([], W),
    read: ["/srv/data/in", "./notes"],
    write: ["/srv/out"],
  };
  const left = (permission: "read" | "write", value: string) =>
    narrowedTo(manifest, granted(permission, value), W).map((one) =>
      `${one.permission} ${one.value}`
    );
  deepEqual(left("read", "/srv/data"), ["read /srv/data/in"]);
  deepEqual(left("read", "/srv/data/in/deep"), ["read /srv/data/in/deep"]);
  deepEqual(left("read", "/etc/app"), []);
  deepEqual(left("write", "/srv/data"), ["read /srv/data/in"], "named to be read only");
  deepEqual(left("write", "/srv"), ["write /srv/out", "read /srv/data/in"]);
  deepEqual(left("read", "/srv"), ["read /srv/out", "read /srv/data/in"]);
  deepEqual(left("write", "/srv/out-of-it"), []);
  deepEqual(left("read", `${W}/notes`), [`read ${W}/notes`]);
  const kind = fc.constantFrom("read" as const, "write" as const);
  fc.assert(fc.property(
    fc.array(fc.record({ permission: kind, path }), { maxLength: 4 }),
    kind,
    path,
    kind,
    path,
    (accesses, permission, value, touched, at) => {
      const lock = manifestOf(accesses, W);
      const absolute = (one: string) => normalizePath(one, W);
      const opens = (grants: readonly Grant[]) =>
        grants.some((one) =>
          within(one.value, absolute(at)) && (touched === "read" || one.permission === "write")
        );
      const grant = granted(permission, absolute(value));
      // What both open, and nothing else.
      const both = opens([grant]) && covers(lock, { permission: touched, path: at }, W);
      equal(opens(narrowedTo(lock, grant, W)), both);
    },
  ));
});

Deno.test("with a plan nothing is run or asked, and the list says what policy says of each", async () => {
  let ran = 0;
  const seen = watch(true);
  const k = await kit([
    calls(["1", "look", { path: "/srv/a" }], ["2", "look", { path: "/srv/b" }]),
    calls(["3", "write", { path: "/srv/c" }]),
    says("done"),
  ], {
    tools: [
      tool("look", "read", () => (ran++, fine("x"))),
      tool("write", "write", () => (ran++, fine("x"))),
    ],
    policy: new FakePolicy((one) => one.permission === "write" ? "ask" : "allow"),
    watch: seen,
  });
  equal((await k.run()).outcome, "complete");
  equal(ran, 0);
  match((await k.results())[2] ?? "", /planned, not run. Nothing was done; it would ask/);
  deepEqual(seen.rows().map(({ kind, value, decision }) => `${kind} ${value} ${decision}`), [
    "read /srv/a allow",
    "read /srv/b allow",
    "write /srv/c ask",
  ]);
  deepEqual(seen.manifest().read, []);
});

Deno.test("attack: a call beyond the lock is not run, nothing after it is, and the turn ends", async () => {
  const ran: string[] = [];
  const k = await kit([
    calls(["1", "look", { path: "/srv/a" }]),
    calls(["2", "look", { path: "/srv/b" }], ["3", "look", { path: "/srv/a" }]),
    says("done"),
  ], {
    tools: [tool("look", "read", ({ path }) => (ran.push(path), fine("x")))],
    watch: watch(false, [{ permission: "read", path: "/srv/a" }]),
  });
  const { outcome, reason } = await k.run();
  deepEqual([outcome, ran], ["capped", ["/srv/a"]]);
  match(reason ?? "", /more than "lock.toml" has room for: read \/srv\/b/);
});

Deno.test("observed is what ran, and not what was refused", async () => {
  const seen = watch(false);
  const k = await kit([
    calls(["1", "look", { path: `${W}/a` }], ["2", "look", { path: "/never" }]),
    says("done"),
  ], {
    tools: [tool("look", "read", () => fine("x"))],
    policy: new FakePolicy((one) => "path" in one && one.path === "/never" ? "deny" : "allow"),
    watch: seen,
  });
  await k.run();
  const none = { write: [], run: [], lines: [], net: [], mcp: [] };
  const ran = { version: 1, read: ["./a"], ...none };
  deepEqual(seen.manifest(), ran);
  // A program reaches what stands granted without naming it.
  deepEqual(seen.manifest(["a.example"]), { ...ran, net: ["hands a.example"] });
});

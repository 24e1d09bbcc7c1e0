/** Servers that somebody else than the owner wrote down: no secret, grant or address of another one. */
import { deepEqual, equal, match, ok, rejects, throws } from "node:assert/strict";
import fc from "fast-check";
import { manageMcpTool } from "../../src/app/mcp/manage_mcp.ts";
import type { Ward } from "../../src/app/ward.ts";
import { createPolicy, NO_SESSION } from "../../src/app/policy.ts";
import { formOf } from "../../src/app/start/code_base.ts";
import { parseWorkspaceFile } from "../../src/kernel/mcp/workspace_file.ts";
import { decide } from "../../src/kernel/policy/decide.ts";
import { createGrantBook } from "../../src/kernel/policy/grant_book.ts";
import type { PolicyState } from "../../src/kernel/policy/state.ts";
import { savedSecretOf, workspaceSecretOf } from "../../src/kernel/settings/mcp_settings.ts";
import { parseConfig } from "../../src/kernel/settings/parse_config.ts";
import type { Grant, GrantScope } from "../../src/model/cells/permission.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { MemoryStore } from "../fakes/memory_store.ts";
import type { HandsKit } from "../security/kit/hands_kit.ts";
import { httpServer, openServer } from "./server_kit.ts";

const letters = [..."abAB_-1"];
const alias = fc.tuple(
  fc.constantFrom(..."abA1"),
  fc.string({ unit: fc.constantFrom(...letters), maxLength: 10 }),
).map((parts) => parts.join(""));
const name = fc.string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength: 10 });

Deno.test("attack: no name of a server and a variable reads as those of another server", () => {
  for (
    const [one, other] of [
      [["docs", "X-Api-Key"], ["docs-x-api", "KEY"]],
      [["docs", "x-api--key"], ["docs-x-api", "key"]],
      [["docs-", "key"], ["docs", "-key"]],
      [["docs--x", "key"], ["docs", "x--key"]],
    ] as const
  ) ok(savedSecretOf(one[0], one[1]) !== savedSecretOf(other[0], other[1]), one.join());
  // As they were always called, where nothing is unclear.
  equal(savedSecretOf("files", "TOKEN"), "mcp-files-token");
  equal(savedSecretOf("docs", "X-Api-Key"), "mcp-docs-x-api-key");
  fc.assert(
    fc.property(alias, name, alias, name, (a, b, c, d) => {
      const isSame = [a, b].join("/").toLowerCase() === [c, d].join("/").toLowerCase();
      const first = savedSecretOf(a, b);
      match(first, /^[a-z0-9_-]{1,64}$/);
      equal(first === savedSecretOf(c, d), isSame);
      ok(first !== workspaceSecretOf("0123abcd", c, d));
      ok(workspaceSecretOf("0123abcd", a, b) !== workspaceSecretOf("0123abce", a, b));
      equal(workspaceSecretOf("0123abcd", a, b) === workspaceSecretOf("0123abcd", c, d), isSame);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("attack: a second server whose name differs in case alone, for the secrets and logins of the first", () => {
  const entry = 'url = "https://example.org/mcp"\n';
  throws(
    () => parseConfig(`[mcpServers.files]\n${entry}[mcpServers.Files]\n${entry}`, "c"),
    /c:3: key "mcpServers\.Files": found a name like "files", allowed names that differ in more/,
  );
  const url = "https://example.org/mcp";
  const { servers, problems } = parseWorkspaceFile(
    JSON.stringify({ mcpServers: { files: { url }, FILES: { url } } }),
  );
  deepEqual(servers.map((one) => one.alias), ["files"]);
  match(problems.join(), /there is another server of the name "FILES"/);
});

const grant = (scope: GrantScope): Grant => ({
  id: "g1",
  compartment: "mcp:lab",
  permission: "mcp",
  value: "lab/*",
  scope,
  grantedBy: "test",
  atMs: 0,
  reason: "",
});

const asked = (isOwners: boolean, ...grants: Grant[]) =>
  decide(
    { permission: "mcp", server: "lab", tool: "search", detail: "{}", sends: true, isOwners },
    { grants, taint: null, trusted: true, profile: null } as unknown as PolicyState,
  );

Deno.test("attack: a workspace's server takes the name of a configured one, for what was granted to that for good", () => {
  const always = grant({ type: "always" });
  equal(asked(true, always).type, "allow");
  equal(asked(false, always).type, "ask");
  equal(asked(false, grant({ type: "until", atMs: 1e15 })).type, "ask");
  equal(asked(false, grant({ type: "session", sessionId: "s" })).type, "allow");
  equal(asked(false, grant({ type: "once" })).type, "allow");
});

Deno.test("attack: an answer makes a grant of a workspace's server that outlives the session", async () => {
  const store = new MemoryStore();
  const clock = new FakeClock();
  let count = 0;
  const book = createGrantBook({
    store,
    clock,
    random: { id: () => `0000000${count++}`, fraction: () => 0 },
    mode: () => "default",
    stamp: () => null,
  });
  const policy = createPolicy(
    {} as Parameters<typeof createPolicy>[0],
    {} as Parameters<typeof createPolicy>[1],
    book,
    { ...NO_SESSION, id: "s" },
    { mode: () => "default", now: () => clock.now() },
  );
  for (const isOwners of [false, true]) {
    const decision = asked(isOwners);
    ok(decision.type === "ask");
    match(decision.grant.command, isOwners ? /--always$/ : /--once$/);
    for (const scope of ["always", { forMs: 1000 }] as const) {
      await policy.mint(decision.grant, { type: "allow", scope, value: "lab/search" });
    }
  }
  deepEqual((await store.listGrants()).map(({ scope }) => scope.type), [
    "session",
    "session",
    "always",
    "until",
  ]);
});

Deno.test("attack: a workspace's or an editor's server is an address of this machine or its network, or none by https", async () => {
  let reached = 0;
  await using service = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    reached++;
    return new Response(null, { status: 404 });
  });
  const { port } = service.addr;
  const open = (url: string, from: "workspace" | "editor" | "config", hosts: string[] = []) =>
    openServer(
      {
        parts: {
          form: formOf(new URL("../../src/main.ts", import.meta.url).href),
          settings: { web: { hosts } },
        },
      } as unknown as Pick<HandsKit, "parts">,
      { ...httpServer(url), from },
      { addresses: { "rebound.example": ["203.0.113.7", "10.0.0.1"] } },
    );
  const { signal } = new AbortController();
  const refused = async (
    url: string,
    from: "workspace" | "editor",
    why: RegExp,
    hosts?: string[],
  ) => {
    await using server = open(url, from, hosts);
    await rejects(
      server.handle.tools(signal),
      (error: Error & { code?: string; hint?: string }) => {
        equal(error.code, "mcp.no_address", error.message);
        match(error.message, why);
        match(error.hint ?? "", /name its host in web\.hosts of config\.toml[^]*ward mcp add/);
        return true;
      },
    );
  };
  const own = `http://127.0.0.1:${port}/mcp`;
  for (const from of ["workspace", "editor"] as const) {
    await refused(own, from, /only https/);
    await refused(
      `https://127.0.0.1:${port}/mcp`,
      from,
      /address of this machine or a network around it/,
    );
    await refused("https://[fd00::1]/mcp", from, /network around it/);
    await refused("http://example.org/mcp", from, /only https/);
    await refused("https://169.254.169.254/mcp", from, /no address of the public/);
    await refused("https://rebound.example/mcp", from, /its name leads there/);
    // Named, but not for plain http beyond this machine.
    await refused("http://10.0.0.1/mcp", from, /only https/, ["10.0.0.1"]);
  }
  equal(reached, 0);
  await using named = open(own, "workspace", [`127.0.0.1:${port}`]);
  await rejects(named.handle.tools(signal), { code: /^mcp\.(?!no_address)/ });
  const before = reached;
  ok(before > 0);
  await using owners = open(own, "config");
  await rejects(owners.handle.tools(signal), { code: /^mcp\.(?!no_address)/ });
  ok(reached > before);
});

Deno.test("attack: the agent removes a server, so that another one of its name gets what was granted", async () => {
  const home = Deno.makeTempDirSync();
  try {
    const configPath = `${home}/config.toml`;
    Deno.writeTextFileSync(configPath, '[mcpServers.lab]\nurl = "https://example.org/mcp"\n');
    const store = new MemoryStore();
    const forgotten: unknown[] = [];
    const book = createGrantBook({
      store,
      clock: new FakeClock(),
      random: { id: () => "00000001", fraction: () => 0 },
      mode: () => "default",
      stamp: () => null,
    });
    await store.addGrant(grant({ type: "always" }));
    await store.addGrant({
      ...grant({ type: "always" }),
      id: "g2",
      compartment: "mcp:lab2",
      value: "lab2/*",
    });
    const forgetMcp = (which: unknown) => Promise.resolve(void forgotten.push(which));
    const tool = manageMcpTool(
      {
        start: { settings: { home, configPath, workspace: "/w" } },
        store: { forgetMcp },
        book,
        sessionId: "s",
      } as unknown as Ward,
      () => Promise.reject(new Error("not asked")),
    );
    const removed = tool.plan({ action: "remove", name: "lab" });
    const { signal } = new AbortController();
    equal((await removed.execute({ signal, decisions: [] })).ok, true);
    deepEqual((await store.listGrants()).map(({ id }) => id), ["g2"]);
    deepEqual(forgotten, [{ workspace: "", alias: "lab" }]);
  } finally {
    Deno.removeSync(home, { recursive: true });
  }
});

/**
 * The client scenarios of the official conformance suite that are about no login, and servers of
 * other makers, spoken to by ward's own threads and cells. Expected failures: none.
 */
import { equal, match } from "node:assert/strict";
import config from "../../deno.json" with { type: "json" };
import { formOf } from "../../src/app/start/code_base.ts";
import { machineParts } from "../machine_parts.ts";
import { type HandsKit, makeHands } from "../security/kit/hands_kit.ts";
import { playedBy, runSuite } from "./conformance_kit.ts";
import { fakeServer, httpServer, openServer } from "./server_kit.ts";

const kit = {
  parts: { form: formOf(new URL("../../src/main.ts", import.meta.url).href) },
} as Pick<HandsKit, "parts">;

/** What a conversation does with a server: looks at its tools and calls them. */
async function play({ url, scenario }: { url: string; scenario: string }): Promise<void> {
  await using server = openServer(kit, httpServer(url));
  await server.approveAll();
  const yes = { confirm: () => Promise.resolve(true) };
  for (const { name } of server.approval().tools) {
    if (scenario === "tools_call") await server.call(name, { a: 5, b: 3 }, yes);
    else await server.call(name, {}, yes);
  }
}

Deno.test("the client scenarios of the official conformance suite pass", async (test) => {
  await using player = playedBy(play);
  const scenarios = [
    "initialize",
    "tools_call",
    "elicitation-sep1034-client-defaults",
    "sse-retry",
  ];
  for (const scenario of scenarios) {
    await test.step(scenario, async () => {
      await runSuite({
        side: "client",
        args: ["--scenario", scenario, ...player.args],
        expectedFailures: [],
      });
    });
  }
});

/** Packages of other makers, in the cache that tests run from; no host is reached. */
function peer(name: keyof typeof config["imports"], args: string[], cache: string) {
  return fakeServer("", {
    args: ["run", "-A", "--no-lock", "--cached-only", config.imports[name], ...args],
    env: ["DENO_DIR"],
    read: [cache],
    write: args,
  });
}

const { bubblewrap } = await machineParts();

Deno.test({
  name: "servers of other makers work in their cells: server-filesystem, server-everything",
  ignore: !bubblewrap?.present,
  async fn() {
    const peers = ["filesystem", "everything"] as const;
    const packages = peers.map((name) => config.imports[`@modelcontextprotocol/server-${name}`]);
    const deno = (...args: string[]) => new Deno.Command(Deno.execPath(), { args }).output();
    // A fresh checkout has not got them; in their cells they reach no registry.
    await deno("cache", "--quiet", ...packages);
    const output = await deno("info", "--json");
    const { denoDir } = JSON.parse(new TextDecoder().decode(output.stdout)) as { denoDir: string };
    const values = { DENO_DIR: { value: denoDir, isSecret: false } };
    await using hands = await makeHands();
    await Deno.writeTextFile(`${hands.workspace}/note.txt`, "a note");
    const folders = peer("@modelcontextprotocol/server-filesystem", [hands.workspace], denoDir);
    await using files = openServer(hands, folders, { values });
    await files.approveAll();
    match(
      (await files.call("read_text_file", { path: `${hands.workspace}/note.txt` })).text,
      /\na note\n/,
    );
    const outside = await files.call("read_text_file", { path: `${hands.out}/secret` });
    equal(outside.ok, false);
    const all = peer("@modelcontextprotocol/server-everything", [], denoDir);
    await using everything = openServer(hands, all, { values });
    await everything.approveAll();
    match((await everything.call("echo", { message: "hello" })).text, /Echo: hello/);
    match(
      (await everything.call("get-tiny-image")).text,
      /\(image, image\/png, \d+ bytes, not shown\)/,
    );
    match((await everything.call("get-sum", { a: "x" })).text, /invalid|error/i);
    match(
      (await everything.call("get-structured-content", { location: "Chicago" })).text,
      /temperature/,
    );
  },
});

/** `ward mcp login` by the whole program, standalone where it can be made. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { startMcpLoginService } from "../../fakes/mcp/login_service.ts";
import { freePort } from "../../free_port.ts";
import { LACKS_STANDALONE, standalone } from "../kit/forms.ts";
import { makeScratch, runWard, SOURCE, writeConfig } from "../kit/ward_process.ts";

Deno.test("mcp login: logged in by the browser, shown without a token, and given back", async () => {
  await using service = startMcpLoginService();
  using scratch = makeScratch();
  const form = LACKS_STANDALONE === undefined ? [await standalone()] : SOURCE;
  writeConfig(
    scratch,
    `[oauth]\ncallback_url = "http://127.0.0.1:${freePort()}/back"\n` +
      `[mcpServers.lab]\nurl = "${service.server}"\n[mcpServers.local]\ncommand = "cat"\n`,
  );
  const run = (...args: string[]) =>
    runWard(["mcp", ...args], { env: scratch.env, form, cwd: scratch.workspace });

  const before = await run("status", "--server", "lab");
  equal(before.code, 1);
  match(before.stdout, /^lab +no login; ward mcp login --server lab$/m);
  const [program = "", ...leading] = form;
  const child = new Deno.Command(program, {
    args: [...leading, "mcp", "login", "--server", "lab", "--no-browser", "--json"],
    clearEnv: true,
    env: scratch.env,
    cwd: scratch.workspace,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let stderr = "";
  let browsing: Promise<void> | null = null;
  const reading = (async () => {
    for await (const bytes of child.stderr.pipeThrough(new TextDecoderStream())) {
      stderr += bytes;
      const url = /https?:\/\/\S*\/authorize\?\S+(?=\n)/.exec(stderr)?.[0];
      if (url === undefined) continue;
      browsing ??= (async () => {
        await (await fetch(service.agree(url))).body?.cancel();
      })();
    }
  })();
  const stdout = await new Response(child.stdout).text();
  await reading;
  await browsing;
  equal((await child.status).code, 0, stderr);
  const { name, state, domains } = JSON.parse(stdout);
  deepEqual([name, state, domains], ["lab", "good", [new URL(service.url).host]]);

  equal((await run("status", "--server", "lab")).code, 0);
  const local = await run("login", "--server", "local");
  equal(local.code, 2);
  match(local.stderr, /"local" is a process of its own/);
  match((await run("login", "--server", "lap")).stderr, /did you mean "lab"\?/);
  const out = await run("logout", "--server", "lab", "--json");
  deepEqual(JSON.parse(out.stdout), { loggedOut: "lab", revoked: true });
  match(service.to("/revoke")[0]!.body, /^token=refresh-canary/);
  equal((await run("status", "--server", "lab")).code, 1);
  // Of a workspace's own file: named with its address, and an entry of the owner is none.
  for (const name of ["lab", "LAB"]) {
    const other = await run("login", "--server", name, "--url", "http://127.0.0.1:9/mcp");
    equal(other.code, 2);
    match(other.stderr, /"lab" stands in config\.toml/);
  }
  for (const text of [stdout, stderr, out.stdout, out.stderr]) {
    ok(!/(access|refresh)-canary/.test(text), text);
  }
});

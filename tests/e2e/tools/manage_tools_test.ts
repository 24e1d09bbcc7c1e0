/** The tools on ward itself, by a scripted model, in the whole of ward. */
import assert from "node:assert/strict";
import { machineParts } from "../../machine_parts.ts";
import { startScriptedService } from "../kit/scripted_service.ts";
import { makeScratch, runWard, writeConfig } from "../kit/ward_process.ts";

Deno.test("a model reads the machine, ward's state and its settings; a change without a person is refused", async () => {
  using scratch = makeScratch();
  const config = '[commands]\nallow = ["ls"]\n';
  writeConfig(scratch, config);
  const change = { action: "set", key: "commands.allow", value: ["bash"] };
  await using service = await startScriptedService([
    { calls: [{ name: "system_info", arguments: {} }, { name: "diagnostics", arguments: {} }] },
    { calls: [{ name: "manage_config", arguments: { action: "get", key: "commands.allow" } }] },
    { calls: [{ name: "manage_config", arguments: change }] },
    { content: "I sent the email to Anna." },
  ]);
  const { code, stdout, stderr } = await runWard(["agent", "-m", "look at yourself"], {
    env: { ...scratch.env, ...service.env },
    cwd: scratch.workspace,
  });
  assert.equal(code, 0, stderr);
  assert.equal(stdout, "I sent the email to Anna.\n");
  const seen = service.bodies().at(-1) ?? "";
  assert.match(seen, /memoryBytes/);
  assert.match(seen, /audit log: in order/);
  assert.match(seen, /commands\.allow = \[\\+"ls\\+"\] \(config\.toml\)/);
  assert.match(seen, /Refused: set setting commands\.allow/);
  assert.equal(Deno.readTextFileSync(`${scratch.home}/config.toml`), config);
  assert.match(stderr, /Claimed but not in the audit log: I sent the email to Anna/);
});

const hasCells = (await machineParts())["bubblewrap"]?.present ?? false;

Deno.test({
  name: `a model probes a service, a port, a command and a file by the whole of ward${
    hasCells ? "" : ", skipped: no bubblewrap"
  }`,
  ignore: !hasCells,
  async fn() {
    using scratch = makeScratch({ "a.txt": "text" });
    await using site = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      () => new Response("CANARY of the page"),
    );
    const host = `127.0.0.1:${site.addr.port}`;
    writeConfig(scratch, `[web]\nhosts = ["${host}"]\n`);
    const probe = (type: string, target: string) => ({
      name: "health_probe",
      arguments: { type, target, ...type === "file" ? {} : { timeout_s: 100 } },
    });
    await using service = await startScriptedService([
      {
        calls: [
          probe("http", `http://${host}/`),
          probe("port", host),
          probe("command", "ls nowhere"),
          probe("file", "a.txt"),
        ],
      },
      {
        calls: [
          probe("port", "127.0.0.1:9"),
          probe("command", "rm a.txt"),
          probe("file", "/etc/passwd"),
        ],
      },
      { content: "Looked." },
    ]);
    const { code, stdout, stderr } = await runWard(["agent", "-w", scratch.workspace, "-m", "x"], {
      env: { ...scratch.env, ...service.env },
      cwd: scratch.workspace,
    });
    assert.equal(code, 0, stderr);
    assert.equal(stdout, "Looked.\n");
    const { messages } = JSON.parse(service.bodies().at(-1) ?? "") as {
      messages: { role: string; content: string }[];
    };
    const results = messages.filter(({ role }) => role === "tool").map(({ content }) => content);
    const expected = [
      /^healthy: HTTP 200 from/,
      /^healthy: .* takes connections/,
      /^unhealthy: exit code 2, expected 0/,
      /^healthy: a\.txt exists, 4 bytes/,
      // The guard, and nobody to ask.
      /Refused to reach 127\.0\.0\.1:9/,
      /^Refused: probe by run rm a\.txt/,
      /^Refused: probe file \/etc\/passwd/,
    ];
    assert.equal(results.length, expected.length);
    expected.forEach((pattern, n) => assert.match(results[n] ?? "", pattern));
    assert.doesNotMatch(results.join(), /CANARY/);
    assert.equal(Deno.readTextFileSync(`${scratch.workspace}/a.txt`), "text");
  },
});

Deno.test("the agent looks at ward itself: sessions of its workspace alone, its permissions, what it used", async () => {
  using scratch = makeScratch();
  const elsewhere = `${scratch.folder}/elsewhere`;
  Deno.mkdirSync(elsewhere);
  await using service = await startScriptedService([
    {
      calls: [
        { name: "sessions", arguments: {} },
        { name: "permissions", arguments: { kind: "run", value: "seq 3" } },
        { name: "usage", arguments: {} },
        { name: "ward_status", arguments: {} },
      ],
    },
    { content: "looked" },
  ]);
  const env = { ...scratch.env, ...service.env };
  const say = (folder: string, text: string) =>
    runWard(["agent", "-w", folder, "-m", text], { env, cwd: scratch.workspace });
  await say(elsewhere, "a secret of another project");
  assert.equal((await say(scratch.workspace, "look at yourself")).stdout, "looked\n");
  const { messages } = JSON.parse(service.bodies().at(-1) ?? "{}") as {
    messages: { role: string; content: string }[];
  };
  const results = messages.filter(({ role }) => role === "tool").map(({ content }) => content);
  assert.equal(results.length, 4);
  const [sessions = "", permissions = "", usage = "", status = ""] = results;
  assert.match(sessions, /look at yourself/);
  assert.doesNotMatch(sessions, /another project/);
  assert.match(permissions, /"answer": "ask"/);
  assert.match(usage, /"total"/);
  assert.match(status, /"workspace"/);
});

/** Attack: what a program in a cell that was granted one host reaches besides it. */
import assert from "node:assert/strict";
import { machineParts } from "../../machine_parts.ts";
import { alsoByUnshare } from "../kit/also_by_unshare.ts";
import { Area } from "../kit/area.ts";
import { grantOf, makeHands } from "../kit/hands_kit.ts";
import { countingServer } from "../kit/listeners.ts";

const area = new Area("B5 cells' network", "cell escapes");
const { bubblewrap } = await machineParts();
const ignore = !bubblewrap?.present;
const PROGRAMS = ["curl", "env", "ls", "git", "cat"];

Deno.test({
  name:
    "attack: a program of a cell that was granted one host asks for others, by the proxy and past it",
  ignore,
  async fn() {
    await using granted = countingServer();
    await using other = countingServer();
    const host = `127.0.0.1:${granted.port}`;
    const foreign = `127.0.0.1:${other.port}`;
    await using kit = await makeHands({ allow: PROGRAMS, grants: [grantOf("net", host)] });
    for (const line of [`curl -sS http://${host}/a`, `curl -sS -p http://${host}/tunnel`]) {
      const { stdout } = await kit.run(line);
      area.benign(line, stdout === "reached");
    }
    assert.deepEqual(granted.requests, [`GET /a ${host}`, `GET /tunnel ${host}`]);
    // Control: from outside of a cell the other one is there for anybody.
    assert.equal(await (await fetch(`http://${foreign}/`)).text(), "reached");
    const before = [granted.requests.length, other.requests.length];
    const tries = [
      `curl -sS --max-time 5 http://${foreign}/`,
      `curl -sS --max-time 5 -p http://${foreign}/`,
      `curl -sS --max-time 5 http://localhost:${other.port}/`,
      `curl -sS --max-time 5 -H 'Host: ${host}' http://${foreign}/`,
      // Past the proxy there is no network, whatever was granted.
      `curl -sS --max-time 5 --noproxy '*' http://${foreign}/`,
      `curl -sS --max-time 5 --noproxy '*' http://${host}/`,
      // The socket itself leads to the same proxy.
      `curl -sS --max-time 5 --noproxy '*' --unix-socket /run/ward/egress/socket http://${foreign}/`,
      `curl -sS --max-time 5 http://169.254.169.254/latest/meta-data/`,
    ];
    for (const line of tries) {
      const { stdout } = await kit.run(line);
      area.attack(line, stdout.includes("reached"));
      area.effective();
    }
    const after = [granted.requests.length, other.requests.length];
    area.attack("a listener was reached", String(before) !== String(after));
    const refused = (await kit.network.takeRefused()).map((one) => one.host);
    assert.ok(
      refused.includes(foreign) && refused.includes(`localhost:${other.port}`),
      refused.join(),
    );
    assert.ok(kit.networkEvents.some(({ type, host: of }) => type === "reached" && of === host));
    assert.ok(kit.networkEvents.some(({ type, host: of }) => type === "refused" && of === foreign));
    await kit.hands.router.end();
    // Each such program has a cell of its own.
    assert.deepEqual(kit.tallied.map(({ host: of, connections }) => [of, connections]), [
      [host, 1],
      [host, 1],
    ]);
    assert.ok(kit.tallied.every((one) => one.sentBytes > 50 && one.receivedBytes > 50));
  },
});

Deno.test({
  name:
    "attack: a cell without a grant finds no proxy, no socket and no variable; nor one whose grant was revoked",
  ignore,
  async fn() {
    await using server = countingServer();
    const host = `127.0.0.1:${server.port}`;
    await using kit = await makeHands({ allow: PROGRAMS, grants: [grantOf("net", host)] });
    area.benign("granted", (await kit.run(`curl -sS http://${host}/`)).stdout === "reached");
    assert.match((await kit.run("env")).stdout, /^https_proxy=http:\/\/127\.0\.0\.1:3128$/m);
    kit.grants = [];
    for (const state of ["revoked", "never granted"]) {
      area.attack(`${state}: variables`, /proxy/i.test((await kit.run("env")).stdout));
      area.attack(`${state}: socket`, (await kit.run("ls /run/ward")).stdout.includes("egress"));
      const proxied = `curl -sS --max-time 5 -x http://127.0.0.1:3128 http://${host}/`;
      area.attack(`${state}: proxy`, (await kit.run(proxied)).stdout !== "");
      await kit.hands.router.end();
    }
    assert.equal(server.requests.length, 1);
    const left = [...Deno.readDirSync(`${kit.dataDir}/egress`)];
    assert.deepEqual(left, [], "the sockets go with their cells");
  },
});

Deno.test({
  name: "attack: a grant for the web leased to commands",
  ignore,
  async fn() {
    await using server = countingServer();
    const host = `127.0.0.1:${server.port}`;
    const grants = [{ ...grantOf("net", host), compartment: "web" }];
    await using kit = await makeHands({ allow: PROGRAMS, grants });
    area.attack("variables", /proxy/i.test((await kit.run("env")).stdout));
    area.attack("reached", (await kit.run(`curl -sS --max-time 5 http://${host}/`)).exitCode === 0);
  },
});

Deno.test({
  name:
    "git fetch from a server on 127.0.0.1 works in a cell that was granted it, and from no other port",
  ignore,
  async fn() {
    await using kit = await makeHands({ allow: PROGRAMS });
    const repository = `${kit.out}/repository.git`;
    await git(["init", "-q", "--bare", repository]);
    const tree = (await git(["-C", repository, "hash-object", "-t", "tree", "-w", "/dev/null"]))
      .trim();
    const commit = (await git(["-C", repository, "commit-tree", "-m", "first", tree])).trim();
    await git(["-C", repository, "update-ref", "refs/heads/main", commit]);
    await git(["-C", repository, "update-server-info"]);
    const files = (request: Request) => {
      const path = repository + new URL(request.url).pathname.replace(/^\/r\.git/, "");
      return Deno.readFile(path).then(
        (bytes) => new Response(bytes),
        () => new Response(null, { status: 404 }),
      );
    };
    await using server = countingServer(files);
    await using other = countingServer(files);
    await git(["init", "-q", kit.workspace]);
    const fetchFrom = (port: number) =>
      kit.run(`git fetch http://127.0.0.1:${port}/r.git main`, { variant: "git_write" });
    area.attack("git fetch without a grant", (await fetchFrom(server.port)).exitCode === 0);
    kit.grants = [grantOf("net", `127.0.0.1:${server.port}`)];
    const fetched = await fetchFrom(server.port);
    assert.equal(fetched.exitCode, 0, fetched.stderr);
    const head = await Deno.readTextFile(`${kit.workspace}/.git/FETCH_HEAD`);
    assert.ok(head.startsWith(commit), head);
    area.attack("git fetch from another port", (await fetchFrom(other.port)).exitCode === 0);
    assert.equal(other.requests.length, 0);
    const [refused] = await kit.network.takeRefused();
    // What came from there is text from outside.
    assert.deepEqual(kit.network.takeReached(), [`127.0.0.1:${server.port}`]);
    assert.deepEqual(kit.network.takeReached(), []);
    assert.deepEqual(kit.network.everReached(), [`127.0.0.1:${server.port}`]);
    assert.deepEqual(refused, { host: `127.0.0.1:${other.port}`, why: "it is not granted" });
  },
});

async function git(args: string[]): Promise<string> {
  const output = await new Deno.Command("git", {
    args: ["-c", "init.defaultBranch=main", ...args],
    clearEnv: true,
    env: {
      PATH: "/usr/bin:/bin",
      GIT_CONFIG_GLOBAL: "/dev/null",
      ...Object.fromEntries(
        ["AUTHOR", "COMMITTER"].flatMap((who) => [
          [`GIT_${who}_NAME`, "Ada"],
          [`GIT_${who}_EMAIL`, "ada@example.com"],
        ]),
      ),
    },
  }).output();
  assert.ok(output.success, new TextDecoder().decode(output.stderr));
  return new TextDecoder().decode(output.stdout);
}

area.gate();
alsoByUnshare(import.meta.url);

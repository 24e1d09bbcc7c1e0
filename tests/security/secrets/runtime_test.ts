/** Attack: code in a compartment asks the runtime for what the table does not give it. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  compartments,
  type CompartmentSpec,
  type TableInputs,
} from "../../../src/compartments/table.ts";
import { workerPermissions } from "../../../src/compartments/worker_permissions.ts";
import { within } from "../../../src/model/cells/paths.ts";
import { CHANNEL_KINDS } from "../../../src/model/channels/channel.ts";
import { scanBundle } from "../../../scripts/scan_bundle.ts";
import { makeScratch, runWard } from "../../e2e/kit/ward_process.ts";
import { Area } from "../kit/area.ts";
import { alsoAsNobody } from "../kit/as_nobody.ts";
import { grantOf, ROOT } from "../kit/hands_kit.ts";

const area = new Area("B1 runtime", "runtime calls");

function inputs(top: string, change: Partial<TableInputs> = {}): TableInputs {
  return {
    workspace: `${top}/work`,
    dataDir: `${top}/data`,
    outputDir: `${top}/data/tool-output`,
    programs: ["/usr/bin/cat"],
    sandbox: "bubblewrap",
    commandsWithoutSandbox: false,
    helpers: ["/usr/bin/bwrap"],
    providers: [{ name: "x", host: "127.0.0.1:1" }],
    logins: [{ name: "x", hosts: ["127.0.0.1:1"], listens: null }],
    mcpLogins: ["x"],
    slack: "127.0.0.1:1",
    channels: CHANNEL_KINDS.map((kind) => ({ name: kind, kind, hosts: ["127.0.0.1:1"] })),
    api: "127.0.0.1:1",
    proxied: [{ cell: "x", socket: `${top}/socket`, hosts: ["127.0.0.1:1"] }],
    browser: { program: "/usr/bin/chromium", profile: `${top}/profile` },
    servers: [{ alias: "x", host: "127.0.0.1:1", programs: [], read: [], write: [] }],
    request: { addresses: ["192.0.2.1"], port: 443 },
    grants: [],
    ...change,
  };
}

/** Where the code of each compartment begins: a file for each row of the table. */
const ENTRIES = sources(new URL("../../../src/compartments/", import.meta.url))
  .filter((file) => /(?:^|\/)entry\.ts$|^browser\/cell\.ts$/.test(file))
  .map((file) => `compartments/${file.slice(0, -3)}`);

/** Files below a folder. */
function sources(folder: URL, prefix = ""): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? sources(new URL(`${name}/`, folder), `${prefix}${name}/`) : [`${prefix}${name}`]
  );
}

/** Sends one message to a worker with a permission set and gives the answer. */
async function askWorker<T>(file: string, permissions: unknown, message: unknown): Promise<T> {
  const worker = new Worker(new URL(`../kit/${file}`, import.meta.url), {
    type: "module",
    deno: { permissions },
  } as WorkerOptions);
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  worker.onmessage = (event) => resolve(event.data);
  worker.onerror = (event) => {
    event.preventDefault();
    reject(new Error(event.message));
  };
  worker.postMessage(message);
  return await promise.finally(() => worker.terminate());
}

Deno.test("attack: 59 calls without a grant, in the set of every thread and of hands", async () => {
  const top = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "ward-runtime-" });
  const service = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    if (request.headers.get("upgrade") !== "websocket") return new Response("reached");
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onopen = () => socket.close();
    return response;
  });
  try {
    const targets = { file: `${top}/file`, folder: top, port: service.addr.port };
    const prepare = async () => {
      for (const name of ["file", "gone", "a", "trunc"]) {
        await Deno.writeTextFile(`${top}/${name}`, "x");
      }
      for (const name of ["link", "w1", "w2", "w3", "w4", "w5", "w6", "w7.db", "w8.db", "b"]) {
        await Deno.remove(`${top}/${name}`).catch(() => {});
      }
      await Deno.symlink("file", `${top}/link`);
      await Deno.mkdir(`${top}/package`, { recursive: true });
      await Deno.writeTextFile(`${top}/package/package.json`, `{"main":"../outside.js"}`);
      await Deno.writeTextFile(`${top}/outside.js`, "module.exports = 1;");
    };
    using _socket = Deno.listen({ transport: "unix", path: `${top}/other.socket` });
    await prepare();
    const attack = (permissions: unknown) =>
      askWorker<[string, string][]>("attack_worker.ts", permissions, targets);
    const specs = compartments(inputs(top)).filter(({ kind }) => kind !== "kernel");
    assert.deepEqual(
      new Set(specs.map(({ entry }) => entry)),
      new Set(ENTRIES),
      "a row without a member is not tried",
    );
    for (const spec of specs) {
      const results = await attack(workerPermissions(spec.permissions));
      assert(results.length >= 59);
      for (const [name, result] of results) {
        const refused =
          /NotCapable|ERR_ACCESS_DENIED|Can't escalate|Requires \w+ access|EPERM|attached databases - max 0/
            .test(
              result,
            );
        area.attack(`${spec.id}: ${name}: ${result}`, !refused);
      }
    }
    await prepare();
    const control = await attack("inherit");
    area.effective(specs.length * control.filter(([, result]) => result === "reached").length);
  } finally {
    await service.shutdown();
    await Deno.remove(top, { recursive: true });
  }
});

const NAMES = ["a", "a/b", "a/b/c", "ab", "d", "d/e", "work", "work/x", "data", "data/tool-output"];
const PROGRAMS = ["/usr/bin/cat", "/usr/bin/ls", "/usr/bin/git", "/usr/bin/env"];
const HOSTS = ["one.invalid", "two.invalid:8443", "127.0.0.1:11434"];

/** What the table means, said once more: the model that the runtime is compared with. */
function expected(spec: CompartmentSpec, asked: Deno.PermissionDescriptor): boolean {
  const { read, write, run, net, sys } = spec.permissions;
  switch (asked.name) {
    case "read":
      return read.some((root) => within(root, String(asked.path)));
    case "write":
      return write.some((root) => within(root, String(asked.path)));
    case "run":
      return run.includes(String(asked.command));
    case "net":
      return net.some((host) => host === asked.host || host === asked.host?.split(":")[0]);
    case "sys":
      return sys.includes(String(asked.kind));
    default:
      return false;
  }
}

Deno.test("property: 200 random settings and grants, asked from inside, are the table's sets", async () => {
  const top = await Deno.realPath(
    await Deno.makeTempDir({ dir: "/var/tmp", prefix: "ward-sets-" }),
  );
  const path = fc.constantFrom(...NAMES).map((name) => `${top}/${name}`);
  const some = <T>(values: readonly T[]) => fc.subarray([...values]);
  const asked: Deno.PermissionDescriptor[] = [
    ...[...NAMES, "other", "work-not", ".."].flatMap((name) =>
      (["read", "write"] as const).map((kind) => ({ name: kind, path: `${top}/${name}` }))
    ),
    { name: "read", path: "/etc/passwd" },
    ...PROGRAMS.map((command) => ({ name: "run" as const, command })),
    ...[...HOSTS, "169.254.169.254:80"].map((host) => ({ name: "net" as const, host })),
    { name: "sys", kind: "hostname" },
    { name: "sys", kind: "uid" },
    { name: "env", variable: "PATH" },
    { name: "env" },
    { name: "ffi" },
    { name: "read" },
    { name: "net" },
    { name: "run" },
  ];
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          programs: some(PROGRAMS),
          sandbox: fc.constantFrom("bubblewrap" as const, "none" as const),
          commandsWithoutSandbox: fc.boolean(),
          helpers: some(["/usr/bin/bwrap"]),
          providers: some(HOSTS).map((hosts) => hosts.map((host, n) => ({ name: `p${n}`, host }))),
          grants: fc.array(
            fc.tuple(fc.constantFrom("read" as const, "write" as const), path)
              .map(([kind, value]) => grantOf(kind, value)),
            { maxLength: 4 },
          ),
        }),
        fc.nat(),
        async (change, pick) => {
          const specs = compartments(inputs(top, change)).filter(({ kind }) => kind !== "kernel");
          const spec = specs[pick % specs.length]!;
          const states = await askWorker<string[]>(
            "query_worker.ts",
            workerPermissions(spec.permissions),
            asked,
          );
          asked.forEach((one, n) => {
            const wants = expected(spec, one);
            area.attack(`${spec.id} ${JSON.stringify(one)}`, !wants && states[n] === "granted");
            if (wants) area.benign(`${spec.id} ${JSON.stringify(one)}`, states[n] === "granted");
          });
        },
      ),
      { numRuns: 200, seed: 20 },
    );
  } finally {
    await Deno.remove(top, { recursive: true });
  }
});

/** The ways a bundle could load or make code that nobody has read. */
const LOADS = [
  "await import(name)",
  "await import('./' + name)",
  "await import(`./${name}.js`)",
  "await import('file:///x.js')",
  "await import('https://example.invalid/x.js')",
  "await import('data:text/javascript,1')",
  "import x from 'https://example.invalid/x.js'",
  "import 'npm:zod'",
  "export * from 'data:text/javascript,1'",
  "await import/* */(name)",
  "await import('./absent.js')",
];

Deno.test("attack: a bundle that loads code by a computed or foreign name is not released", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (const text of LOADS) {
      await Deno.writeTextFile(`${folder}/main.js`, `const name = "x";\n${text};\n`);
      const findings = await scanBundle(folder);
      area.attack(`scan: ${text}`, findings.length === 0);
      // Control: what names no other machine is loaded by the runtime, were it released.
      await Deno.writeTextFile(
        `${folder}/main.js`,
        `const name = "data:text/javascript,1";\n${text};\n`,
      );
      const control = await new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "--quiet",
          "--no-config",
          "--no-remote",
          "--cached-only",
          `${folder}/main.js`,
        ],
        stdin: "null",
        stderr: "null",
      }).output();
      if (control.success) area.effective();
    }
    await Deno.writeTextFile(`${folder}/other.js`, "");
    for (const text of ["await import('./other.js')", "import 'node:fs'", "import './other.js'"]) {
      await Deno.writeTextFile(`${folder}/main.js`, text);
      area.benign(`scan: ${text}`, (await scanBundle(folder)).length === 0);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const compiler = Deno.env.get("STANDALONE_DENO");

Deno.test({
  name: `attack: standalone, every thread refuses what it refuses from source, code from text too${
    compiler ? "" : " (skipped: STANDALONE_DENO names no deno that compiles here)"
  }`,
  ignore: !compiler,
  async fn() {
    using scratch = makeScratch();
    const output = `${scratch.folder}/ward`;
    const compiled = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-q", "-A", "scripts/compile.ts", "--deno", compiler!, "--output", output],
      cwd: ROOT,
    }).output();
    assert(compiled.success, new TextDecoder().decode(compiled.stderr));
    const run = await runWard(["doctor", "--prove", "--json"], {
      env: scratch.env,
      form: [output],
    });
    const { lines } = JSON.parse(run.stdout).prove as { lines: { id: string; refused: boolean }[] };
    for (const line of lines) area.attack(`standalone ${line.id}`, !line.refused);
    for (const id of ["kernel.code", "store.code", "launcher.code", "model.code"]) {
      assert(lines.some((line) => line.id === id), id);
    }
  },
});

area.gate();
alsoAsNobody(import.meta.url);

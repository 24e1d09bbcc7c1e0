// Tries what a compartment has no grant for, each by another API; says how each ended.
import * as childProcess from "node:child_process";
import * as dgram from "node:dgram";
import * as dns from "node:dns/promises";
import * as fs from "node:fs";
import * as fsp from "node:fs/promises";
import * as http from "node:http";
import { createRequire } from "node:module";
import * as net from "node:net";
import * as os from "node:os";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { workerScopeChannel } from "../../../src/compartments/wire.ts";

/** Where the attacks go: all of it exists, so that only a permission can be in the way. */
interface Targets {
  readonly file: string;
  readonly folder: string;
  readonly port: number;
}

type Attack = (targets: Targets) => unknown;

/** A stream or socket to its first event, whose error is the answer. */
function settled(emitter: {
  on(name: string, listener: (value: unknown) => void): unknown;
}, ...names: string[]) {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  emitter.on("error", reject);
  for (const name of names) emitter.on(name, resolve);
  return promise;
}

const ATTACKS: Record<string, Attack> = {
  "Deno.readTextFile": ({ file }) => Deno.readTextFile(file),
  "Deno.readFileSync": ({ file }) => Deno.readFileSync(file),
  "Deno.open": async ({ file }) => (await Deno.open(file)).close(),
  "Deno.stat": ({ file }) => Deno.stat(file),
  "Deno.lstat": ({ file }) => Deno.lstat(file),
  "Deno.readDir": ({ folder }) => Array.fromAsync(Deno.readDir(folder)),
  "Deno.realPath": ({ file }) => Deno.realPath(file),
  "Deno.readLink": ({ folder }) => Deno.readLink(`${folder}/link`),
  "Deno.writeTextFile": ({ folder }) => Deno.writeTextFile(`${folder}/w1`, "x"),
  "Deno.mkdir": ({ folder }) => Deno.mkdir(`${folder}/w2`),
  "Deno.remove": ({ folder }) => Deno.remove(`${folder}/gone`),
  "Deno.rename": ({ folder }) => Deno.rename(`${folder}/a`, `${folder}/b`),
  "Deno.copyFile": ({ file, folder }) => Deno.copyFile(file, `${folder}/w3`),
  "Deno.symlink": ({ file, folder }) => Deno.symlink(file, `${folder}/w4`),
  "Deno.link": ({ file, folder }) => Deno.link(file, `${folder}/w5`),
  "Deno.chmod": ({ file }) => Deno.chmod(file, 0o600),
  "Deno.truncate": ({ folder }) => Deno.truncate(`${folder}/trunc`),
  "Deno.makeTempFile": ({ folder }) => Deno.makeTempFile({ dir: folder }),
  "Deno.watchFs": ({ folder }) => Deno.watchFs(folder).close(),
  "Deno.connect": async ({ port }) => (await Deno.connect({ port })).close(),
  "Deno.listen": () => Deno.listen({ port: 0 }).close(),
  "Deno.resolveDns": () =>
    Deno.resolveDns("localhost", "A", { nameServer: { ipAddr: "127.0.0.1" } }),
  "fetch": async ({ port }) => await (await fetch(`http://127.0.0.1:${port}/`)).text(),
  "fetch of a file": async ({ file }) => await (await fetch(`file://${file}`)).text(),
  "WebSocket": ({ port }) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.onopen = () => resolve();
    socket.onerror = (event) => reject((event as ErrorEvent).error ?? new Error("refused"));
    return promise.finally(() => socket.close());
  },
  "Deno.Command": () => new Deno.Command("/usr/bin/true", { clearEnv: true }).output(),
  "Deno.kill": () => Deno.kill(1, "SIGCONT"),
  "Deno.env.get": () => Deno.env.get("PATH"),
  "Deno.env.toObject": () => Deno.env.toObject(),
  "Deno.env.set": () => Deno.env.set("WARD_ATTACK", "x"),
  "Deno.networkInterfaces": () => Deno.networkInterfaces(),
  "Deno.uid": () => Deno.uid(),
  "Deno.dlopen": () => Deno.dlopen("/lib/x86_64-linux-gnu/libc.so.6", {}).close(),
  "node:fs readFileSync": ({ file }) => fs.readFileSync(file),
  "node:fs/promises writeFile": ({ folder }) => fsp.writeFile(`${folder}/w6`, "x"),
  "node:http": ({ port }) =>
    settled(http.get({ host: "127.0.0.1", port, path: "/" }) as never, "response"),
  "node:net": ({ port }) => settled(net.connect(port, "127.0.0.1") as never, "connect"),
  "node:dgram": ({ port }) => {
    const socket = dgram.createSocket("udp4");
    const ended = settled(socket as never, "listening", "close");
    socket.bind(port, "127.0.0.1");
    return ended.finally(() => socket.close());
  },
  "node:dns": () => dns.lookup("localhost"),
  "node:child_process": () => childProcess.execFileSync("/usr/bin/true", { env: {} }),
  "node:os": () => os.networkInterfaces(),
  "node:sqlite": ({ folder }) => new DatabaseSync(`${folder}/w7.db`).close(),
  // Advisories on Deno that nothing above tries, by their number.
  "GHSA-23rx: /proc/self/mem": async () => (await Deno.open("/proc/self/mem")).close(),
  "GHSA-23rx: /proc/self/environ": () => Deno.readTextFile("/proc/self/environ"),
  "GHSA-m87g: stat of /proc": () => Deno.stat("/proc/1/environ"),
  "GHSA-m87g: readDir of /proc": () => Array.fromAsync(Deno.readDir("/proc/1/task")),
  "GHSA-m87g: realPath of /proc": () => Deno.realPath("/proc/1/root"),
  "GHSA-hrqr: makeTempDir": ({ folder }) => Deno.makeTempDir({ dir: folder }),
  "GHSA-8vxj: ATTACH": ({ folder }) => {
    const database = new DatabaseSync(":memory:");
    try {
      database.exec(`ATTACH '${folder}/w8.db' AS other; CREATE TABLE other.t (x)`);
    } finally {
      database.close();
    }
  },
  "GHSA-4c8g: loadEnvFile": ({ file }) => process.loadEnvFile(file),
  "GHSA-vg2r: utime": ({ file }) => Deno.utime(file, 0, 0),
  "GHSA-qq26: fs.statSync": ({ file }) => fs.statSync(file),
  "GHSA-hmh4: a shell": () =>
    childProcess.execSync("true", { env: {}, shell: "/bin/sh", stdio: "ignore" }),
  "GHSA-968w: main of a package": ({ folder }) => createRequire(`${folder}/x.js`)("./package"),
  "GHSA-rjhc: a socket of Unix": async ({ folder }) =>
    (await Deno.connect({ transport: "unix", path: `${folder}/other.socket` })).close(),
  "GHSA-fhjh: dns.lookup, then a connection": async ({ port }) => {
    await dns.lookup("127.0.0.1");
    return await settled(net.connect(port, "127.0.0.1") as never, "connect");
  },
  "GHSA-cpgj: fetch of a name that leads here": async ({ port }) =>
    await (await fetch(`http://localhost:${port}/`)).text(),
  "GHSA-83pc: WebSocket of a name that leads here": ({ port }) => {
    const socket = new WebSocket(`ws://localhost:${port}`);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.onopen = () => resolve();
    socket.onerror = (event) => reject((event as ErrorEvent).error ?? new Error("refused"));
    return promise.finally(() => socket.close());
  },
  "worker with more rights": ({ file }) =>
    new Worker(`data:text/javascript,Deno.readTextFileSync(${JSON.stringify(file)})`, {
      type: "module",
      deno: { permissions: { read: true } },
    } as WorkerOptions).terminate(),
};

/** Some of node's sockets fail outside of the call that made them. */
let failElsewhere: (error: unknown) => void = () => {};
addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  failElsewhere(event.reason);
});
addEventListener("error", (event) => {
  event.preventDefault();
  failElsewhere(event.error);
});

addEventListener("message", async (event) => {
  const targets = (event as MessageEvent).data as Targets;
  const results: [string, string][] = [];
  for (const [name, attack] of Object.entries(ATTACKS)) {
    const elsewhere = Promise.withResolvers<never>();
    failElsewhere = elsewhere.reject;
    try {
      await Promise.race([attack(targets), elsewhere.promise]);
      results.push([name, "reached"]);
    } catch (error) {
      const { name: kind, message, code } = error as Error & { code?: string };
      results.push([name, `${kind} ${code ?? ""} ${message}`]);
    }
  }
  workerScopeChannel().send(results);
});

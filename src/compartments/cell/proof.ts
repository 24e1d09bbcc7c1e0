/**
 * The canaries: what every cell tries before its first call. Each attempt goes through a child
 * program, whose only limits are the operating system's, or through a call that Deno would allow.
 * A cell in which one attempt succeeds must not serve. Nothing here is cached.
 */
import { inheritedDescriptors } from "../inherited_descriptors.ts";
import type { CellBoot, ProofLine } from "../../model/cells/cell.ts";
import { CELL_PROXY } from "../../model/cells/egress.ts";
import { attempt } from "./attempt.ts";
import { proveOnDarwin } from "./proof_darwin.ts";

/**
 * Tries to get out of the cell this process runs in.
 *
 * @param boot What the kernel planted: canaries, the outer process id, the variables given.
 * @returns One line per attempt; the cell may serve only when all are refused, but for those that
 *   say that they cannot be tried there.
 */
export async function prove(boot: CellBoot): Promise<ProofLine[]> {
  return boot.os === "darwin" ? await proveOnDarwin(boot) : await proveOnLinux(boot);
}

async function proveOnLinux(boot: CellBoot): Promise<ProofLine[]> {
  const { canaries, probes } = boot;
  // Before any child: what stays open here is what each of them gets.
  const open = inheritedDescriptors();
  const [{ file, link, outer, environs, tables }, remount, network] = await Promise.all([
    look(boot),
    probes.mount ? attempt(probes.mount, ["-o", "remount,bind,rw", parentOf(canaries.link)]) : null,
    dial(canaries.port),
  ]);
  const lines: ProofLine[] = [
    {
      id: "file",
      what: "read a secret file outside",
      refused: !file.stdout.includes(canaries.token),
      errno: file.errno,
      detail: "absent in the cell",
    },
    {
      id: "link",
      what: "read it through a planted link",
      refused: !link.stdout.includes(canaries.token),
      errno: link.errno,
      detail: "the link leads nowhere in the cell",
    },
  ];
  // The listener is looked for twice: by dialling, and in the kernel's table of this namespace.
  const port = canaries.port.toString(16).toUpperCase().padStart(4, "0");
  const listed = new RegExp(`:${port} [0-9A-F]+:0000 0A `).test(tables);
  lines.push({
    id: "network",
    what: "dial a listener of ward on 127.0.0.1",
    refused: network !== null && !listed,
    errno: network,
    detail: listed ? "the listener is visible" : "no network but an empty loopback",
  });
  // Inside, process 1 is the sandbox itself and names the canary too; any other number is outside.
  const seen = boot.outerPid !== 1 && outer.stdout.includes(parentOf(canaries.link));
  lines.push({
    id: "processes",
    what: "look at a process outside",
    refused: !seen,
    errno: outer.errno,
    detail: "own process table",
  });
  const foreign = variableNames(environs)
    .filter((name) => !boot.variables.includes(name) && name !== "LC_ALL" && name !== "PWD");
  lines.push({
    id: "environment",
    what: "read the parent's environment",
    refused: foreign.length === 0,
    errno: null,
    detail: foreign.length === 0 ? "empty" : `${foreign.length} foreign variables`,
  });
  const capabilities = [...tables.matchAll(/^Cap(?:Eff|Prm|Bnd|Amb):\s*([0-9a-f]+)$/gm)];
  const none = capabilities.length >= 3 &&
    capabilities.every(([, bits]) => /^0+$/.test(bits ?? ""));
  const noNew = /^NoNewPrivs:\s*1$/m.test(tables);
  lines.push({
    id: "capabilities",
    what: "hold a capability or gain privileges",
    refused: none && noNew,
    errno: none && noNew ? "EPERM" : null,
    detail: none ? (noNew ? "CapEff 0, NoNewPrivs 1" : "NoNewPrivs 0") : "capabilities held",
  });
  lines.push({
    id: "remount",
    what: "remount a read-only folder writable",
    refused: remount === null || remount.code !== 0,
    errno: remount?.errno ?? null,
    detail: remount ? "refused by the kernel" : "no mount program here; see capabilities",
  });
  // Writing there would change the machine if the wall were missing, so the wall is looked at:
  // proc(5), mountinfo: id, parent, device, root, mount point, options.
  const proc = [...tables.matchAll(/^\d+ \d+ \S+ \S+ \/proc (\S+)/gm)].at(-1)?.[1] ?? "";
  const readOnly = proc.split(",").includes("ro");
  lines.push({
    id: "kernel",
    what: "change a setting of the machine's kernel",
    refused: readOnly,
    errno: readOnly ? "EROFS" : null,
    detail: readOnly ? "/proc is read-only" : "/proc is writable",
  });
  lines.push({
    id: "descriptors",
    what: "use a file that ward was started with",
    refused: open.length === 0,
    errno: null,
    detail: open.length === 0 ? "none is open" : `${open.length} are open`,
  });
  if (boot.egressSocket !== null) lines.push(await proxyLine(canaries.port));
  return lines;
}

/** Variables of a program, and of the first process of the cell. */
const ENVIRONS = ["/proc/self/environ", "/proc/1/environ"];

/** Tables of the system; the first one begins with {@linkcode STATUS_HEAD}. */
const TABLES = ["/proc/self/status", "/proc/net/tcp", "/proc/self/mountinfo"];

/** Head of proc_pid_status(5). */
const STATUS_HEAD = "Name:\t";

/** What a program gets of the paths that it must not see, of variables and of the system's tables. */
async function look({ canaries, probes, outerPid }: CellBoot) {
  const cat = (...paths: string[]) => attempt(probes.cat, paths);
  const outerProcess = `/proc/${outerPid}/cmdline`;
  const absent = [canaries.secretFile, canaries.link, outerProcess];
  // Each start of a program costs some milliseconds of every cell's: one is given all of it.
  const all = await cat(...absent, ...ENVIRONS, ...TABLES);
  // Each variable ends with a NUL (proc_pid_environ(5)), and no table has one.
  const tablesAt = all.stdout.lastIndexOf("\0") + 1;
  const isPlain = absent.every((path) => all.errnoOf(path) !== null) &&
    !all.stdout.includes(canaries.token) && all.stdout.startsWith(STATUS_HEAD, tablesAt);
  if (isPlain) {
    const nothing = (path: string) => ({ stdout: "", errno: all.errnoOf(path) });
    return {
      file: nothing(canaries.secretFile),
      link: nothing(canaries.link),
      outer: nothing(outerProcess),
      environs: all.stdout.slice(0, tablesAt),
      tables: all.stdout.slice(tablesAt),
    };
  }
  // One of them gave something: each is asked for what it gives alone.
  return {
    file: await cat(canaries.secretFile),
    link: await cat(canaries.link),
    outer: await cat(outerProcess),
    environs: (await cat(...ENVIRONS)).stdout,
    tables: (await cat(...TABLES)).stdout,
  };
}

/** Asks the proxy for the listener: no grant is ever for it. */
async function proxyLine(port: number): Promise<ProofLine> {
  using proxy = await Deno.connect(CELL_PROXY);
  await proxy.write(new TextEncoder().encode(`CONNECT 127.0.0.1:${port} HTTP/1.1\r\n\r\n`));
  const buffer = new Uint8Array(4096);
  const read = await proxy.read(buffer) ?? 0;
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(new TextDecoder().decode(buffer.subarray(0, read)))
    ?.[1];
  return {
    id: "proxy",
    what: "reach a listener of ward through the proxy of granted hosts",
    // No answer is no proxy that could be trusted with the next question.
    refused: status === "403",
    errno: null,
    detail: status === "403" ? "the proxy refused it" : `the proxy answered ${status ?? "nothing"}`,
  };
}

/** The errno of dialling the port, or null when the connection stood. */
async function dial(port: number): Promise<string | null> {
  try {
    using _connection = await Deno.connect({ hostname: "127.0.0.1", port });
    return null;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return "ECONNREFUSED";
    if (error instanceof Deno.errors.NotCapable) return "NotCapable";
    return /os error 101/.test(String(error)) ? "ENETUNREACH" : "EOTHER";
  }
}

function variableNames(environ: string): string[] {
  return environ.split("\0").map((pair) => pair.split("=", 1)[0] ?? "").filter(Boolean);
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

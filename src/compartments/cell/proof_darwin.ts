/**
 * The canaries of a cell by macOS' sandbox. There is no /proc, and what is not allowed fails with
 * EPERM (sandbox(7)), which modes and owners never give (those are EACCES): only EPERM counts, so
 * that nothing passes because it was not there. What cannot be tried says so and is not held.
 */
import type { CellBoot, ProofLine } from "../../model/cells/cell.ts";
import { type Attempt, attempt } from "./attempt.ts";

/** Runs as root for whoever starts it, asks nothing and changes nothing with `-V` (sudo(8)). */
const PRIVILEGED = "/usr/bin/sudo";

/** What came of each attempt: an errno, or null where it worked. */
export interface DarwinTries {
  readonly file: Attempt;
  readonly link: Attempt;
  readonly network: string | null;
  readonly signal: string | null;
  readonly privileged: string | null;
  readonly write: string | null;
  readonly move: string | null;
  readonly secondName: string | null;
  /** Output of env(1) with this process's own variables. */
  readonly variables: string;
  /** Open files of a child, its own reading of the folder included. */
  readonly descriptors: Attempt;
}

/** Tries all and judges it. */
export async function proveOnDarwin(boot: CellBoot): Promise<ProofLine[]> {
  return judgeOnDarwin(await tryOnDarwin(boot), boot);
}

/**
 * Tries to get out.
 *
 * @param privileged A program that may not be started.
 */
export async function tryOnDarwin(
  { canaries, probes, tmp }: CellBoot,
  privileged: string = PRIVILEGED,
): Promise<DarwinTries> {
  const { above, held } = heldIn(tmp);
  const [file, link, variables, descriptors, network, ran] = await Promise.all([
    attempt(probes.cat, [canaries.secretFile]),
    attempt(probes.cat, [canaries.link]),
    attempt(probes.env ?? "", [], true),
    attempt(probes.ls ?? "", ["/dev/fd"]),
    errnoOf(async () =>
      (await Deno.connect({ hostname: "127.0.0.1", port: canaries.port })).close()
    ),
    errnoOf(() => attempt(privileged, ["-V"])),
  ]);
  return {
    file,
    link,
    network,
    privileged: ran,
    // Signal 0 is only the question whether one could be sent (kill(2)); the parent is ward.
    // Loaded here: what a cell does not need makes none start later.
    signal: await errnoOf(async () => (await import("node:process")).default.kill(Deno.ppid, 0)),
    write: await errnoOf(() => Deno.writeTextFileSync(`${held}/written`, "")),
    secondName: await errnoOf(() => Deno.linkSync(`${held}/file`, `${tmp}/second`)),
    // Last, because the others look for what it would take away.
    move: await errnoOf(() => Deno.renameSync(above, `${tmp}/moved`)),
    variables: variables.stdout,
    descriptors,
  };
}

/** A folder that is read-only in the cell's folder for temporary files, and the one above it. */
export function heldIn(tmp: string): { above: string; held: string } {
  return { above: `${tmp}/proof`, held: `${tmp}/proof/held` };
}

/** Judges what was tried; pure. */
export function judgeOnDarwin(tries: DarwinTries, boot: CellBoot): ProofLine[] {
  const read = ({ stdout, errno }: Attempt) =>
    stdout.includes(boot.canaries.token) ? null : errno ?? "EUNKNOWN";
  const line = (id: ProofLine["id"], what: string, errno: string | null): ProofLine => ({
    id,
    what,
    refused: errno === "EPERM",
    errno,
    detail: errno === null ? "it worked" : errno === "EPERM" ? "" : "not by the sandbox",
  });
  const untried = (id: ProofLine["id"], what: string, detail: string): ProofLine => ({
    id,
    what,
    refused: false,
    untried: true,
    errno: null,
    detail,
  });
  return [
    line("file", "read a secret file outside", read(tries.file)),
    line("link", "read it through a planted link", read(tries.link)),
    line("network", "dial a listener of ward on 127.0.0.1", tries.network),
    line("signals", "signal a process outside", tries.signal),
    line("capabilities", "start a program that gains privileges", tries.privileged),
    line("write", "write below a read-only folder", tries.write),
    line("move", "move the folder above it away", tries.move),
    line("second_name", "give a read-only file a second name", tries.secondName),
    openFiles(tries.descriptors),
    variables(tries.variables, boot),
    untried(
      "processes",
      "look at a process outside",
      "there is one process table for all; no program of macOS that reads it runs in a cell",
    ),
    untried(
      "kernel",
      "change a setting of the machine's kernel",
      "trying it would change the machine; no rule allows it",
    ),
    untried(
      "end",
      "go on after the cell has ended",
      "a program in the background does: macOS has no namespace of processes",
    ),
  ];
}

function openFiles({ stdout, errno }: Attempt): ProofLine {
  const names = stdout.split("\n").filter(Boolean);
  // Three of its own, and the folder that it reads.
  const refused = errno === null && names.length >= 3 && names.length <= 4;
  return {
    id: "descriptors",
    what: "use a file that ward was started with",
    refused,
    errno,
    detail: refused ? "none is open" : `open files: ${names.join(" ")}`,
  };
}

/** Variables of its own can be looked at, those of others not. */
function variables(output: string, boot: CellBoot): ProofLine {
  const foreign = output.split("\n").map((pair) => pair.split("=", 1)[0] ?? "").filter(Boolean)
    // The last two come from the shell and from a library of the system.
    .filter((name) => ![...boot.variables, "PWD", "OLDPWD", "SHLVL", "_"].includes(name))
    .filter((name) => name !== "__CF_USER_TEXT_ENCODING");
  const seen = foreign.length > 0 || output === "";
  return {
    id: "environment",
    what: "read the parent's environment",
    refused: false,
    ...seen ? {} : { untried: true },
    errno: null,
    detail: seen
      ? `${foreign.length} foreign variables`
      : "the cell's own is empty; no program of macOS that reads another's runs in a cell",
  };
}

/** The errno of what a call threw, or null when it worked. */
async function errnoOf(run: () => unknown): Promise<string | null> {
  try {
    await run();
    return null;
  } catch (error) {
    const { code, message } = error as { code?: unknown; message?: unknown };
    if (typeof code === "string") return code;
    const number = /os error (\d+)/.exec(String(message))?.[1];
    // errno(2) of macOS and Linux alike.
    return number === "1" ? "EPERM" : number === "13" ? "EACCES" : `errno ${number ?? "unknown"}`;
  }
}

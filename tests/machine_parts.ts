/** Parts of the machine that some tests need; each is tried, not looked up. */

/** One part. */
export interface MachinePart {
  readonly present: boolean;
  /** Which tests are left out without it. */
  readonly tests: string;
}

async function succeeds(program: string, args: readonly string[]): Promise<boolean> {
  try {
    const output = await new Deno.Command(program, {
      args: [...args],
      clearEnv: true,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).output();
    return output.success;
  } catch {
    return false;
  }
}

const SANDBOX = [
  "--unshare-all",
  "--unshare-user",
  "--disable-userns",
  "--ro-bind",
  "/",
  "/",
  "--",
  "/bin/true",
];

/** The deno that compiles standalone binaries on this machine. */
export function compiler(): string {
  return Deno.env.get("STANDALONE_DENO") ?? Deno.execPath();
}

/** Tries the parts. */
export async function machineParts(): Promise<Record<string, MachinePart>> {
  const isRoot = Deno.uid() === 0;
  return {
    "bubblewrap": {
      present: await succeeds("/usr/bin/bwrap", SANDBOX),
      tests: "cells, the security battery, whole-program tests with tools",
    },
    "chromium": {
      present: await succeeds("/usr/lib/chromium/chromium", ["--version"]),
      tests: "the browser against local pages",
    },
    "root, to test as another user": {
      present: isRoot && await succeeds("/usr/bin/setpriv", [
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
        "/usr/bin/bwrap",
        ...SANDBOX,
      ]),
      tests: "the security battery as an unprivileged user",
    },
    "tmux": { present: await succeeds("/usr/bin/tmux", ["-V"]), tests: "keys in a terminal" },
    "a runtime base (DENORT_BIN, and STANDALONE_DENO of the same version)": {
      present: Deno.env.get("DENORT_BIN") !== undefined &&
        await succeeds(compiler(), ["--version"]),
      tests: "the standalone binary, and conversations by it",
    },
    "git": { present: await succeeds("/usr/bin/git", ["--version"]), tests: "git in the cell" },
  };
}

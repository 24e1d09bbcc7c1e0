/** The folders below a profile's data folder, and what is kept in them. */
import { createHash } from "node:crypto";

/** How long whole outputs of tools are kept. */
const OUTPUT_KEPT_MS = 7 * 24 * 3600 * 1000;

/** Name of the folder of outputs before a session is open; nothing is kept in it. */
const NO_SESSION = "none";

/** Paths below the data folder. */
export interface DataFolder {
  readonly path: string;
  /**
   * Whole outputs of the open session's tools, there when it is asked for; mounted read-only in its
   * cells. Another session must not find in it what this one read from outside, nor another
   * project's files.
   */
  readonly outputDir: string;
  /** From here on it is of this session. */
  openSession(id: string): void;
  /** The folder of all of them. */
  readonly outputsDir: string;
  /** Small files of /etc for cells, host path by path in the cell. */
  readonly etc: Readonly<Record<string, string>>;
}

/**
 * Makes the folders (0700) and the files that cells see in place of /etc.
 *
 * @param path Absolute path of the data folder.
 * @param user Name of the user, for `whoami` in a cell.
 * @param workspace Absolute real path.
 */
export function openDataFolder(path: string, user: string, workspace: string): DataFolder {
  Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
  const real = Deno.realPathSync(path);
  const outputsDir = `${real}/tool-output`;
  const key = createHash("sha256").update(workspace).digest("hex").slice(0, 32);
  const etcDir = `${real}/cell-etc`;
  const makeFolder = (folder: string) => Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  makeFolder(outputsDir);
  makeFolder(etcDir);
  let session = NO_SESSION;
  const name = /^[a-z_][a-z0-9_-]*$/i.test(user) ? user : "user";
  const uid = Deno.uid() ?? 0;
  const gid = Deno.gid() ?? 0;
  const files: Record<string, string> = {
    "/etc/passwd": `${name}:x:${uid}:${gid}:${name}:/:/bin/false\n`,
    "/etc/group": `${name}:x:${gid}:\n`,
  };
  const etc: Record<string, string> = {};
  for (const [at, text] of Object.entries(files)) {
    const file = `${etcDir}/${at.slice("/etc/".length)}`;
    etc[at] = file;
    writeWhenDifferent(file, text);
  }
  return {
    path: real,
    get outputDir() {
      const folder = `${outputsDir}/${key}/${session}`;
      makeFolder(folder);
      return folder;
    },
    openSession: (id) => void (session = id),
    outputsDir,
    etc,
  };
}

/** Several processes may start at once: whoever writes does so beside the file and renames. */
function writeWhenDifferent(file: string, text: string): void {
  try {
    if (Deno.readTextFileSync(file) === text) return;
  } catch {
    // Written below.
  }
  const beside = `${file}.${Deno.pid}`;
  Deno.writeTextFileSync(beside, text, { mode: 0o644 });
  Deno.renameSync(beside, file);
}

/**
 * Keeps a whole output.
 *
 * @returns Its path, which the cell can read too.
 */
export async function saveOutput(outputDir: string, name: string, text: string): Promise<string> {
  const path = `${outputDir}/${name.replaceAll(/[^\w.-]/g, "_").slice(0, 80)}`;
  await Deno.writeTextFile(path, text, { mode: 0o600 });
  return path;
}

/** Whether an output with these letters in its name is kept. */
export async function holdsName(outputDir: string, letters: string): Promise<boolean> {
  for await (const { name } of Deno.readDir(outputDir)) if (name.includes(letters)) return true;
  return false;
}

/** Removes outputs older than seven days, of all workspaces; folders and what cannot be removed stays. */
export async function pruneOutputs(outputDir: string, nowMs: number): Promise<void> {
  for await (const entry of Deno.readDir(outputDir)) {
    const path = `${outputDir}/${entry.name}`;
    try {
      if (entry.isDirectory) {
        await pruneOutputs(path, nowMs);
        continue;
      }
      const info = await Deno.lstat(path);
      if ((info.mtime?.getTime() ?? nowMs) < nowMs - OUTPUT_KEPT_MS) await Deno.remove(path);
    } catch {
      // Another process was faster.
    }
  }
}

/** Removes the whole outputs of one session, in every workspace's folder. */
export function removeSessionOutputs(outputsDir: string, sessionId: string): void {
  for (const workspace of Deno.readDirSync(outputsDir)) {
    if (!workspace.isDirectory) continue;
    try {
      Deno.removeSync(`${outputsDir}/${workspace.name}/${sessionId}`, { recursive: true });
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

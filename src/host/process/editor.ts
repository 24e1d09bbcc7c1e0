/** The user's editor. Only commands that open no store may start one: the kernel cannot later. */
import { AppError, UsageError } from "../../base/app_error.ts";
import type { StartEnvironment } from "./start_environment.ts";

/** What is tried where neither VISUAL nor EDITOR is set. */
const USUAL = ["nano", "vi"];

/** Variables an editor needs; ward's own and keys of services stay out. */
const PASSED = [
  "HOME",
  "PATH",
  "TERM",
  "COLORTERM",
  "LANG",
  "LC_ALL",
  "LC_CTYPE",
  "USER",
  "LOGNAME",
  "SHELL",
  "TMPDIR",
  "DISPLAY",
  "WAYLAND_DISPLAY",
  "XDG_RUNTIME_DIR",
  "XDG_CONFIG_HOME",
  "DBUS_SESSION_BUS_ADDRESS",
  "EDITOR",
  "VISUAL",
];

/**
 * The words of the user's editor: VISUAL, else EDITOR, else what is usual.
 *
 * @throws {UsageError} `editor.none`.
 */
export function findEditor({ lookup, variables }: StartEnvironment): string[] {
  for (const name of ["VISUAL", "EDITOR"]) {
    const words = lookup(name)?.trim().split(/\s+/).filter((word) => word !== "") ?? [];
    if (words.length > 0) return words;
  }
  const folders = (variables["PATH"] ?? "").split(":").filter((folder) => folder.startsWith("/"));
  const found = USUAL.find((name) => folders.some((folder) => isFile(`${folder}/${name}`)));
  if (found) return [found];
  throw new UsageError("editor.none", "Found no editor", {
    hint: "Set EDITOR, such as EDITOR=nano",
  });
}

/**
 * Opens a file in an editor and waits for it.
 *
 * @throws {AppError} `editor.failed` when it cannot be started or says that it failed.
 */
export async function editFile(
  words: readonly string[],
  path: string,
  { lookup }: StartEnvironment,
): Promise<void> {
  const env = Object.fromEntries(PASSED.flatMap((name) => {
    const value = lookup(name);
    return value === undefined ? [] : [[name, value]];
  }));
  // Ctrl-C is the editor's while it runs.
  const ignore = () => {};
  Deno.addSignalListener("SIGINT", ignore);
  try {
    const { success } = await new Deno.Command(words[0] ?? "", {
      args: [...words.slice(1), path],
      clearEnv: true,
      env,
      stdin: "inherit",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn().status;
    if (!success) throw new Error("it ended with a failure");
  } catch (cause) {
    throw new AppError("editor.failed", `The editor "${words[0]}" failed; nothing was changed`, {
      cause,
      hint: `Set EDITOR to another one; your draft is in "${path}"`,
    });
  } finally {
    Deno.removeSignalListener("SIGINT", ignore);
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

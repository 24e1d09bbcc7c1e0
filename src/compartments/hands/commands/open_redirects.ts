import * as fs from "node:fs";
import type { Redirect } from "../../../model/cells/command.ts";
import { type Descriptor, type Descriptors, OwnedDescriptors, writeAll } from "./descriptors.ts";
import type { Run } from "./run_state.ts";

/**
 * Opens the redirections of one command, from left to right as a shell does.
 *
 * @param owned Takes over what is opened.
 * @returns The command's descriptors, or what to say and where, if one can't be opened.
 */
export async function openRedirects(
  run: Run,
  redirects: readonly Redirect[],
  options: {
    readonly cwd: string;
    readonly inherited: Descriptors;
    readonly owned: OwnedDescriptors;
  },
): Promise<{ descriptors: Descriptors } | { problem: string; stderr: Descriptor }> {
  const { cwd, inherited, owned } = options;
  const now: [Descriptor, Descriptor, Descriptor] = [...inherited];
  for (const redirect of redirects) {
    if (redirect.type === "duplicate") now[redirect.fd] = now[redirect.to];
    else if (redirect.type === "text") {
      const pipe = run.pool.open();
      now[0] = owned.add(pipe.read);
      // Ends by itself: read to the end, or nobody holds the reading side any more.
      void writeAll(pipe.write, new TextEncoder().encode(redirect.text))
        .catch(() => {})
        .finally(() => fs.closeSync(pipe.write));
    } else {
      const opened = await openFile(run, redirect.type, resolve(redirect.path, cwd));
      if (typeof opened === "object") {
        return { problem: `${redirect.path}: ${opened.problem}`, stderr: now[2] };
      }
      if (opened !== "null") owned.add(opened);
      if (redirect.fd === "both") now[1] = now[2] = opened;
      else now[redirect.fd] = opened;
    }
  }
  return { descriptors: now };
}

function resolve(path: string, cwd: string): string {
  return (path.startsWith("/") ? path : `${cwd}/${path}`).replace(/\/(?:\.?\/)+/g, "/");
}

async function openFile(
  run: Run,
  type: "read" | "write" | "append",
  path: string,
): Promise<Descriptor | { problem: string }> {
  if (path === "/dev/null") return "null";
  // There these would be ward's own descriptors and process, not the command's.
  if (/^\/(?:dev|proc|sys)\//.test(path)) return { problem: "Permission denied" };
  // Opening a named pipe waits for its other end, maybe for ever.
  const info = await Deno.stat(path).catch(() => null);
  if (info && !info.isFile && !info.isDirectory) return { problem: "Not a regular file" };
  const flags = type === "read" ? "r" : type === "write" ? "w" : "a";
  const opening = new Promise<number>((resolve, reject) => {
    fs.open(path, flags, 0o666, (error, descriptor) => {
      if (error) reject(error);
      else resolve(descriptor);
    });
  });
  try {
    // A file swapped for a named pipe in between must not hold the run either.
    return await Promise.race([opening, run.whenEnded]);
  } catch (error) {
    opening.then((descriptor) => fs.closeSync(descriptor), () => {});
    run.check();
    const code = (error as { code?: unknown }).code;
    if (code === "ENOENT") return { problem: "No such file or directory" };
    if (code === "EISDIR") return { problem: "Is a directory" };
    if (code === "ENOTDIR") return { problem: "Not a directory" };
    return { problem: "Permission denied" };
  }
}

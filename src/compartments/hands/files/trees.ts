/**
 * Whole folders, for the copy that another agent works in: what is in one, the bytes of some of its
 * files, and some files put in place. Links are not followed and not carried along.
 */
import type { HandsApi } from "../../../model/cells/hands.ts";
import { AppError } from "../../../base/app_error.ts";
import { decodeBase64, encodeBase64 } from "../../../base/base64.ts";
import { openFile, readAtMost } from "./open_file.ts";
import { join, type PathGuard, resolvePath } from "./resolve_path.ts";
import { walk } from "./walk.ts";
import { writeAtomic } from "./write_atomic.ts";

interface Options {
  readonly guard?: PathGuard | undefined;
  readonly signal: AbortSignal;
}

type Of<M extends keyof HandsApi> = {
  readonly params: Parameters<HandsApi[M]>[0];
  readonly result: ReturnType<HandsApi[M]>;
};

/** See `HandsApi.treeFiles`. */
export async function treeFiles(
  { path, maxFileBytes }: Of<"treeFiles">["params"],
  options: Options,
): Promise<Of<"treeFiles">["result"]> {
  const files: Of<"treeFiles">["result"]["files"] = [];
  const others: Of<"treeFiles">["result"]["others"] = [];
  const report = { unreadable: 0, truncated: false };
  await walk(path, path, { ...options, report }, async (entry) => {
    if (entry.kind === "dir") return;
    if (entry.kind !== "file") {
      others.push({ path: entry.path, kind: entry.kind === "link" ? "link" : "other" });
      return;
    }
    const bytes = await bytesOf(join(path, entry.path), maxFileBytes, options);
    if (bytes === null) others.push({ path: entry.path, kind: "large" });
    else files.push({ path: entry.path, ...bytes.facts });
  });
  const leftOut = others.length + report.unreadable;
  return { files, others, leftOut, truncated: report.truncated };
}

/** See `HandsApi.treeRead`. */
export async function treeRead(
  { path, paths, maxFileBytes }: Of<"treeRead">["params"],
  options: Options,
): Promise<Of<"treeRead">["result"]> {
  const files: Of<"treeRead">["result"]["files"] = [];
  for (const one of paths) {
    const bytes = await bytesOf(join(path, one), maxFileBytes, options);
    files.push(
      bytes === null ? { path: one, real: null, digest: null, data: null } : {
        path: one,
        real: bytes.real,
        digest: bytes.facts.digest,
        data: encodeBase64(bytes.data),
      },
    );
  }
  return { files };
}

/** See `HandsApi.treeWrite`. */
export async function treeWrite(
  { path, files, remove }: Of<"treeWrite">["params"],
  { guard }: Options,
): Promise<Of<"treeWrite">["result"]> {
  const failed: Of<"treeWrite">["result"]["failed"] = [];
  const attempt = async (one: string, work: () => void | Promise<void>) => {
    try {
      await work();
    } catch (error) {
      failed.push({ path: one, why: error instanceof AppError ? error.message : String(error) });
    }
  };
  for (const { path: one, executable, data } of files) {
    await attempt(one, async () => {
      const at = join(path, one);
      const target = resolvePath(at, "write", guard);
      await writeAtomic(target, at, decodeBase64(data));
      const mode = (Deno.statSync(target.path).mode ?? 0o644) & 0o777;
      const wanted = executable ? mode | 0o100 : mode & ~0o111;
      if (wanted !== mode) Deno.chmodSync(target.path, wanted);
    });
  }
  for (const one of remove) {
    await attempt(one, () => Deno.removeSync(resolvePath(join(path, one), "write", guard).path));
  }
  return { failed };
}

/** Null where it is gone, too large, or no file. */
async function bytesOf(path: string, maxBytes: number, options: Options) {
  try {
    if (!Deno.lstatSync(path).isFile) return null;
    using open = await openFile(path, options);
    const data = readAtMost(open.file, open.sizeBytes, maxBytes);
    if (data === null) return null;
    const digest = hexOf(await crypto.subtle.digest("SHA-256", data));
    const executable = ((open.file.statSync().mode ?? 0) & 0o100) !== 0;
    return { data, real: open.path, facts: { digest, executable, bytes: data.length } };
  } catch (error) {
    options.signal.throwIfAborted();
    if (error instanceof AppError || error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

function hexOf(buffer: ArrayBuffer): string {
  return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

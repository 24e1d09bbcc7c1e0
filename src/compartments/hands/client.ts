import * as z from "zod";
import { lazily } from "../../base/lazily.ts";
import { AppError } from "../../base/app_error.ts";
import type { HandsApi, HandsCallOptions, HandsPort } from "../../model/cells/hands.ts";

/** Characters of one text in an answer; the largest honest one is a read of a million. */
const text = z.string().max(4_000_000);
const path = z.string().max(8192);
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const base64 = z.string().max(32_000_000).regex(/^[A-Za-z0-9+/]*={0,2}$/);
const count = z.int().nonnegative();
const change = { atomic: z.boolean(), before: text.nullable(), after: text.nullable() };
const sums = { files: count, bytes: count };
const left = { unreadable: count, truncated: z.boolean() };

const runOutcome = lazily(() =>
  z.object({
    exitCode: z.int(),
    stdout: z.string(),
    stderr: z.string(),
    droppedBytes: count,
    endedBy: z.enum(["timeout", "output"]).nullable(),
    durationMs: z.number().nonnegative(),
    started: z.array(z.array(z.string())),
  })
);

/** Forms of the answers: exactly what {@linkcode HandsApi} gives. */
const ANSWERS: { [M in keyof HandsApi]: () => z.ZodType<ReturnType<HandsApi[M]>> } = {
  readFile: lazily(() =>
    z.object({
      content: text,
      firstLine: count,
      lastLine: count,
      totalLines: count.nullable(),
      sizeBytes: count,
      encoding: z.enum(["utf-8", "utf-16le", "utf-16be"]),
      invalidText: z.boolean(),
      crlfLines: count,
      cutLines: count,
    })
  ),
  writeFile: lazily(() => z.object({ ...change, created: z.boolean(), sizeBytes: count })),
  checkWrite: lazily(() => z.object({ writable: z.literal(true) })),
  editFile: lazily(() => z.object({ ...change, replacements: count, sizeBytes: count })),
  listFiles: lazily(() =>
    z.object({
      entries: z.array(z.object({
        path,
        kind: z.enum(["file", "dir", "link", "other"]),
        sizeBytes: count.nullable(),
      })).max(10_000),
      omitted: count,
      ...left,
    })
  ),
  fileFacts: lazily(() =>
    z.object({
      fact: z.object({
        kind: z.enum(["file", "folder", "special file"]),
        sizeBytes: count,
        modifiedMs: z.int().nullable(),
      }).nullable(),
    })
  ),
  findFiles: lazily(() => z.object({ paths: z.array(path).max(10_000), omitted: count, ...left })),
  searchFiles: lazily(() =>
    z.object({
      matches: z.array(z.object({ path, line: count, text: z.string().max(1000) })).max(10_000),
      filesSearched: count,
      more: z.boolean(),
      literal: z.boolean(),
      skippedBinary: count,
      skippedLarge: count,
      longLines: count,
      ...left,
    })
  ),
  overview: lazily(() =>
    z.object({
      files: count,
      dirs: count,
      totalBytes: count,
      byExtension: z.array(z.object({ extension: path, ...sums })).max(1000),
      notable: z.array(path).max(1000),
      topFolders: z.array(z.object({ name: path, ...sums })).max(1000),
      readmeHead: z.string().max(10_000),
      ...left,
    })
  ),
  treeFiles: lazily(() =>
    z.object({
      files: z.array(z.object({ path, digest, executable: z.boolean(), bytes: count })).max(
        100_000,
      ),
      others: z.array(z.object({ path, kind: z.enum(["link", "large", "other"]) })).max(100_000),
      leftOut: count,
      truncated: z.boolean(),
    })
  ),
  treeRead: lazily(() =>
    z.object({
      files: z.array(
        z.object({
          path,
          real: path.nullable(),
          digest: digest.nullable(),
          data: base64.nullable(),
        }),
      ).max(10_000),
    })
  ),
  treeWrite: lazily(() =>
    z.object({
      failed: z.array(z.object({ path, why: z.string().max(4000) })).max(10_000),
    })
  ),
  runPlan: runOutcome,
  runLine: runOutcome,
};

const runOutput = lazily(() => z.strictObject({ stream: z.enum(["stdout", "stderr"]), text }));

/** How a call reaches the compartment; see `HandsRouter.call`. */
export type HandsWire = (
  method: string,
  params: unknown,
  options: Omit<HandsCallOptions, "onOutput"> & {
    readonly onEvent?: ((event: unknown) => void) | undefined;
  },
) => Promise<unknown>;

/**
 * The kernel's side of `hands`. Every answer is parsed, because any program in the cell can write to
 * the same pipe; what it can forge is what its own output could say.
 *
 * @param call The wire to the compartment, such as `HandsRouter.call`; rejects as `Client.call` does.
 * @returns Methods that throw `hands.malformed` for an answer of another form.
 */
export function createHandsClient(
  call: HandsWire,
): HandsPort {
  function method<M extends keyof HandsApi>(name: M): HandsPort[M] {
    const ask = async (params: unknown, { onOutput, ...options }: HandsCallOptions = {}) => {
      const onEvent = (event: unknown) => {
        const chunk = runOutput().safeParse(event);
        if (chunk.success) onOutput?.(chunk.data);
      };
      const wired = onOutput ? { ...options, onEvent } : options;
      const parsed = ANSWERS[name]().safeParse(await call(name, params, wired));
      if (parsed.success) return parsed.data;
      throw new AppError("hands.malformed", `The answer to "${name}" does not have its form`, {
        hint: "A program in the cell may have written to the pipe; the result is not known",
      });
    };
    return ask as HandsPort[M];
  }
  return {
    readFile: method("readFile"),
    writeFile: method("writeFile"),
    checkWrite: method("checkWrite"),
    editFile: method("editFile"),
    listFiles: method("listFiles"),
    fileFacts: method("fileFacts"),
    findFiles: method("findFiles"),
    searchFiles: method("searchFiles"),
    overview: method("overview"),
    treeFiles: method("treeFiles"),
    treeRead: method("treeRead"),
    treeWrite: method("treeWrite"),
    runPlan: method("runPlan"),
    runLine: method("runLine"),
  };
}

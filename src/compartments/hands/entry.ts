/**
 * The worker inside the `hands` cell. It holds the exact read, write and run lists; what it and its
 * programs can reach beyond them is decided by the cell's mounts. Imports nothing from npm.
 */
import { serve, workerScopeChannel } from "../wire.ts";
import type { Handlers } from "../wire.ts";
import { createCommandHandlers } from "./commands/handlers.ts";
import { createFileHandlers } from "./files/handlers.ts";
import { createRealPathGuard } from "./files/real_path_guard.ts";
import { AppError } from "../../base/app_error.ts";

/** First call: what the kernel found on the machine. */
interface Configuration {
  /** Absolute path in the cell by program name. */
  programs: Record<string, string>;
  /** The shell, in a cell made for one line. */
  shell: string | null;
  /** Absolute path of `mkfifo`. */
  pipeMaker: string | null;
  /** Absolute folder for pipes, which only this process writes. */
  pipeFolder: string;
  /** The cell's folder for temporary files, which programs are told; else they keep what they get. */
  tmp?: string;
  /** Address of the proxy, in a cell that was granted hosts. */
  proxy?: string | null;
  /** Without a sandbox: lists for the real-path checks. */
  reduced: { read: string[]; write: string[]; never: string[] } | null;
}

let handlers: Handlers | null = null;

/** Looks the method up once the worker is configured. */
const configured = (method: string): Handlers[string] => (params, context) => {
  const handler = handlers?.[method];
  if (!handler) throw new AppError("hands.not_configured", "The cell was not configured");
  return handler(params, context);
};

serve(workerScopeChannel(), {
  configure({ programs, shell, pipeMaker, pipeFolder, tmp, proxy, reduced }: Configuration) {
    const pipes = pipeMaker ? { pipes: { program: pipeMaker, folder: pipeFolder } } : {};
    handlers = {
      ...createFileHandlers(reduced ? { guard: createRealPathGuard(reduced) } : {}),
      ...createCommandHandlers({ allowedPrograms: programs, shell, tmp, proxy, ...pipes }),
    } as Handlers;
  },
  ...Object.fromEntries(
    [
      "readFile",
      "writeFile",
      "checkWrite",
      "editFile",
      "listFiles",
      "fileFacts",
      "findFiles",
      "searchFiles",
      "overview",
      "treeFiles",
      "treeRead",
      "treeWrite",
      "runPlan",
      "runLine",
    ].map((method) => [method, configured(method)]),
  ),
});

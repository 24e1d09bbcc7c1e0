/** The file methods of `hands`, as `serve()` takes them. Loaded in the cell: nothing from npm. */
import type { HandsApi } from "../../../model/cells/hands.ts";
import type { CallContext } from "../../wire.ts";
import { checkWrite, editFile, writeFile } from "./change_file.ts";
import { fileFacts, findFiles, listFiles } from "./list_files.ts";
import { overview } from "./overview.ts";
import { readFile } from "./read_file.ts";
import type { PathGuard } from "./resolve_path.ts";
import { searchFiles } from "./search_files.ts";
import { treeFiles, treeRead, treeWrite } from "./trees.ts";

/** What {@linkcode createFileHandlers} gives. */
export type FileHandlers = {
  [M in Exclude<keyof HandsApi, "runPlan" | "runLine">]: (
    params: Parameters<HandsApi[M]>[0],
    context: Pick<CallContext, "signal">,
  ) => Promise<ReturnType<HandsApi[M]>>;
};

/**
 * Makes the handlers.
 *
 * @param options `guard`: the check of REDUCED mode. Without it the mounts and Deno's lists hold.
 */
export function createFileHandlers(options: { guard?: PathGuard | undefined } = {}): FileHandlers {
  const { guard } = options;
  return {
    readFile: (params, { signal }) => readFile(params, { guard, signal }),
    writeFile: (params, { signal }) => writeFile(params, { guard, signal }),
    checkWrite: (params) => checkWrite(params, { guard }),
    editFile: (params, { signal }) => editFile(params, { guard, signal }),
    listFiles: (params, { signal }) => listFiles(params, { guard, signal }),
    fileFacts: (params) => fileFacts(params, { guard }),
    findFiles: (params, { signal }) => findFiles(params, { guard, signal }),
    searchFiles: (params, { signal }) => searchFiles(params, { guard, signal }),
    overview: (params, { signal }) => overview(params, { guard, signal }),
    treeFiles: (params, { signal }) => treeFiles(params, { guard, signal }),
    treeRead: (params, { signal }) => treeRead(params, { guard, signal }),
    treeWrite: (params, { signal }) => treeWrite(params, { guard, signal }),
  };
}

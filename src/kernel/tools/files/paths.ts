import { AppError } from "../../../base/app_error.ts";
import { normalizePath, within } from "../../../model/cells/paths.ts";

/**
 * The absolute path that a model means; links are not looked at.
 *
 * @param path Relative to the workspace, or absolute.
 * @throws {AppError} `files.home_path`, `files.bad_path`.
 */
export function resolveToolPath(workspace: string, path: string): string {
  if (path.startsWith("~")) {
    throw new AppError(
      "files.home_path",
      `Cannot use ${
        JSON.stringify(path)
      }: "~" is not expanded, because the home is not the agent's`,
      {
        hint: 'Give a path relative to the workspace or an absolute one; a name with "~" as "./~"',
      },
    );
  }
  if (path === "" || path.includes("\0")) {
    throw new AppError("files.bad_path", `Cannot use ${JSON.stringify(path)}: it is no path`);
  }
  return normalizePath(path, workspace);
}

/** A path as it is shown: relative to the workspace where it can be, on one line. */
export function shownPath(workspace: string, path: string): string {
  if (path === workspace) return ".";
  const shown = within(workspace, path)
    ? path.slice(workspace === "/" ? 1 : workspace.length + 1)
    : path;
  return oneLine(shown);
}

/** A name that could pass for several lines, or for colours, is shown quoted. */
export function oneLine(name: string): string {
  // deno-lint-ignore no-control-regex
  return /[\x00-\x1f\x7f-\x9f\u2028\u2029]/.test(name) ? JSON.stringify(name) : name;
}

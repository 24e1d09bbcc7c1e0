import type { OverviewResult } from "../../../model/cells/hands.ts";
import { readFile } from "./read_file.ts";
import { join, resolvePath } from "./resolve_path.ts";
import type { PathGuard } from "./resolve_path.ts";
import { entryInfo, walk } from "./walk.ts";

const SHOWN_EXTENSIONS = 15;
const SHOWN_FOLDERS = 25;
const SHOWN_NOTABLE = 40;
/** Levels in which a manifest is worth naming. */
const NOTABLE_DEPTH = 3;
const README_LINES = 15;
const README_CHARS = 800;

/** Files that say what a project is. */
const NOTABLE =
  /^(readme|license|licence|copying|changelog|contributing)(\.\w+)?$|^(package|deno|tsconfig|composer)\.jsonc?$|^(cargo|pyproject|pixi)\.toml$|^(go\.mod|go\.work|gemfile|pom\.xml|build\.gradle(\.kts)?|cmakelists\.txt|makefile|justfile|dockerfile|compose\.ya?ml|docker-compose\.ya?ml|requirements\.txt|setup\.py|mix\.exs|flake\.nix|agents\.md|claude\.md)$|\.(sln|csproj)$/i;

/** See `HandsApi.overview`. */
export async function overview(
  params: { path: string },
  options: { guard?: PathGuard | undefined; signal: AbortSignal },
): Promise<OverviewResult> {
  const root = resolvePath(params.path, "read", options.guard).path;
  const report = { unreadable: 0, truncated: false };
  const extensions = new Map<string, { files: number; bytes: number }>();
  const folders = new Map<string, { files: number; bytes: number }>();
  const notable: string[] = [];
  let files = 0;
  let dirs = 0;
  let totalBytes = 0;
  let readme = null as string | null;
  await walk(root, params.path, { ...options, report }, (entry) => {
    if (entry.kind === "dir") {
      dirs++;
      if (entry.depth === 1) folders.set(entry.name, { files: 0, bytes: 0 });
    }
    if (entry.kind !== "file") return;
    const bytes = entryInfo(join(root, entry.path))?.size ?? 0;
    files++;
    totalBytes += bytes;
    count(extensions, extensionOf(entry.name), bytes);
    if (entry.depth > 1) count(folders, entry.path.slice(0, entry.path.indexOf("/")), bytes);
    if (entry.depth <= NOTABLE_DEPTH && NOTABLE.test(entry.name)) notable.push(entry.path);
    if (entry.depth === 1 && /^readme(\.(md|txt|rst|adoc))?$/i.test(entry.name)) {
      readme ??= entry.name;
    }
  });
  notable.sort((a, b) => a.split("/").length - b.split("/").length);
  return {
    files,
    dirs,
    totalBytes,
    byExtension: mostFiles(extensions, SHOWN_EXTENSIONS).map(([extension, sums]) => ({
      extension,
      ...sums,
    })),
    notable: notable.slice(0, SHOWN_NOTABLE),
    topFolders: mostFiles(folders, SHOWN_FOLDERS).map(([name, sums]) => ({ name, ...sums })),
    readmeHead: readme === null ? "" : await readHead(join(root, readme), options),
    ...report,
  };
}

function count(sums: Map<string, { files: number; bytes: number }>, key: string, bytes: number) {
  const sum = sums.get(key) ?? { files: 0, bytes: 0 };
  sum.files++;
  sum.bytes += bytes;
  sums.set(key, sum);
}

function mostFiles(sums: ReadonlyMap<string, { files: number; bytes: number }>, most: number) {
  return [...sums].sort((a, b) => b[1].files - a[1].files || (a[0] < b[0] ? -1 : 1)).slice(0, most);
}

function extensionOf(name: string): string {
  const at = name.lastIndexOf(".");
  return at > 0 ? name.slice(at).toLowerCase().slice(0, 20) : "";
}

/** First lines of the readme; what cannot be read is no reason to fail. */
async function readHead(
  path: string,
  options: { guard?: PathGuard | undefined; signal: AbortSignal },
): Promise<string> {
  try {
    const { content } = await readFile({ path, limit: README_LINES }, options);
    return content.slice(0, README_CHARS).trim();
  } catch {
    options.signal.throwIfAborted();
    return "";
  }
}

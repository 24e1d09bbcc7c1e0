/** What a run touches, as a file: the smallest set that would have been enough (P18, P19). */
import { parse, stringify, TomlError } from "smol-toml";
import * as z from "zod";
import { assertNever, UsageError } from "../../base/app_error.ts";
import { netValueOf } from "../../model/cells/net_value.ts";
import { normalizePath, within } from "../../model/cells/paths.ts";
import type { Access, Grant, SettingAccess } from "../../model/cells/permission.ts";
import { EXACT, grantCovers } from "../commands/rules.ts";
import { quoteWord } from "../policy/grant_command.ts";

/** Form of the file that this ward reads and writes. */
const MANIFEST_VERSION = 1;

const list = z.array(z.string().min(1)).default([]);

const schema = z.strictObject({
  version: z.literal(MANIFEST_VERSION),
  /** Paths; `./` and `.` are of the workspace. A folder covers what is below it. */
  read: list,
  /** What may be written may be read. */
  write: list,
  /** As in grants: first words, or `exact:` and all words of one call. */
  run: list,
  /** Whole shell lines. */
  lines: list,
  /** Compartment and host, as grants name it: `web example.org`, `web POST api.example.org`. */
  net: list,
  /** Tools of MCP servers: `alias/tool`. */
  mcp: list,
});

/** A manifest. */
export type Manifest = z.infer<typeof schema>;

/** The kinds of a manifest. */
export const MANIFEST_KINDS = ["read", "write", "run", "lines", "net", "mcp"] as const;

type Kind = (typeof MANIFEST_KINDS)[number];

/**
 * Reads a manifest, TOML or JSON by its first character.
 *
 * @throws {UsageError} `manifest.broken`.
 */
export function parseManifest(text: string, path: string): Manifest {
  const broken = (why: string) =>
    new UsageError("manifest.broken", `"${path}" is no manifest: ${why}`, {
      hint: "Make one with ward agent --observe <file> -m <message>",
    });
  let value: unknown;
  try {
    value = text.trimStart().startsWith("{") ? JSON.parse(text) : parse(text);
  } catch (error) {
    if (!(error instanceof TomlError) && !(error instanceof SyntaxError)) throw error;
    throw broken(error.message.split("\n", 1)[0] ?? "");
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw broken(`${issue?.path.map(String).join(".") || "file"}: ${issue?.message}`);
}

/** The text of a manifest. @param format By the name of the file. */
export function manifestText(manifest: Manifest, format: "toml" | "json"): string {
  return format === "json" ? JSON.stringify(manifest, null, 2) + "\n" : stringify(manifest) + "\n";
}

/** One access as an entry: its kind, and the value it has in a manifest. */
export function entryOf(
  access: Exclude<Access, SettingAccess>,
  workspace: string,
): { kind: Kind; value: string } {
  switch (access.permission) {
    case "read":
    case "write": {
      const path = normalizePath(access.path, workspace);
      return { kind: access.permission, value: shortened(path, workspace) };
    }
    case "run":
      return { kind: "run", value: EXACT + access.words.map(quoteWord).join(" ") };
    case "shell":
      return { kind: "lines", value: access.line };
    case "net":
      return { kind: "net", value: `${access.compartment} ${netValueOf(access)}` };
    case "mcp":
      return { kind: "mcp", value: `${access.server}/${access.tool}` };
    default:
      return assertNever(access);
  }
}

/** Whether a manifest has room for an access. */
export function covers(manifest: Manifest, access: Access, workspace: string): boolean {
  const holds = (entries: readonly string[], path: string) =>
    entries.some((entry) => within(normalizePath(entry, workspace), path));
  switch (access.permission) {
    case "read":
    case "write": {
      const path = normalizePath(access.path, workspace);
      return holds(manifest.write, path) ||
        (access.permission === "read" && holds(manifest.read, path));
    }
    case "run":
      return manifest.run.some((entry) => grantCovers(entry, access.words));
    case "shell":
    case "mcp":
    case "net": {
      const { kind, value } = entryOf(access, workspace);
      return manifest[kind].includes(value);
    }
    case "setting":
      // No file allows ahead what changes ward itself.
      return false;
    default:
      return assertNever(access);
  }
}

/**
 * What of a grant of the commands a manifest has room for. Programs reach a host and a path without
 * naming it, so a grant opens only what the manifest names too: a folder's part, or to read only
 * what was granted to write. Programs themselves are held by each call.
 */
export function narrowedTo(manifest: Manifest, grant: Grant, workspace: string): Grant[] {
  const { permission, value } = grant;
  if (permission === "net") return manifest.net.includes(`hands ${value}`) ? [grant] : [];
  if (permission !== "read" && permission !== "write") return [grant];
  const parts = (entries: readonly string[], as: "read" | "write") =>
    entries.map((entry) => normalizePath(entry, workspace)).flatMap((path): Grant[] => {
      if (within(path, value)) return [{ ...grant, permission: as }];
      return within(value, path) ? [{ ...grant, permission: as, value: path }] : [];
    });
  const written = parts(manifest.write, permission);
  const read = parts(manifest.read, "read");
  const isIn = (one: Grant) =>
    written.some((other) => within(other.value, one.value)) && permission === "write";
  return [...written, ...read.filter((one) => !isIn(one))];
}

/** The smallest manifest that has room for all of these: no entry that another one covers. */
export function manifestOf(accesses: readonly Access[], workspace: string): Manifest {
  const sets: Record<Kind, Set<string>> = {
    read: new Set(),
    write: new Set(),
    run: new Set(),
    lines: new Set(),
    net: new Set(),
    mcp: new Set(),
  };
  for (const access of accesses) {
    if (access.permission === "setting") continue;
    const { kind, value } = entryOf(access, workspace);
    sets[kind].add(value);
  }
  const absolute = (entry: string) => normalizePath(entry, workspace);
  const isCovered = (entry: string, by: Iterable<string>) =>
    [...by].some((other) => other !== entry && within(absolute(other), absolute(entry)));
  const write = [...sets.write].filter((entry) => !isCovered(entry, sets.write));
  const read = [...sets.read].filter((entry) =>
    !sets.write.has(entry) && !isCovered(entry, sets.read) && !isCovered(entry, sets.write)
  );
  const sorted = (values: Iterable<string>) => [...values].sort();
  return {
    version: MANIFEST_VERSION,
    read: sorted(read),
    write: sorted(write),
    run: sorted(sets.run),
    lines: sorted(sets.lines),
    net: sorted(sets.net),
    mcp: sorted(sets.mcp),
  };
}

/** A path below the workspace as `./…`, so that the file means the same on another machine. */
function shortened(path: string, workspace: string): string {
  if (path === workspace) return ".";
  return within(workspace, path) ? `./${path.slice(workspace.length + 1)}` : path;
}

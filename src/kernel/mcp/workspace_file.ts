/** The `.mcp.json` of a workspace, as other agents write it. It is the workspace's word, not the owner's. */
import * as z from "zod";
import { lazily } from "../../base/lazily.ts";
import { ALIAS, type McpServer } from "../../model/mcp/server.ts";

/** Name of the file. */
export const WORKSPACE_FILE = ".mcp.json";

/** Largest file that is taken. */
export const WORKSPACE_FILE_BYTES = 64 * 1024;

/** Longest time of one call where the file says nothing. */
const TIMEOUT_MS = 60_000;

const common = {
  description: z.string().optional(),
  enabledTools: z.array(z.string()).optional(),
  enabled: z.boolean().optional(),
  disabled: z.boolean().optional(),
};

const values = z.record(z.string(), z.string());

const process = lazily(() =>
  z.object({
    ...common,
    type: z.literal("stdio").optional(),
    command: z.string().min(1),
    args: z.array(z.string()).optional(),
    env: values.optional(),
    cwd: z.string().optional(),
  })
);

const service = lazily(() =>
  z.object({
    ...common,
    type: z.enum(["http", "streamable-http"]).optional(),
    url: z.url({ protocol: /^https?$/ }),
    headers: values.optional(),
  })
);

const file = lazily(() => z.object({ mcpServers: z.record(z.string(), z.unknown()) }));

/** The servers of a file, and what is wrong with others. */
export interface WorkspaceServers {
  readonly servers: readonly McpServer[];
  /** Variables and headers by server as written. */
  readonly written: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly problems: readonly string[];
}

/** Takes it apart. Fields that ward does not know are left alone: the file is not ward's. */
export function parseWorkspaceFile(text: string): WorkspaceServers {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return { servers: [], written: {}, problems: [`${WORKSPACE_FILE} is not JSON`] };
  }
  const parsed = file().safeParse(raw);
  if (!parsed.success) {
    return { servers: [], written: {}, problems: [`${WORKSPACE_FILE} has no table "mcpServers"`] };
  }
  const servers: McpServer[] = [];
  const written: Record<string, Readonly<Record<string, string>>> = {};
  const problems: string[] = [];
  for (const [alias, entry] of Object.entries(parsed.data.mcpServers)) {
    // Two names that differ in case alone would share secrets and logins.
    const isTaken = servers.some((one) => one.alias.toLowerCase() === alias.toLowerCase());
    const server = ALIAS.test(alias) && !isTaken ? serverOf(alias, entry) : null;
    if (server === null) {
      problems.push(
        isTaken
          ? `${WORKSPACE_FILE}: there is another server of the name "${alias.slice(0, 40)}"`
          : `${WORKSPACE_FILE}: the server "${alias.slice(0, 40)}" is in no form ward knows`,
      );
      continue;
    }
    servers.push(server.server);
    written[alias] = server.written;
  }
  return { servers, written, problems };
}

function serverOf(
  alias: string,
  entry: unknown,
): { server: McpServer; written: Readonly<Record<string, string>> } | null {
  const asService = service().safeParse(entry);
  const asProcess = process().safeParse(entry);
  const found = asService.success ? asService.data : asProcess.data;
  if (!found) return null;
  const description = found.description?.trim() ?? "";
  const shared = {
    alias,
    from: "workspace" as const,
    description: description === "" ? null : description,
    enabledTools: found.enabledTools ?? null,
    enabled: found.enabled ?? !(found.disabled ?? false),
    timeoutMs: TIMEOUT_MS,
  };
  if ("url" in found) {
    const { url, headers = {} } = found;
    const transport = { type: "http", url, headers: Object.keys(headers).sort() } as const;
    return { server: { ...shared, transport }, written: headers };
  }
  const { command, args = [], env = {}, cwd = null } = found;
  const transport = {
    type: "stdio",
    command,
    args,
    cwd,
    env: Object.keys(env).sort(),
    // A file of the workspace grants nothing beyond it: its process reads the workspace, and no host.
    read: ["."],
    write: [],
    net: [],
  } as const;
  return { server: { ...shared, transport }, written: env };
}

/** The servers of a process: what is approved of them, what is offered, what runs. */
import { sha256 } from "../../host/files/text_hash.ts";
import type { Ward } from "../ward.ts";
import { takeBackGrants } from "./server_grants.ts";
import { createHandle, type ServerHandle } from "./server_handle.ts";
import { serverParts } from "./server_parts.ts";
import { startEither } from "./start_server.ts";
import { readWorkspaceFile, type WorkspaceFile, workspaceServers } from "./workspace_servers.ts";
import { secretValues } from "../start/logging.ts";
import { systemClock } from "../../host/process/system.ts";
import { approvalKey, entryText, withApproved } from "../../kernel/mcp/approvals.ts";
import { definitionProblem, offeredDefinition, wordsOn } from "../../kernel/mcp/definitions.ts";
import { entrySecrets } from "../../kernel/mcp/entry_secrets.ts";
import { createFindTool } from "../../kernel/mcp/find_tool.ts";
import { createLoadedTools, type FoundTool, schemaTokens } from "../../kernel/mcp/loaded_tools.ts";
import { createServedTool } from "../../kernel/mcp/served_tool.ts";
import { toolNames } from "../../kernel/mcp/tool_names.ts";
import { WORKSPACE_FILE } from "../../kernel/mcp/workspace_file.ts";
import type { Tool } from "../../kernel/ports.ts";
import type { InstructionFile } from "../../model/conversation/instructions.ts";
import type { McpApproval, McpToolState } from "../../model/mcp/approval.ts";
import type { McpServer, McpValues } from "../../model/mcp/server.ts";
import type { McpToolDefinition } from "../../model/mcp/session.ts";

/** One server with what was approved of it. */
export interface KnownServer {
  readonly server: McpServer;
  readonly values: McpValues;
  /** Of its entry as it is now; null: nothing was, or the entry is another by now. */
  readonly approval: McpApproval | null;
}

/** All servers that count now, and what is told of those that do not. */
export interface KnownServers {
  readonly servers: readonly KnownServer[];
  readonly notices: readonly string[];
}

/** Servers that whoever shows a session gives it. */
export interface GivenServers {
  readonly servers: readonly McpServer[];
  readonly values: Readonly<Record<string, McpValues>>;
}

/** There are none. */
export const NO_SERVERS: KnownServers = { servers: [], notices: [] };

/** Reads the servers of the configuration and of the workspace. */
export async function knownServers(
  ward: Ward,
  file?: InstructionFile | null,
): Promise<KnownServers> {
  const { settings, mcpValues } = ward.start;
  const found = await workspaceServers(
    ward,
    file === undefined ? await readWorkspaceFile(ward) : file,
  );
  ward.start.known.add([...secretValues(found.values), ...found.servers.flatMap(entrySecrets)]);
  // Secrets and logins know no case, so neither does who goes before whom.
  const own = new Set(settings.mcpServers.map(({ alias }) => alias.toLowerCase()));
  const isShadowed = ({ alias }: McpServer) => own.has(alias.toLowerCase());
  const shadowed = found.servers.filter(isShadowed);
  const approvals = await ward.store.listMcpApprovals(settings.workspace);
  const known = (server: McpServer, values: McpValues): KnownServer => {
    const key = approvalKey(server, settings.workspace);
    const approval = approvals.find((one) =>
      one.alias === key.alias && one.workspace === key.workspace
    );
    const isSame = approval?.entryHash === sha256(entryText(server));
    return { server, values, approval: approval && isSame ? approval : null };
  };
  const given = ward.given;
  const named = [...settings.mcpServers, ...found.servers];
  const taken = given.servers.flatMap((one) => {
    const other = named.find(({ alias }) => alias.toLowerCase() === one.alias.toLowerCase());
    return other === undefined ? [] : [{ one, isSame: entryText(one) === entryText(other) }];
  });
  return {
    servers: [
      ...settings.mcpServers.map((one) => known(one, mcpValues[one.alias] ?? {})),
      ...found.servers.filter((one) => !isShadowed(one))
        .map((one) => known(one, found.values[one.alias] ?? {})),
      ...given.servers.filter((server) => !taken.some(({ one }) => one === server))
        .map((one) => known(one, given.values[one.alias] ?? {})),
    ],
    notices: [
      ...taken.filter(({ isSame }) => !isSame).map(({ one: { alias } }) =>
        `The server "${alias}" of the editor is not used: there is another one of that name`
      ),
      ...fileNotices(found),
      ...shadowed.map(({ alias }) =>
        `The server "${alias}" of ${WORKSPACE_FILE} is not used: config.toml has one of that name`
      ),
    ],
  };
}

function fileNotices({ file, problems }: WorkspaceFile): string[] {
  if (file === null || file.state === "approved") return [...problems];
  const why = {
    new: "you have not approved it (see it and say so: ward mcp approve)",
    changed: "it changed since you approved it (see how: ward mcp approve)",
    unusable: file.problem ?? "it cannot be used",
  }[file.state];
  return [`${WORKSPACE_FILE} is not used: ${why}`];
}

/** Stores what the owner approved of a server; grants for another entry of its name end. */
export async function storeApproval(
  ward: Pick<Ward, "store" | "start" | "sessionId" | "book">,
  server: McpServer,
  tools: readonly McpToolDefinition[],
  by: string,
): Promise<McpApproval> {
  const { workspace } = ward.start.settings;
  const key = approvalKey(server, workspace);
  const before = (await ward.store.listMcpApprovals(workspace))
    .find((one) => one.alias === key.alias && one.workspace === key.workspace);
  // Of no entry that was approved before: then they were for a server that is gone.
  if (before?.entryHash !== sha256(entryText(server))) await takeBackGrants(ward, server.alias);
  const approval = { ...key, entryHash: sha256(entryText(server)), tools };
  await ward.store.approveMcp(approval, [{
    kind: "grant",
    sessionId: ward.sessionId,
    subject: `mcp server ${server.alias}`,
    detail: {
      entry: approval.entryHash,
      tools: sha256(JSON.stringify(tools)),
      count: tools.length,
      by,
    },
  }]);
  return { ...approval, atMs: systemClock.now() };
}

/** The servers of a conversation. */
export interface SessionServers {
  /** Their tools, and the one that finds them; as they are at this moment. */
  tools(taken: readonly string[]): Tool[];
  /** What the person is told when the session begins. */
  readonly notices: readonly string[];
  handles(): readonly ServerHandle[];
  /** Takes servers in anew, such as after a change of the configuration. */
  replace(known: KnownServers): Promise<void>;
  close(): Promise<void>;
}

/** Makes them; none is started before one of its tools is called. */
export function createSessionServers(
  ward: Ward,
  first: KnownServers,
  notice: (text: string) => void,
): SessionServers {
  let known = first;
  const handles = new Map<string, ServerHandle>();
  const approvals = new Map<string, McpApproval>();

  function handleOf({ server, values, approval }: KnownServer): ServerHandle | null {
    if (!server.enabled || approval === null) return null;
    const { alias } = server;
    const there = handles.get(alias);
    if (there) return there;
    approvals.set(alias, approval);
    const handle = createHandle({
      server,
      clock: systemClock,
      hash: sha256,
      notice,
      approval: () => approvals.get(alias) ?? approval,
      start: (asks, signal, wasLegacy) =>
        startEither(serverParts(ward), server, values, asks, signal, wasLegacy),
      async store(states: readonly McpToolState[]) {
        const tools = withApproved(approvals.get(alias) ?? approval, states);
        approvals.set(alias, await storeApproval(ward, server, tools, "conversation"));
      },
    });
    handles.set(alias, handle);
    return handle;
  }

  const found: FoundTool[] = [];
  const loaded = createLoadedTools(() => found, ward.start.settings.mcp.schemaTokens);
  const made = new Map<string, { readonly definition: McpToolDefinition; readonly tool: Tool }>();

  return {
    get notices() {
      return [
        ...known.notices,
        ...known.servers.filter(({ server, approval }) =>
          // An editor's are asked about there.
          server.enabled && approval === null && server.from !== "editor"
        )
          .map(({ server: { alias } }) =>
            `The MCP server "${alias}" is not used: you have not approved its tools ` +
            `(see them and say so: ward mcp approve ${alias})`
          ),
      ];
    },
    handles: () => [...handles.values()],
    tools(taken) {
      const served = known.servers.flatMap((one) => {
        const handle = handleOf(one);
        return handle === null
          ? []
          : usableTools(handle).map((definition) => ({ handle, definition }));
      });
      const names = toolNames(
        served.map(({ handle, definition }) => ({
          alias: handle.server.alias,
          tool: definition.name,
        })),
        taken,
        sha256,
      );
      found.length = 0;
      const tools = served.flatMap(({ handle, definition }, at): Tool[] => {
        const name = names[at];
        if (name === null || name === undefined) return [];
        const { description, parameters } = offeredDefinition(definition, handle.server);
        const tokens = schemaTokens(description, parameters);
        found.push({ name, alias: handle.server.alias, description, tokens });
        const before = made.get(name);
        if (before?.definition === definition) return [before.tool];
        const tool = createServedTool(handle, definition, name, loaded.isLoaded) as Tool;
        made.set(name, { definition, tool });
        return [tool];
      });
      if (tools.length === 0) return [];
      return [
        createFindTool(
          loaded,
          () =>
            [...handles.values()].map(({ server: { alias, description } }) => ({
              alias,
              about: wordsOn({ description }),
              count: found.filter((one) => one.alias === alias).length,
            })),
        ) as Tool,
        ...tools,
      ];
    },
    async replace(next) {
      known = next;
      const ending = [...handles.values()];
      handles.clear();
      approvals.clear();
      made.clear();
      await Promise.all(ending.map((handle) => handle.close()));
    },
    async close() {
      await Promise.all([...handles.values()].map((handle) => handle.close()));
    },
  };
}

/** What was approved and may be used. */
function usableTools({ server, approval }: ServerHandle): McpToolDefinition[] {
  const { enabledTools } = server;
  return approval().tools.filter((one) =>
    (enabledTools === null || enabledTools.includes(one.name)) && definitionProblem(one) === null
  );
}

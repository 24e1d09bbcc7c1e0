/** MCP servers of an editor: each is asked about before it is started, and what its tools say. */
import { lookAtServer } from "../mcp/look_at_server.ts";
import { placeText } from "../mcp/manage_mcp.ts";
import { type KnownServer, knownServers, storeApproval } from "../mcp/servers.ts";
import { ServerFailure } from "../mcp/start_server.ts";
import type { Ward } from "../ward.ts";
import { AppError } from "../../base/app_error.ts";
import { withApproved } from "../../kernel/mcp/approvals.ts";
import { quoteWord } from "../../kernel/policy/grant_command.ts";
import type { McpServer } from "../../model/mcp/server.ts";
import { formatTools } from "../../surfaces/cli/format/format_mcp_tools.ts";
import type { Editor } from "../../surfaces/acp/host.ts";

const COLUMNS = 100;

/**
 * Asks about those that wait, each once a session; one that was approved with this very content
 * before is not asked about.
 *
 * @param asked Aliases that were asked about; added to.
 * @returns Whether one was approved.
 */
export async function approveServers(
  ward: Ward,
  editor: Editor,
  asked: Set<string>,
  signal: AbortSignal,
): Promise<boolean> {
  const waits = ({ alias }: { alias: string }) => !asked.has(alias);
  if (!ward.given.servers.some(waits)) return false;
  let isApproved = false;
  for (const known of (await knownServers(ward)).servers) {
    const { server, approval } = known;
    if (server.from !== "editor" || approval !== null || !waits(server)) continue;
    if (signal.aborted) return isApproved;
    asked.add(server.alias);
    const said = await approveOne(ward, editor, known, signal);
    if (said === null) isApproved = true;
    else editor.onEvent({ type: "notice", text: `The MCP server "${server.alias}" ${said}` });
  }
  ward.given.servers.forEach(({ alias }) => asked.add(alias));
  return isApproved;
}

/** @returns Why it is not used; null: it was approved. */
async function approveOne(
  ward: Ward,
  editor: Editor,
  known: KnownServer,
  signal: AbortSignal,
): Promise<string | null> {
  const { server } = known;
  const { alias, transport } = server;
  const yes = (title: string, exact: string, touches: string) =>
    isYes(editor, { alias, title, exact, touches }, signal);
  const touches = transport.type === "http"
    ? `sends to ${new URL(transport.url).host}`
    : "a process in a cell of its own, which reads the workspace and has no network";
  if (!await yes(`start the MCP server "${alias}"`, entryLines(server).join("\n"), touches)) {
    return "is not used: you said no";
  }
  try {
    const { tools } = await lookAtServer(ward, known, signal);
    const usable = tools.filter(({ state }) => state !== "unusable" && state !== "gone");
    const text = formatTools(tools, PLAIN, COLUMNS);
    const title = `use the tools of the MCP server "${alias}", as described`;
    if (!await yes(title, text, `${usable.length} tools; each call still asks`)) {
      return "is not used: you said no to its tools";
    }
    await storeApproval(ward, server, withApproved({ tools: [] }, usable), "editor");
    return null;
  } catch (error) {
    const known = error instanceof ServerFailure ? error.error : error;
    if (!(known instanceof AppError)) throw error;
    return `did not start: ${known.message}`;
  }
}

/** All that decides what is started or who is asked, a line each; of secrets the names. */
export function entryLines(server: McpServer): string[] {
  const { transport, plainValues = {} } = server;
  const names = transport.type === "http" ? transport.headers : transport.env;
  return [
    placeText(server),
    ...names.map((name) =>
      Object.hasOwn(plainValues, name)
        ? `with ${quoteWord(name)}=${quoteWord(plainValues[name] ?? "")}`
        : `with ${quoteWord(name)}, which is secret`
    ),
  ];
}

/** Text without colours. */
const PLAIN = { write: () => {}, isTerminal: false, hasColor: false };

/** Asks for this once; the approval itself is what lasts. */
async function isYes(
  { approver }: Editor,
  asked: { alias: string; title: string; exact: string; touches: string },
  signal: AbortSignal,
): Promise<boolean> {
  const { alias, title, exact, touches } = asked;
  const answer = await approver.ask({
    callId: `mcp-${alias}`,
    title,
    exact,
    why: "the editor names it for this session",
    layer: "nothing is started before a yes",
    lasting: false,
    grant: {
      compartment: `mcp:${alias}`,
      permission: "mcp",
      value: alias,
      risk: "high",
      touches,
      command: "",
      onceOnly: true,
      everyMode: true,
    },
  }, signal);
  return answer.type === "allow";
}

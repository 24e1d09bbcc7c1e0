/** `ward mcp approve`: the owner's word on the servers of a workspace and on what tools say. */
import { type CommandContext, print } from "../context.ts";
import { serverOr } from "./find_server.ts";
import { askToApprove } from "../instructions.ts";
import { lookAtServer } from "../../mcp/look_at_server.ts";
import { type KnownServer, knownServers, storeApproval } from "../../mcp/servers.ts";
import { ServerFailure } from "../../mcp/start_server.ts";
import { readWorkspaceFile } from "../../mcp/workspace_servers.ts";
import { prompterOf } from "../../prompting.ts";
import { AppError, UsageError } from "../../../base/app_error.ts";
import { terminalSize } from "../../../host/process/terminal.ts";
import { isWaiting as fileWaits } from "../../../kernel/instructions/read_instructions.ts";
import { isWaiting, withApproved } from "../../../kernel/mcp/approvals.ts";
import { formatTools } from "../../../surfaces/cli/format/format_mcp_tools.ts";
import { paint } from "../../../surfaces/cli/output.ts";
import type { ParsedCommand } from "../../../surfaces/cli/parsed_command.ts";
import type { Prompter } from "../../../surfaces/prompts/prompter.ts";

/** What is asked of a workspace's file. */
export const FILE_TITLE = "Let the agent use the servers of .mcp.json in this workspace?";

/** What was approved of a server. */
export interface Approved {
  readonly alias: string;
  /** Names of the tools that count from now on; null: the person said no. */
  readonly tools: readonly string[] | null;
}

/** Shows what waits and stores the user's yes. */
export async function mcpApprove(
  command: Extract<ParsedCommand, { type: "mcp_approve" }>,
  context: CommandContext,
): Promise<number> {
  const prompter = command.yes ? null : prompterOf(context);
  const file = await readWorkspaceFile(context.ward);
  const waits = file !== null && fileWaits(file);
  if (!command.yes && !prompter) throw unseen();
  let saidNo = false;
  if (file !== null && waits && command.name === null) {
    saidNo = await askToApprove(file, prompter, context, "command line", FILE_TITLE) === null;
  }
  const named = command.name === null
    ? (await knownServers(context.ward)).servers
      .filter(({ server, approval }) => server.enabled && approval === null)
    : [await serverOr(context, command.name, "approve")];
  const approved: Approved[] = [];
  for (const one of named) approved.push(await approveTools(one, prompter, context));
  print(
    context,
    { approved },
    () =>
      approved.length === 0 && !waits
        ? "Nothing waits for your word\n"
        : approved.map(approvedText).join(""),
  );
  return saidNo || approved.some(({ tools }) => tools === null) ? 1 : 0;
}

/** A server for people, once its tools were looked at. */
export function approvedText({ alias, tools }: Approved): string {
  if (tools === null) return `${alias} is not used\n`;
  return `${alias}: ${tools.length} tool${tools.length === 1 ? "" : "s"} approved\n`;
}

/**
 * Starts a server, shows what its tools say and how that differs from what was approved, asks, and
 * stores a yes.
 *
 * @param prompter Null takes a yes for granted.
 * @throws {AppError} It did not start.
 */
export async function approveTools(
  known: KnownServer,
  prompter: Prompter | null,
  context: CommandContext,
): Promise<Approved> {
  const { ward, stderr } = context;
  const { server, approval } = known;
  const { alias } = server;
  if (!context.json) stderr.write(paint(stderr, "dim", `Starting ${alias}…`) + "\n");
  const { tools } = await lookAtServer(ward, known, new AbortController().signal)
    .catch((error) => {
      throw error instanceof ServerFailure ? withWords(error) : error;
    });
  const usable = tools.filter(({ state }) => state !== "unusable" && state !== "gone");
  const waiting = usable.filter(isWaiting);
  const names = usable.map(({ name }) => name);
  if (waiting.length === 0 && approval !== null) return { alias, tools: names };
  if (!context.json) {
    stderr.write(formatTools(tools, stderr, terminalSize().columns));
  }
  if (prompter) {
    const title = `Let the agent use ${waiting.length === 1 ? "this tool" : "these tools"} of ` +
      `${alias}, as described?`;
    if (!await prompter.confirm({ title })) return { alias, tools: null };
  }
  await storeApproval(ward, server, withApproved({ tools: [] }, usable), "command line");
  return { alias, tools: names };
}

/** A server that did not start, with what its process said in the hint. */
export function withWords({ error, words }: ServerFailure): AppError {
  const last = words.trim().split("\n").slice(-3).join("\n");
  const hint = [error.hint, last === "" ? null : `It said: ${last}`]
    .filter((part) => part !== null && part !== undefined).join(". ");
  return new AppError(error.code, error.message, { hint: hint === "" ? undefined : hint });
}

function unseen(): UsageError {
  return new UsageError("mcp.confirm", "Will not approve what nobody has seen", {
    hint: "Run it in a terminal, or look at it with ward mcp test <alias> and add --yes",
  });
}

/** A tool of a server as a tool of the agent. */
import * as z from "zod";
import { AppError } from "../../base/app_error.ts";
import type { GrantRequest } from "../../model/cells/permission.ts";
import { Outside } from "../../model/conversation/outside.ts";
import type { ToolResult } from "../../model/conversation/tool.ts";
import type { McpField, McpToolDefinition } from "../../model/mcp/session.ts";
import { grantCommand } from "../policy/grant_command.ts";
import type { ExecuteOptions, Tool } from "../ports.ts";
import { approvalText, isWaiting } from "./approvals.ts";
import { offeredDefinition } from "./definitions.ts";
import { isServerFailure, type McpPort } from "./mcp_port.ts";
import { toResult } from "./results.ts";

const anything = z.record(z.string(), z.unknown());

/** Characters of arguments that a title shows. */
const MAX_TITLE = 120;

/**
 * Makes the tool.
 *
 * @param name Among all tools.
 * @param isLoaded Whether its schema goes with requests.
 */
export function createServedTool(
  port: McpPort,
  definition: McpToolDefinition,
  name: string,
  isLoaded: (name: string) => boolean,
): Tool<z.infer<typeof anything>> {
  const { server, sends } = port;
  const { alias } = server;
  const value = `${alias}/${definition.name}`;
  // As it was approved; what the server says of it later changes nothing here.
  const { description, parameters } = offeredDefinition(definition, server);
  return {
    name,
    description,
    parameters,
    schema: anything,
    flags: {
      // What a server says of its tools, that one only reads, opens nothing.
      readOnly: false,
      externalSideEffect: true,
      needsApproval: true,
      idempotent: false,
      highImpactWrite: false,
    },
    isOffered: () => isLoaded(name),
    plan(args) {
      const detail = JSON.stringify(args);
      return {
        accesses: [{
          permission: "mcp",
          server: alias,
          tool: definition.name,
          detail,
          sends,
          isOwners: server.from === "config",
        }],
        title: `${value} ${detail.length > MAX_TITLE ? `${detail.slice(0, MAX_TITLE)}…` : detail}`,
        readOnly: false,
        execute: (options) => run(port, definition, args, options),
      };
    },
  };
}

async function run(
  port: McpPort,
  definition: McpToolDefinition,
  args: Readonly<Record<string, unknown>>,
  options: ExecuteOptions,
): Promise<ToolResult> {
  const { alias } = port.server;
  const { name } = definition;
  try {
    const changed = await refuseChanged(port, definition, options);
    if (changed !== null) return changed;
    const result = await port.call(name, args, {
      elicit: (message, fields) => elicited(port, name, message, fields, options),
      progress: (text) => options.tell?.({ name: `mcp ${alias}`, text }),
    }, options.signal);
    return toResult(result, `${alias}/${name}`, `mcp ${alias} ${name}`);
  } catch (error) {
    if (!isServerFailure(error)) throw error;
    const words = port.lastWords();
    return {
      ok: false,
      content: error.code === "mcp.auth_required"
        ? `${error.message}. Tell the user: ${error.hint}`
        : error.message,
      ...words === "" ? {} : { outside: [Outside.of(`mcp ${alias} standard error`, words)] },
      summary: error.message,
      wayOut: error.hint,
      effects: error.code === "mcp.late" ? [`call ${alias}/${name}`] : [],
    };
  }
}

/** The result of a call whose tool is not the one that was approved; null: it is. */
async function refuseChanged(
  port: McpPort,
  { name }: McpToolDefinition,
  { confirm, signal }: ExecuteOptions,
): Promise<ToolResult | null> {
  const { alias } = port.server;
  const state = (await port.tools(signal)).find((one) => one.name === name);
  if (state?.state === "approved") return null;
  const refused = (content: string, wayOut?: string): ToolResult => ({
    ok: false,
    content,
    summary: content,
    wayOut,
    effects: [],
  });
  if (!state || !isWaiting(state)) {
    const why = state?.problem ?? "the server does not have it any more";
    return refused(`Not run: ${alias}/${name} cannot be used: ${why}.`);
  }
  const yes = await confirm?.({
    title: `${alias}/${name} says something else of itself than you approved`,
    exact: approvalText(state),
    why: "a server that changes what its tools say can make the agent do what you did not approve",
    grant: question(alias, name),
  });
  if (!yes) {
    return refused(
      `Not run: the server changed what ${alias}/${name} says of itself since the user approved it.`,
      `ward mcp approve ${alias} shows what changed`,
    );
  }
  await port.approve([state]);
  return refused(
    `Not run yet: the user approved what ${alias}/${name} says of itself now. Call it again, as ` +
      "its description is from the next message on.",
  );
}

/** Values for a server: only those that it names itself, and only after a yes. */
async function elicited(
  { server: { alias } }: McpPort,
  tool: string,
  message: string,
  fields: readonly McpField[],
  { confirm }: ExecuteOptions,
): Promise<Record<string, unknown> | null> {
  // Nothing is typed in here: a server that asks for a password is not to get one this way.
  if (!confirm || fields.some(({ required, standard }) => required && standard === null)) {
    return null;
  }
  const values = Object.fromEntries(
    fields.filter(({ standard }) => standard !== null).map((one) => [one.name, one.standard]),
  );
  const yes = await confirm({
    title: `the server "${alias}" asks you something`,
    exact: `${message}\n${JSON.stringify(values, null, 2)}`,
    why: "a yes gives it these values, which it named itself; a no gives it nothing",
    grant: question(alias, tool),
  });
  return yes ? values : null;
}

function question(alias: string, tool: string): GrantRequest {
  const value = `${alias}/${tool}`;
  return {
    compartment: `mcp:${alias}`,
    permission: "mcp",
    value,
    risk: "high",
    touches: `what the server "${alias}" is told or tells the agent`,
    command: grantCommand("mcp", value, "--once"),
  };
}

/** @throws {AppError} `mcp.unknown`. */
export function unknownServer(alias: string, known: readonly string[]): AppError {
  return new AppError("mcp.unknown", `There is no MCP server "${alias}"`, {
    hint: known.length === 0 ? "ward mcp add <alias> adds one" : `There are ${known.join(", ")}`,
  });
}

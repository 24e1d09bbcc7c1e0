/** The tools of a session. */
import { manageMcpTool } from "../mcp/manage_mcp.ts";
import type { SessionServers } from "../mcp/servers.ts";
import { createBrowser } from "../browser/browser.ts";
import { manageTools } from "./manage_tools.ts";
import type { Alone } from "../cells/running_programs.ts";
import { childVariables } from "../cells/child_variables.ts";
import { agentTools } from "../delegation/agent_tools.ts";
import type { Ward } from "../ward.ts";
import { httpTools } from "../http/http_tools.ts";
import { slackTools } from "../slack/slack_tools.ts";
import { selfTools } from "../self/self_tools.ts";
import { webTools } from "../web/web_tools.ts";
import { createWebReader } from "../web/web_reader.ts";
import { VERSION } from "../start/version.ts";
import { createHandsClient } from "../../compartments/hands/client.ts";
import { systemClock } from "../../host/process/system.ts";
import { readGitIdentity } from "../../host/protection/git_identity.ts";
import type { Tool } from "../../kernel/ports.ts";
import {
  BackgroundCommands,
  type BackgroundSlots,
} from "../../kernel/tools/commands/background.ts";
import { createBrowserTool } from "../../kernel/tools/browser/browser_tool.ts";
import { createCommandTools } from "../../kernel/tools/commands/command_tools.ts";
import { createFileTools } from "../../kernel/tools/files/file_tools.ts";
import { createHealthProbeTool } from "../../kernel/tools/probe/health_probe.ts";
import type { HandsEditing, HandsFiles } from "../../kernel/tools/hands_port.ts";
import type { Grant } from "../../model/cells/permission.ts";

/** Bytes that a program may print before the rest is dropped. */
const OUTPUT_LIMIT_BYTES = 8 * 1024 * 1024;

/** The tools of one session, and the end of what they started. */
export interface SessionTools {
  readonly tools: readonly Tool[];
  /** Ends its background commands and its browser. */
  close(): Promise<void>;
}

/** Of those who have none. */
export const NO_TOOLS: SessionTools = { tools: [], close: () => Promise.resolve() };

/** What whoever shows a session adds to its tools. */
export interface SurfaceTools {
  /**
   * Puts itself between the file tools and the cell.
   *
   * @param alone While no program runs in a cell of this process, of whatever session.
   */
  files?: ((hands: HandsEditing, alone: Alone) => HandsFiles) | undefined;
  readonly tools?: readonly Tool[] | undefined;
}

/**
 * Makes them.
 *
 * @param grants In force; those of kind `env` count.
 * @param slots Of the background commands, shared by all sessions of the process.
 * @param servers The MCP servers of this session.
 * @param surface What whoever shows the session adds. @default {nothing}
 */
export function createTools(
  ward: Ward,
  grants: () => readonly Grant[],
  slots: BackgroundSlots,
  servers: () => Promise<SessionServers>,
  surface: SurfaceTools = {},
): SessionTools {
  const { settings } = ward.start;
  const hands = createHandsClient(ward.hands.router.call);
  const background = new BackgroundCommands({
    clock: systemClock,
    slots,
    timeoutMs: settings.commands.backgroundMs,
  });
  const browser = settings.browser.enabled
    ? createBrowser({
      ...ward,
      settings,
      launcher: ward.threads.launcher,
      granted: () => standingHosts(ward),
    })
    : null;
  let variables: { of: readonly Grant[]; all: Record<string, string> } | undefined;
  const commands = {
    hands,
    workspace: settings.workspace,
    // To look for all programs takes a while, and most messages start none.
    get env() {
      const now = grants();
      if (variables?.of !== now) variables = { of: now, all: childVariables(ward, now) };
      return variables.all;
    },
    author: readGitIdentity(ward.facts.osHome),
    operators: settings.commands.operators,
    timeoutMs: settings.commands.timeoutMs,
    outputLimitBytes: OUTPUT_LIMIT_BYTES,
    background,
    takeRefused: ward.network.takeRefused,
    takeReached: ward.network.takeReached,
    isUnconfined: () => ward.hands.knownSandbox()?.kind === "none",
    hostCommand: ward.network.grantCommand,
  };
  return {
    tools: [
      ...createFileTools({
        hands: surface.files?.(hands, ward.running.alone) ?? hands,
        workspace: settings.workspace,
      }),
      ...createCommandTools(commands),
      ...webTools(ward),
      ...agentTools(ward, hands),
      ...(browser === null ? [] : [createBrowserTool(browser)] as Tool[]),
      ...httpTools(ward),
      ...slackTools(ward).map(({ tool }) => tool),
      ...manageTools(ward),
      ...selfTools(ward, settings.workspace),
      createHealthProbeTool({
        commands,
        hands,
        web: createWebReader(ward.form),
        hosts: settings.web.hosts,
        userAgent: `ward/${VERSION}`,
        clock: systemClock,
      }) as Tool,
      manageMcpTool(ward, servers),
      ...surface.tools ?? [],
    ],
    async close() {
      await background.close();
      await browser?.close();
    },
  };
}

/** Hosts of the browser that stand granted; of what is counted a use goes with each navigation. */
async function standingHosts({ book, sessionId }: Ward): Promise<string[]> {
  return (await book.active(sessionId)).filter(({ compartment, permission, usesLeft }) =>
    compartment === "browser" && permission === "net" && usesLeft === undefined
  ).map(({ value }) => value);
}

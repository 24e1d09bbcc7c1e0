/** Ward's own tools, with settings as a user has them, over hands, a web and services of a test. */
import type { McpPort } from "../../../src/kernel/mcp/mcp_port.ts";
import { createMcpTool, type McpToolDeps } from "../../../src/kernel/tools/manage/mcp_tool.ts";
import { createServedTool } from "../../../src/kernel/mcp/served_tool.ts";
import type { Tool } from "../../../src/kernel/ports.ts";
import type { BrowserPort } from "../../../src/kernel/tools/browser/browser_port.ts";
import { createBrowserTool } from "../../../src/kernel/tools/browser/browser_tool.ts";
import {
  BackgroundCommands,
  BackgroundSlots,
} from "../../../src/kernel/tools/commands/background.ts";
import {
  type CommandToolDeps,
  createCommandTools,
} from "../../../src/kernel/tools/commands/command_tools.ts";
import { createFileTools } from "../../../src/kernel/tools/files/file_tools.ts";
import type { HandsPort } from "../../../src/kernel/tools/hands_port.ts";
import { createHttpRequestTool } from "../../../src/kernel/tools/http/http_request.ts";
import { createHealthProbeTool } from "../../../src/kernel/tools/probe/health_probe.ts";
import type { SlackPort } from "../../../src/kernel/tools/slack/slack_port.ts";
import { createSlackTools } from "../../../src/kernel/tools/slack/slack_tools.ts";
import type { WebConnect, WebPort } from "../../../src/kernel/tools/web/web_port.ts";
import { createWebTools } from "../../../src/kernel/tools/web/web_tools.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";
import { WORKSPACE } from "../kit/real_session.ts";

/** What the tools work over. */
export interface Parts {
  readonly hands: HandsPort;
  readonly web: WebPort & WebConnect;
  readonly slack: SlackPort;
  readonly browser: BrowserPort;
  readonly servers: McpToolDeps;
  /** Its tool `send` takes what it is given. */
  readonly mcp: McpPort;
}

/** Tools for files, commands and the web. */
export function codingTools(hands: HandsPort, web: WebPort): Tool[] {
  return [
    ...createFileTools({ hands, workspace: WORKSPACE }),
    ...createCommandTools(commandDeps(hands)),
    ...createWebTools({ ...REACH, web, service: "duckduckgo", base: null, key: null }),
  ];
}

/** Those, and the tools for APIs, Slack, servers, a browser, and the one that looks at services. */
export function wardTools({ hands, web, slack, browser, servers, mcp }: Parts): Tool[] {
  const bounds = { timeoutMs: 1000, responseBytes: 1000 };
  const probes = { ...REACH, web, hands, commands: commandDeps(hands), clock: new FakeClock() };
  return [
    ...codingTools(hands, web),
    createHttpRequestTool({ ...REACH, ...bounds, web, profiles: [] }) as Tool,
    createHealthProbeTool(probes) as Tool,
    ...createSlackTools(slack).map(({ tool }) => tool),
    createBrowserTool(browser) as Tool,
    createMcpTool(servers) as Tool,
    createServedTool(mcp, SEND, "mcp_mail_send", () => true) as Tool,
  ];
}

const REACH = { hosts: [], userAgent: "ward" };

function commandDeps(hands: HandsPort): CommandToolDeps {
  return {
    hands,
    workspace: WORKSPACE,
    env: {},
    author: { name: null, email: null },
    operators: "allow",
    timeoutMs: 1000,
    outputLimitBytes: 1000,
    background: new BackgroundCommands({
      clock: new FakeClock(),
      slots: new BackgroundSlots(4),
      timeoutMs: 1000,
    }),
    takeRefused: () => Promise.resolve([]),
    takeReached: () => [],
    hostCommand: "ward permissions grant net",
  };
}

/** The tool of the server. */
export const SEND = {
  name: "send",
  title: null,
  description: "Send an e-mail",
  inputSchema: { type: "object", properties: { text: { type: "string" } } },
};

/** The one place that imports the SDK of the Agent Client Protocol; version 1 of the protocol. */
export { agent, ndJsonStream, PROTOCOL_VERSION, RequestError } from "@agentclientprotocol/sdk";
export type {
  AgentContext,
  AvailableCommand,
  ClientCapabilities,
  ContentBlock,
  InitializeRequest,
  InitializeResponse,
  McpServer,
  PermissionOption,
  SessionConfigOption,
  SessionModeState,
  SessionUpdate,
  StopReason,
  ToolCallContent,
  ToolCallLocation,
  ToolKind,
} from "@agentclientprotocol/sdk";

import type { McpEnd } from "../../model/mcp/session.ts";

const WORDS: Readonly<Record<McpEnd, string>> = {
  ended: "ended",
  flood: "sent more messages than are taken, and was ended",
  too_large: "said more in one message than is taken (8 MB), and was ended",
  malformed: "sent what is no message of the protocol, again and again, and was ended",
  late: "did not answer in time",
  unreachable: "is not reached",
  refused: "refused to be used",
  not_authorized: "wants a login",
  insufficient_scope: "wants a login with more scopes",
  protocol: "does not keep to the protocol",
};

/** Why a server is not there any more, in ward's words. */
export function endText(alias: string, why: McpEnd): string {
  return `The MCP server "${alias}" ${WORDS[why]}`;
}

/** What each request to Slack's own MCP server says of who asks. */
import { slackStore } from "./accounts.ts";
import { reasonOf, slackAccess, type SlackAccessDeps } from "./slack_auth.ts";
import { AppError } from "../../base/app_error.ts";
import type { Access } from "../../kernel/accounts/access.ts";
import type { McpAuthorizer } from "../../model/services/mcp_login.ts";

/** What it needs. */
export interface SlackAuthorizerDeps extends SlackAccessDeps {
  /** Told why a login could not be used; no text of it is from outside. */
  onProblem(alias: string, error: AppError): void;
}

/** Makes it; nothing is read yet. */
export function createSlackAuthorizer(deps: SlackAuthorizerDeps): McpAuthorizer {
  const { mcpUrl, servers } = deps.settings;
  const accesses = new Map<string, Access>();
  return async (alias, url, refused) => {
    try {
      const account = slackStore(alias, deps).account();
      if (account === null) return { problem: "no_login" };
      const wanted = servers[alias]?.teamId ?? null;
      // A token of Slack goes to Slack, and as whom the entry says, whatever else stands in it by now.
      if (url !== mcpUrl || (wanted !== null && wanted !== account.team.id)) {
        return { problem: "other_address" };
      }
      const access = accesses.get(alias) ?? slackAccess(alias, deps);
      accesses.set(alias, access);
      const { accessToken } = await access.token(refused?.replace(/^Bearer /, ""));
      return { header: `Bearer ${accessToken}` };
    } catch (error) {
      const problem = reasonOf(error);
      if (problem === null || !(error instanceof AppError)) throw error;
      deps.onProblem(alias, error);
      return { problem };
    }
  };
}

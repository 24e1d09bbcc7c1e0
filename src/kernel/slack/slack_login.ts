/** Slack as a login service, and what is said when an account cannot be used. */
import { AppError } from "../../base/app_error.ts";
import type { McpAuthReason } from "../../model/services/mcp_login.ts";
import type { OAuthClient, OAuthProvider } from "../../model/services/oauth.ts";
import type { SlackSettings } from "../../model/services/slack.ts";

/** Command that logs in at a workspace. */
export function slackLoginCommand(alias: string): string {
  return `ward mcp slack login ${alias}`;
}

/**
 * Slack as the steps of a login take it. It knows two kinds of apps: one with a secret, and a public
 * one, which proves itself by PKCE; only the latter may send a challenge.
 * Sources: docs.slack.dev, "Installing with OAuth", "Using PKCE".
 *
 * @param team Workspace that the user is asked for; null: the one that they choose.
 */
export function slackProvider(
  { apiUrl, authorizeUrl, scopes }: SlackSettings,
  { secret }: OAuthClient,
  team: string | null,
): OAuthProvider {
  const page = new URL(authorizeUrl);
  // What is asked for as the user has a field of its own, and scopes are put between commas.
  page.searchParams.set("user_scope", scopes.join(","));
  if (team !== null) page.searchParams.set("team", team);
  return {
    name: "slack",
    title: "Slack",
    type: secret === null ? "pkce" : "authorization_code",
    authorizeUrl: page.href,
    tokenUrl: `${apiUrl}oauth.v2.access`,
    revokeUrl: `${apiUrl}auth.revoke`,
    scopes: [],
    domains: [],
    clientAuth: "basic",
    revokeForm: "slack",
    issuer: null,
    resource: null,
    builtIn: true,
  };
}

/**
 * The failure of a call for want of a login: its message is for the agent, one line of a fixed form,
 * its hint for the user.
 */
export function slackAuthRequired(alias: string, reason: McpAuthReason): AppError {
  return new AppError("mcp.auth_required", `MCP_AUTH_REQUIRED:server=${alias}; reason=${reason}`, {
    hint: reason === "unreachable"
      ? "Try again later"
      : `The user logs in: ${slackLoginCommand(alias)}${reason === "no_login" ? "" : " --force"}`,
  });
}

/** The tokens of an account at Slack: the thread that asks for them, and how they are renewed. */
import { type SlackPlace, slackStore } from "./accounts.ts";
import { AHEAD_MS } from "../accounts/oauth/connections.ts";
import {
  clientOf,
  type OAuthReach,
  type RevokeParams,
  withOAuth,
} from "../accounts/oauth/oauth_thread.ts";
import type { Form } from "../start/code_base.ts";
import { AppError } from "../../base/app_error.ts";
import type { AuthClient } from "../../compartments/auth/client.ts";
import { type Access, createAccess } from "../../kernel/accounts/access.ts";
import { refreshFields } from "../../kernel/accounts/oauth/grants.ts";
import type { Clock } from "../../kernel/ports.ts";
import { slackLoginCommand, slackProvider } from "../../kernel/slack/slack_login.ts";
import type { Login } from "../../model/services/account.ts";
import type { McpAuthReason } from "../../model/services/mcp_login.ts";
import type { SlackSettings } from "../../model/services/slack.ts";

/** Runs something with the thread that speaks to Slack as a login service. */
export function withSlackAuth<T>(
  alias: string,
  reach: OAuthReach,
  run: (client: AuthClient) => Promise<T>,
): Promise<T> {
  return withOAuth({ name: `slack-${alias}` }, reach, run);
}

/** Gives a token back. */
export function revokeSlack(alias: string, form: Form): (params: RevokeParams) => Promise<void> {
  return (params) =>
    withSlackAuth(
      alias,
      { form, url: params.revokeUrl },
      (thread) => thread.oauthRevoke(params, new AbortController().signal),
    );
}

/** What access to accounts needs. */
export interface SlackAccessDeps extends SlackPlace {
  readonly form: Form;
  readonly settings: SlackSettings;
  readonly clock: Clock;
  /** Told of each login that is read or renewed. */
  readonly onLogin: (login: Login) => void;
}

/** Access to an account; what is kept is read at each use, and renewed before it runs out. */
export function slackAccess(alias: string, deps: SlackAccessDeps): Access {
  const { form, settings, clock, onLogin } = deps;
  const store = slackStore(alias, deps);
  return createAccess({
    account: { title: `Slack (${alias})`, mend: slackLoginCommand(alias), aheadMs: AHEAD_MS },
    store,
    clock,
    onLogin,
    remembers: false,
    async renew(login) {
      const client = (await store.read())?.client ?? { id: login.clientId, secret: null };
      const provider = slackProvider(settings, client, null);
      const { tokenUrl } = provider;
      const tokens = await withSlackAuth(
        alias,
        { form, url: tokenUrl },
        (thread) =>
          thread.slackToken(
            {
              tokenUrl,
              client: clientOf(provider, client),
              fields: refreshFields(provider, login.refreshToken ?? ""),
            },
            // A renewal that has begun is never given up half way; each request has its own time limit.
            new AbortController().signal,
          ),
      );
      const { accessToken, refreshToken, expiresInMs } = tokens;
      return {
        accessToken,
        refreshToken,
        expiresInMs,
        idToken: null,
        account: null,
        organization: null,
      };
    },
  });
}

/** Why an account cannot be used; null: for another reason than its login. */
export function reasonOf(error: unknown): McpAuthReason | null {
  if (!(error instanceof AppError)) return null;
  switch (error.code) {
    case "account.none":
      return "no_login";
    case "account.broken":
    case "secrets.sealed":
    case "secrets.broken":
    case "account.stale":
      return "invalid_token";
    default:
      return error.code.startsWith("account.") ? "unreachable" : null;
  }
}

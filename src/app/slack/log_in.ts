/** Logs in at a workspace of Slack: the user agrees in the browser, the tokens are kept. */
import type { SlackStore } from "./accounts.ts";
import { withSlackAuth } from "./slack_auth.ts";
import { agreed, placeOf } from "../accounts/oauth/agree.ts";
import { clientOf } from "../accounts/oauth/oauth_thread.ts";
import type { AgreeScreen } from "../accounts/screen.ts";
import type { Form } from "../start/code_base.ts";
import { AppError } from "../../base/app_error.ts";
import { systemClock } from "../../host/process/system.ts";
import { blankLogin } from "../../kernel/accounts/access.ts";
import { slackLoginCommand, slackProvider } from "../../kernel/slack/slack_login.ts";
import type { OAuthClient } from "../../model/services/oauth.ts";
import type { SlackAccount, SlackApp, SlackSettings } from "../../model/services/slack.ts";

/** A login to be made. */
export interface SlackLogin {
  readonly alias: string;
  readonly client: OAuthClient;
  readonly app: Pick<SlackApp, "redirectUri" | "team">;
  readonly settings: SlackSettings;
}

/**
 * Logs in; nothing is kept unless all went well.
 *
 * @throws {AppError} Family `account`; `slack.other_team`: the user agreed elsewhere.
 */
export async function logInSlack(
  { alias, client, app, settings }: SlackLogin,
  { form, store }: { readonly form: Form; readonly store: SlackStore },
  screen: AgreeScreen,
): Promise<SlackAccount> {
  // Before the user goes through the browser for a login that could not be kept.
  {
    using _ = await store.lock();
  }
  const provider = slackProvider(settings, client, app.team);
  const mend = slackLoginCommand(alias);
  const tokens = await withSlackAuth(
    alias,
    { form, url: provider.tokenUrl, listens: placeOf(settings.callbackUrl).port },
    async (thread) => {
      const { callbackUrl } = settings;
      const redirectUri = app.redirectUri ?? undefined;
      const fields = await agreed(
        thread,
        { provider, client, callbackUrl, redirectUri, mend },
        screen,
      );
      return await thread.slackToken(
        { tokenUrl: provider.tokenUrl, client: clientOf(provider, client), fields },
        new AbortController().signal,
      );
    },
  );
  if (tokens.userId === null || tokens.team === null) {
    throw new AppError("account.malformed", "Slack does not say whose tokens it gave", {
      hint: `To try again: ${mend}`,
    });
  }
  if (app.team !== null && app.team !== tokens.team.id) {
    throw new AppError(
      "slack.other_team",
      `The user agreed in another workspace than ${app.team}`,
      {
        hint: `Nothing was kept. To try again: ${mend}; --team is the id of a workspace, such as ` +
          "T024JJ69R",
      },
    );
  }
  const account = { alias, team: tokens.team, userId: tokens.userId };
  using _ = await store.lock();
  await store.keep(account, {
    client,
    scopes: tokens.scopes ?? settings.scopes,
    service: null,
    login: {
      ...blankLogin(client.id),
      accessToken: tokens.accessToken,
      refreshToken: tokens.refreshToken,
      expiresAtMs: tokens.expiresInMs === null ? null : systemClock.now() + tokens.expiresInMs,
      accountId: tokens.userId,
    },
  });
  return account;
}

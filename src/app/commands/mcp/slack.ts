/** `ward mcp slack login`, `status` and `logout`. */
import { print, type ProfileContext } from "../context.ts";
import { lookAtConnection } from "../../accounts/oauth/connections.ts";
import { disconnectService } from "../../accounts/oauth/disconnect.ts";
import { agreeScreen } from "../../accounts/screen.ts";
import { secretsOf } from "../../keys/secrets.ts";
import { argumentOr } from "../../prompting.ts";
import {
  checkAlias,
  keepApp,
  readApp,
  slackAliases,
  type SlackPlace,
  slackStore,
} from "../../slack/accounts.ts";
import { givenClient } from "../../slack/ask_client.ts";
import { logInSlack } from "../../slack/log_in.ts";
import { writeSlackEntry } from "../../slack/server_entry.ts";
import { revokeSlack } from "../../slack/slack_auth.ts";
import { AppError, UsageError } from "../../../base/app_error.ts";
import { systemClock } from "../../../host/process/system.ts";
import { isSafeAddress } from "../../../kernel/http/safe_address.ts";
import { canonicalHost } from "../../../kernel/net/canonical_host.ts";
import { slackSettings } from "../../../kernel/settings/sections.ts";
import { slackLoginCommand, slackProvider } from "../../../kernel/slack/slack_login.ts";
import type { OAuthReport } from "../../../model/services/oauth.ts";
import type { SlackSettings } from "../../../model/services/slack.ts";
import { formatOAuth } from "../../../surfaces/cli/format/format_oauth.ts";
import type { ParsedCommand } from "../../../surfaces/cli/parsed_command.ts";
import { revealHidden } from "../../../surfaces/cli/sanitize_terminal.ts";

type Command<T extends ParsedCommand["type"]> = Extract<ParsedCommand, { type: T }>;

/** A login as it is shown. */
type Report = OAuthReport & { readonly teamId: string | null; readonly userId: string | null };

/** Logs in. @returns 1 when what was kept does not work. */
export async function slackLogin(
  command: Command<"mcp_slack_login">,
  context: ProfileContext,
): Promise<number> {
  const settings = settingsOf(context);
  const place = placeOf(context);
  const alias = await aliasOf(
    command.alias,
    "login",
    context,
    (prompter) => prompter.text({ title: "Name for the workspace, such as acme" }),
  );
  checkRedirect(command.redirectUri);
  const store = slackStore(alias, place);
  if (!command.force && (await look(alias, place, settings)).state !== "broken") {
    throw new UsageError("slack.logged_in", `There is a login of "${alias}" already`, {
      hint: `Make it anew: ${slackLoginCommand(alias)} --force`,
    });
  }
  const kept = await readApp(alias, place).catch((error) => {
    // It is written anew.
    if (command.force && error instanceof AppError) return null;
    throw error;
  });
  const redirectUri = command.redirectUri ?? kept?.app.redirectUri ?? null;
  const client = await givenClient(
    command,
    kept?.client ?? null,
    redirectUri ?? settings.callbackUrl,
    context,
  );
  const app = { redirectUri, team: command.team ?? kept?.app.team ?? null };
  const account = await logInSlack(
    { alias, client, app, settings },
    { form: context.profile.form, store },
    agreeScreen(context, command.browser),
  );
  await keepApp(alias, place, app, client);
  const isWritten = await writeSlackEntry(account, settings, context);
  if (isWritten) {
    context.stderr.write(`Wrote mcpServers.${alias} into the configuration: ${settings.mcpUrl}\n`);
  }
  return show(context, await look(alias, place, settings));
}

/** Shows the logins. */
export async function slackStatus(
  command: Command<"mcp_slack_status">,
  context: ProfileContext,
): Promise<number> {
  const place = placeOf(context);
  const settings = settingsOf(context);
  if (command.alias !== null) {
    checkAlias(command.alias);
    return show(context, await look(command.alias, place, settings));
  }
  const logins = await Promise.all(
    slackAliases(place.home).map((alias) => look(alias, place, settings)),
  );
  print(context, { logins }, () =>
    logins.map((one) => formatOAuth(one, context.stdout)).join("") ||
    "There is no login at Slack; ward mcp slack login <alias> makes one\n");
  return 0;
}

/** Has the token taken back and forgets it; what the app is stays for a later login. */
export async function slackLogout(
  command: Command<"mcp_slack_logout">,
  context: ProfileContext,
): Promise<number> {
  const place = placeOf(context);
  const settings = settingsOf(context);
  const names = slackAliases(place.home);
  const alias = await aliasOf(command.alias, "logout", context, (prompter) =>
    prompter.choose({
      title: "Which workspace",
      items: names.map((one) => ({ value: one, label: one })),
    }));
  if (!names.includes(alias)) {
    throw new UsageError("account.none", `There is no login of "${alias}"`, {
      hint: names.length === 0 ? "There is none at Slack" : `There are ${names.join(", ")}`,
    });
  }
  const store = slackStore(alias, place);
  const client = command.localOnly ? null : (await store.read().catch(() => null))?.client ?? null;
  const revoked = await disconnectService(
    client && slackProvider(settings, client, null),
    store,
    {
      revoke: revokeSlack(alias, context.profile.form),
      warn: (text) => context.stderr.write(`! ${revealHidden(text)}\n`),
    },
  );
  const how = revoked === true ? "; its token was taken back" : "";
  print(context, { loggedOut: alias, revoked }, () => `Logged out of ${alias}${how}\n`);
  return 0;
}

function settingsOf({ profile: { config } }: ProfileContext): SlackSettings {
  if (!config.ok) throw config.error;
  return slackSettings(config.parsed.file);
}

function placeOf({ profile }: ProfileContext): SlackPlace {
  return { home: profile.paths.home, secrets: secretsOf(profile) };
}

async function aliasOf(
  given: string | null,
  verb: string,
  context: ProfileContext,
  ask: Parameters<typeof argumentOr<string>>[2]["ask"],
): Promise<string> {
  const usage = `ward mcp slack ${verb} <alias>`;
  const alias = await argumentOr(context, given, { name: "<alias>", usage, ask });
  checkAlias(alias);
  return alias;
}

function checkRedirect(address: string | null): void {
  if (address === null || isSafeAddress(address)) return;
  throw new UsageError("slack.redirect", "Cannot have codes sent to that address", {
    hint: "It is an https:// address, or an http:// one of this machine",
  });
}

async function look(alias: string, place: SlackPlace, settings: SlackSettings): Promise<Report> {
  const store = slackStore(alias, place);
  let account: ReturnType<typeof store.account> = null;
  let gone: { problem: string; mend: string } | null = null;
  const mend = slackLoginCommand(alias);
  try {
    account = store.account();
    if (account === null) gone = { problem: "there is no login", mend };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    gone = { problem: error.message, mend: `${mend} --force` };
  }
  const report = await lookAtConnection(
    {
      name: alias,
      title: account?.team.name ?? alias,
      domains: [canonicalHost(settings.apiUrl) ?? settings.apiUrl],
      mend: `${mend} --force`,
      gone,
    },
    store,
    systemClock,
  );
  return { ...report, teamId: account?.team.id ?? null, userId: account?.userId ?? null };
}

function show(context: ProfileContext, report: Report): number {
  print(context, report, () => formatOAuth(report, context.stdout));
  return report.state === "good" || report.state === "due" ? 0 : 1;
}

/** `ward auth`: the login of Claude, and the one that the Codex CLI made. */
import { print, type ProfileContext } from "../context.ts";
import { renewalOf } from "../../accounts/auth_thread.ts";
import { codexStore } from "../../accounts/codex_store.ts";
import { logOut } from "../../accounts/logout.ts";
import { connectAccount } from "../../accounts/connect_account.ts";
import { loginPaths } from "../../accounts/login_files.ts";
import { lookAtLogin } from "../../accounts/look.ts";
import { accountIn } from "../../accounts/settings.ts";
import { claudeStore } from "../../accounts/stores.ts";
import { systemClock } from "../../../host/process/system.ts";
import { renewNow } from "../../../kernel/accounts/access.ts";
import type { LoginReport } from "../../../model/services/account.ts";
import { formatLogin } from "../../../surfaces/cli/format/format_accounts.ts";
import type { ParsedCommand } from "../../../surfaces/cli/parsed_command.ts";
import { revealHidden } from "../../../surfaces/cli/sanitize_terminal.ts";

/** Logs in; the token is kept only when all went well. */
export async function claudeLogin(
  command: Extract<ParsedCommand, { type: "auth_claude_login" }>,
  context: ProfileContext,
): Promise<number> {
  return show(context, await connectAccount("claude", command.browser, context));
}

/** Shows the login. @returns 1 when there is none that works. */
export async function claudeStatus(context: ProfileContext): Promise<number> {
  const account = accountIn(context.profile, "claude");
  const store = claudeStore(context.profile.paths.home);
  return show(context, await lookAtLogin(account, store, systemClock));
}

/** Gives the login back and forgets it. */
export async function claudeLogout(context: ProfileContext): Promise<number> {
  const { profile, stderr } = context;
  const account = accountIn(profile, "claude");
  const report = await logOut(account, claudeStore(profile.paths.home), {
    form: profile.form,
    warn: (text) => stderr.write(`! ${revealHidden(text)}\n`),
  });
  print(
    context,
    report,
    () => report.removed ? `Logged out of ${account.title}\n` : "There is no login of Claude\n",
  );
  return 0;
}

/** Shows the CLI's login. @returns 1 when there is none that works. */
export async function codexStatus(context: ProfileContext): Promise<number> {
  const { account, store } = codexOf(context);
  return show(context, await lookAtLogin(account, store, systemClock));
}

/** Renews the CLI's login now. */
export async function codexRefresh(context: ProfileContext): Promise<number> {
  const { account, store } = codexOf(context);
  const renew = renewalOf(account, { form: context.profile.form, clock: systemClock });
  await renewNow({ account, store, clock: systemClock, renew });
  return show(context, await lookAtLogin(account, store, systemClock));
}

function codexOf({ profile }: ProfileContext) {
  const account = accountIn(profile, "codex");
  return { account, store: codexStore(loginPaths(profile).codex, { account, clock: systemClock }) };
}

/** Shows a login. @returns 1 when it does not work. */
export function show(context: ProfileContext, report: LoginReport): number {
  print(context, report, () => formatLogin(report, context.stdout));
  return report.state === "good" || report.state === "due" ? 0 : 1;
}

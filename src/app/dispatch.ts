/** Which code runs a command; each is loaded only when it runs. */
import type { CommandContext, ProfileContext } from "./commands/context.ts";
import { assertNever } from "../base/app_error.ts";
import type { ParsedCommand } from "../surfaces/cli/parsed_command.ts";

/** Commands that need the folders only: they run while the configuration is broken, and open no store. */
const FOLDER_COMMANDS = [
  "config_path",
  "doctor",
  "config_get",
  "config_set",
  "config_unset",
  "config_check",
  "config_example",
  "config_edit",
  "config_restore",
  "logs",
  "models",
  "profile_list",
  "profile_show",
  "profile_use",
  "profile_add",
  "profile_rm",
  "onboard",
  "auth_claude_login",
  "auth_claude_status",
  "auth_claude_logout",
  "auth_codex_status",
  "auth_codex_refresh",
  "connect",
  "connect_status",
  "disconnect",
  "oauth_providers",
  "oauth_list",
  "oauth_connect",
  "oauth_refresh",
  "oauth_remove",
  "mcp_login",
  "mcp_logout",
  "mcp_status",
  "mcp_install",
  "mcp_slack_login",
  "mcp_slack_status",
  "mcp_slack_logout",
  "channels_list",
  "channels_add",
  "channels_test",
  "channels_pair",
  "channels_remove",
  "secrets_set",
  "secrets_list",
  "secrets_rm",
  "secrets_rotate",
  "service_install",
  "service_status",
  "service_logs",
  "service_uninstall",
  "backup_create",
  "backup_list",
  "backup_verify",
  "restore",
] as const satisfies readonly ParsedCommand["type"][];

/** Whether a command mends the choice of the profile, and so runs while that is wrong. */
export function mendsChoice(command: ParsedCommand): boolean {
  return command.type.startsWith("profile_");
}

/** Whether no other ward may be at work in the profile meanwhile. */
export function needsHomeAlone(command: ParsedCommand): boolean {
  return command.type === "secrets_rotate" || command.type === "restore";
}

/** A command that works on the folders of a profile. */
export type FolderCommand = Extract<ParsedCommand, { type: typeof FOLDER_COMMANDS[number] }>;

/** A command that works on an opened profile. */
export type WardCommand = Exclude<
  ParsedCommand,
  FolderCommand | { type: "help" | "version" | "completion" }
>;

/** Whether a command needs the folders only. */
export function needsFoldersOnly(
  command: FolderCommand | WardCommand,
): command is FolderCommand {
  return FOLDER_COMMANDS.some((type) => type === command.type);
}

/** Runs a command that needs the folders only. */
export async function dispatchFolders(
  command: FolderCommand,
  context: ProfileContext,
): Promise<number> {
  switch (command.type) {
    case "config_path":
      return (await import("./commands/config/config.ts")).configPath(context);
    case "doctor":
      return await (await import("./commands/doctor.ts")).doctor(command, context);
    case "config_get":
      return (await import("./commands/config/config.ts")).configGet(command.key, context);
    case "config_set":
      return await (await import("./commands/config/config_change.ts")).configSet(command, context);
    case "config_unset":
      return await (await import("./commands/config/config_change.ts")).configUnset(
        command,
        context,
      );
    case "config_check":
      return (await import("./commands/config/config.ts")).configCheck(context);
    case "config_example":
      return (await import("./commands/config/config.ts")).configExampleText(context);
    case "config_edit":
      return await (await import("./commands/config/config_edit.ts")).configEdit(command, context);
    case "config_restore":
      return await (await import("./commands/config/config_change.ts")).configRestore(
        command,
        context,
      );
    case "logs":
      return await (await import("./commands/logs.ts")).logs(command, context);
    case "models":
      return await (await import("./commands/models.ts")).models(command, context);
    case "profile_list":
      return (await import("./commands/profile.ts")).profileList(context);
    case "profile_show":
      return (await import("./commands/profile.ts")).profileShow(command.name, context);
    case "profile_use":
      return await (await import("./commands/profile.ts")).profileUse(command.name, context);
    case "profile_add":
      return await (await import("./commands/profile.ts")).profileAdd(command.name, context);
    case "profile_rm":
      return await (await import("./commands/profile.ts")).profileRemove(command, context);
    case "onboard":
      return await (await import("./commands/onboard.ts")).onboard(command, context);
    case "auth_claude_login":
      return await (await import("./commands/accounts/auth.ts")).claudeLogin(command, context);
    case "auth_claude_status":
      return await (await import("./commands/accounts/auth.ts")).claudeStatus(context);
    case "auth_claude_logout":
      return await (await import("./commands/accounts/auth.ts")).claudeLogout(context);
    case "auth_codex_status":
      return await (await import("./commands/accounts/auth.ts")).codexStatus(context);
    case "auth_codex_refresh":
      return await (await import("./commands/accounts/auth.ts")).codexRefresh(context);
    case "connect":
      return await (await import("./commands/accounts/connect.ts")).connect(command, context);
    case "connect_status":
      return await (await import("./commands/accounts/connect.ts")).connectStatus(context);
    case "disconnect":
      return await (await import("./commands/accounts/disconnect.ts")).disconnect(command, context);
    case "oauth_providers":
      return (await import("./commands/accounts/oauth.ts")).oauthProviderList(context);
    case "oauth_list":
      return await (await import("./commands/accounts/oauth.ts")).oauthList(context);
    case "oauth_connect":
      return await (await import("./commands/accounts/oauth.ts")).oauthConnect(command, context);
    case "oauth_refresh":
      return await (await import("./commands/accounts/oauth.ts")).oauthRefresh(command, context);
    case "oauth_remove":
      return await (await import("./commands/accounts/oauth.ts")).oauthRemove(command, context);
    case "mcp_login":
      return await (await import("./commands/mcp/login.ts")).mcpLogin(command, context);
    case "mcp_logout":
      return await (await import("./commands/mcp/login.ts")).mcpLogout(command, context);
    case "mcp_status":
      return await (await import("./commands/mcp/login.ts")).mcpStatus(command, context);
    case "mcp_slack_login":
      return await (await import("./commands/mcp/slack.ts")).slackLogin(command, context);
    case "mcp_slack_status":
      return await (await import("./commands/mcp/slack.ts")).slackStatus(command, context);
    case "mcp_slack_logout":
      return await (await import("./commands/mcp/slack.ts")).slackLogout(command, context);
    case "mcp_install":
      return await (await import("./commands/mcp/install.ts")).mcpInstall(command, context);
    case "channels_add":
      return await (await import("./commands/channels/add.ts")).channelsAdd(command, context);
    case "channels_list":
    case "channels_test":
    case "channels_pair":
    case "channels_remove":
      return await (await import("./commands/channels/channels.ts")).channels(command, context);
    case "secrets_set":
      return await (await import("./commands/secrets.ts")).secretsSet(command, context);
    case "secrets_list":
      return (await import("./commands/secrets.ts")).secretsList(context);
    case "secrets_rm":
      return await (await import("./commands/secrets.ts")).secretsRemove(command.name, context);
    case "secrets_rotate":
      return await (await import("./commands/state/rotate.ts")).secretsRotate(command, context);
    case "service_install":
      return await (await import("./commands/service/install.ts")).serviceInstall(command, context);
    case "service_status":
      return await (await import("./commands/service/watch.ts")).serviceStatus(context);
    case "service_logs":
      return await (await import("./commands/service/watch.ts")).serviceLogs(command, context);
    case "service_uninstall":
      return await (await import("./commands/service/install.ts")).serviceUninstall(
        command,
        context,
      );
    case "backup_create":
      return await (await import("./commands/state/backup.ts")).backupCreate(command, context);
    case "backup_list":
      return await (await import("./commands/state/backup.ts")).backupList(context);
    case "backup_verify":
      return await (await import("./commands/state/backup.ts")).backupVerify(command.file, context);
    case "restore":
      return await (await import("./commands/state/restore.ts")).restore(command, context);
  }
}

/** Runs a command of an opened profile. */
export async function dispatch(
  command: Exclude<WardCommand, { type: "agent" | "start" }>,
  context: CommandContext,
): Promise<number> {
  switch (command.type) {
    case "acp":
      return await (await import("./commands/agent/acp.ts")).acp(context);
    case "permissions":
      return await (await import("./commands/permissions.ts")).permissions(context);
    case "explain":
      return await (await import("./commands/permissions.ts")).explainPermission(command, context);
    case "grant":
      return await (await import("./commands/permissions.ts")).grant(command, context);
    case "grants":
      return await (await import("./commands/permissions.ts")).grants(context);
    case "revoke":
      return await (await import("./commands/permissions.ts")).revoke(command.id, context);
    case "status":
      return command.live
        ? await (await import("./commands/status_live.ts")).statusLive(context)
        : await (await import("./commands/status.ts")).status(context);
    case "audit":
      return await (await import("./commands/audit.ts")).audit(command.limit, context);
    case "audit_verify":
      return await (await import("./commands/audit.ts")).auditVerify(context);
    case "instructions":
      return await (await import("./commands/instructions.ts")).instructions(context);
    case "instructions_approve":
      return await (await import("./commands/instructions.ts"))
        .approveInstructions(command, context);
    case "instructions_revoke":
      return await (await import("./commands/instructions.ts"))
        .revokeInstructions(command, context);
    case "cost":
      return await (await import("./commands/cost.ts")).cost(command, context);
    case "cost_lift":
      return await (await import("./commands/cost_lift.ts")).costLift(command, context);
    case "sessions":
      return await (await import("./commands/sessions/look.ts")).listSessions(command, context);
    case "session_show":
      return await (await import("./commands/sessions/look.ts")).showSession(command, context);
    case "session_search":
      return await (await import("./commands/sessions/look.ts")).searchSessions(command, context);
    case "session_export":
      return await (await import("./commands/sessions/export.ts")).exportSession(command, context);
    case "session_delete":
      return await (await import("./commands/sessions/delete.ts")).deleteSessions(command, context);
    case "mcp_list":
    case "mcp_serve":
    case "mcp_add":
    case "mcp_test":
    case "mcp_remove":
    case "mcp_enable":
    case "mcp_approve":
      return await (await import("./commands/mcp/mcp.ts")).mcp(command, context);
    default:
      return assertNever(command);
  }
}

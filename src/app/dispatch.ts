/** Which code runs a command; each is loaded only when it runs. */
import type { CommandContext } from "./commands/context.ts";
import { assertNever } from "../base/app_error.ts";
import type { ParsedCommand } from "../surfaces/cli/parsed_command.ts";

/** A command that works on an opened profile. */
export type ProfileCommand = Exclude<ParsedCommand, { type: "help" | "version" }>;

/** Runs a command of an opened profile. */
export async function dispatch(
  command: Exclude<ProfileCommand, { type: "agent" }>,
  context: CommandContext,
): Promise<number> {
  switch (command.type) {
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
    case "doctor":
      return await (await import("./commands/doctor.ts")).doctor(command.prove, context);
    case "status":
      return await (await import("./commands/status.ts")).status(context);
    case "audit":
      return await (await import("./commands/audit.ts")).audit(command.limit, context);
    case "audit_verify":
      return await (await import("./commands/audit.ts")).auditVerify(context);
    default:
      return assertNever(command);
  }
}

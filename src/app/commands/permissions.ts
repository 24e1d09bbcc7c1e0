/** `ward permissions` and its subcommands. */
import type { SandboxState } from "../cells/sandbox_choice.ts";
import { type CommandContext, print } from "./context.ts";
import { chosenProvider } from "./status.ts";
import { childVariables } from "../cells/child_variables.ts";
import { policyState } from "../policy.ts";
import {
  absoluteValue,
  compartmentOf,
  subjectOf,
  takesHosts,
  valueFor,
} from "./permission_subject.ts";
import { taintState } from "../conversation/taint_state.ts";
import { argumentOr } from "../prompting.ts";
import type { Ward } from "../ward.ts";
import { findSession } from "../../kernel/sessions/find_session.ts";
import { UsageError } from "../../base/app_error.ts";
import { systemClock } from "../../host/process/system.ts";
import { isNeverPassed } from "../../kernel/commands/child_env.ts";
import { tripText } from "../../kernel/budget/cap_text.ts";
import { explain } from "../../kernel/policy/explain.ts";
import { endOf } from "../../kernel/policy/grant_book.ts";
import type {
  CompartmentRow,
  ExplainReport,
  ListedGrant,
  PermissionsReport,
} from "../../model/report.ts";
import {
  type Grant,
  type GrantableKind,
  type GrantScope,
  type SetKind,
} from "../../model/cells/permission.ts";
import type { ParsedCommand } from "../../surfaces/cli/parsed_command.ts";
import {
  formatExplain,
  formatGrants,
  formatPermissions,
} from "../../surfaces/cli/format/format_permissions.ts";

/** The table with today's values, and the grants. */
export async function permissions(context: CommandContext): Promise<number> {
  const report = await permissionsReport(context.ward);
  print(context, report, () => formatPermissions(report, context.stdout));
  return 0;
}

/** The table with today's values, and the grants. */
export async function permissionsReport(ward: Ward): Promise<PermissionsReport> {
  return {
    rows: await tableRows(ward),
    mode: ward.mode,
    outside: await taintState(ward),
    grants: (await ward.book.all()).map(listed),
  };
}

/** A grant with what is left of it. */
function listed(grant: Grant): ListedGrant {
  const endsAt = endOf(grant.scope);
  return { ...grant, leftMs: endsAt === null ? null : Math.max(0, endsAt - systemClock.now()) };
}

async function tableRows(ward: Ward): Promise<CompartmentRow[]> {
  const sandbox = await ward.hands.sandbox();
  const { choice } = await chosenProvider(ward);
  const [trip] = await ward.trips();
  return (await ward.table(sandbox.kind, choice ? [choice] : [])).map((spec) => ({
    compartment: spec.id,
    kind: spec.kind,
    purpose: spec.purpose,
    permissions: spec.permissions,
    state: spec.id === "hands"
      ? handsState(sandbox)
      : spec.kind === "kernel" || spec.id === "store" || spec.id === "launcher"
      ? "running"
      : spec.id.startsWith("browser")
      ? "started with the first navigation"
      : spec.id.startsWith("mcp:")
      ? "started with the first call of one of its tools"
      : spec.id.startsWith("egress:")
      ? "started with each cell, with the addresses of these hosts"
      : trip
      ? tripText(trip)
      : "started with the first model call",
  }));
}

function handsState({ kind, name, cause, notHeld }: SandboxState): string {
  if (kind === "none") return `REDUCED: ${cause}`;
  const proven = `held by ${name}, proven, started at the first tool call`;
  return notHeld.length === 0
    ? proven
    : `${proven}; REDUCED, not held against: ${notHeld.join("; ")}`;
}

/** Who may, by which rule, and what grant would change it. */
export async function explainPermission(
  command: Extract<ParsedCommand, { type: "explain" }>,
  context: CommandContext,
): Promise<number> {
  const { ward } = context;
  const asked = await subjectOf(command, "ward permissions explain <kind> <value>", context);
  const { permission } = asked;
  if (permission === "trust" || permission === "mcp") {
    throw new UsageError("permissions.no_set", `No compartment has a set of "${permission}"`, {
      hint: permission === "trust"
        ? "It is of a session; see `ward permissions grants`"
        : "Each call of a server's tool asks, but for grants; see `ward permissions grants`",
    });
  }
  const report = await explainReport(ward, permission, asked.value);
  print(context, report, () => formatExplain(report, context.stdout));
  return 0;
}

/** Who may, for the value as somebody typed it. */
export async function explainReport(
  ward: Ward,
  permission: SetKind,
  given: string,
): Promise<ExplainReport> {
  const active = await ward.book.active(ward.sessionId);
  const state = await policyState(ward.facts, ward.hands, active, true);
  const value = absoluteValue(ward, permission, given);
  const compartments = (await tableRows(ward)).map((row) => ({
    id: row.compartment,
    kind: row.kind,
    purpose: row.purpose,
    permissions: row.permissions,
  }));
  return explain(permission, value, state, compartments, {
    passed: Object.keys(childVariables(ward, active)),
    isNeverPassed: (name) => isNeverPassed(name, ward.start.settings.commands.scrubExtra),
  }, ward.start.settings.web.hosts);
}

/** Mints a grant by hand. */
export async function grant(
  command: Extract<ParsedCommand, { type: "grant" }>,
  context: CommandContext,
): Promise<number> {
  const { ward } = context;
  const asked = await subjectOf(command, "ward permissions grant <kind> <value>", context);
  const planned = await planGrant(ward, { ...asked, compartment: command.compartment });
  const minted = await mintByHand(ward, planned, command, "command line");
  print(context, minted, () => formatGrants([listed(minted)], context.stdout, "Granted"));
  return 0;
}

/** A grant as it would be, its value made exact. */
export type PlannedGrant = Pick<Grant, "compartment" | "permission" | "value">;

/**
 * Works out what a grant by hand would hold.
 *
 * @throws {UsageError} `permissions.not_grantable`, with the reason.
 */
export async function planGrant(
  ward: Ward,
  { permission, value, compartment: named }: {
    readonly permission: GrantableKind;
    readonly value: string;
    /** null: that of the kind. */
    readonly compartment: string | null;
  },
): Promise<PlannedGrant> {
  const compartment = named ?? compartmentOf(permission, value);
  const isGrantable = permission === "trust"
    ? compartment === "session"
    : permission === "mcp"
    ? compartment === compartmentOf(permission, value)
    : compartment === "hands" || (permission === "net" && takesHosts(compartment));
  if (!isGrantable) {
    throw new UsageError(
      "permissions.not_grantable",
      `Cannot grant "${permission}" to "${compartment}": its set is fixed in the table`,
      {
        hint:
          "See `ward permissions`; grants are for hands, hosts for web, browser and agent:<name> too",
      },
    );
  }
  const exact = permission === "trust"
    ? (await findSession(ward.store, value)).id
    : valueFor(ward, { compartment, permission, value });
  return { compartment, permission, value: exact };
}

/** @param by Who said so, as the grant keeps it. */
export async function mintByHand(
  ward: Ward,
  planned: PlannedGrant,
  { scope, uses }: Pick<Extract<ParsedCommand, { type: "grant" }>, "scope" | "uses">,
  by: string,
): Promise<Grant> {
  return await ward.book.mint(
    planned,
    {
      // Of one session, however long it lasts.
      scope: planned.permission === "trust" && scope.type !== "for"
        ? { type: "session", sessionId: planned.value }
        : await scopeOfFlag(ward, scope),
      uses: uses ?? undefined,
    },
    { grantedBy: by, reason: "granted by hand", sessionId: null },
  );
}

/** Lists the grants. */
export async function grants(context: CommandContext): Promise<number> {
  const all = (await context.ward.book.all()).map(listed);
  print(context, all, () => formatGrants(all, context.stdout));
  return 0;
}

/** Ends a grant; a running ward ends the compartment before its next call. */
export async function revoke(given: string | null, context: CommandContext): Promise<number> {
  const { book } = context.ward;
  const id = await argumentOr(context, given, {
    name: "<id>",
    usage: "ward permissions revoke <id>",
    async ask(prompter) {
      const all = await book.all();
      if (all.length === 0) {
        throw new UsageError("permissions.no_grant", "There is no grant to take back");
      }
      return await prompter.choose({
        title: "Which grant",
        items: all.map(({ id, compartment, permission, value, scope }) => ({
          value: id,
          label: `${permission} ${value}`,
          detail: `${compartment}, ${scope.type}, ${id}`,
        })),
      });
    },
  });
  await book.revoke(id);
  print(context, { revoked: id }, () => `Revoked ${id}\n`);
  return 0;
}

async function scopeOfFlag(
  ward: Ward,
  scope: Extract<ParsedCommand, { type: "grant" }>["scope"],
): Promise<GrantScope> {
  if (scope.type === "for") return { type: "until", atMs: systemClock.now() + scope.ms };
  if (scope.type !== "session") return { type: scope.type };
  const session = await ward.store.latestSession({});
  if (!session) {
    throw new UsageError(
      "permissions.no_session",
      "Cannot grant for a session: there is none yet",
      {
        hint: "Use --once, --for 2h or --always",
      },
    );
  }
  return { type: "session", sessionId: session.id };
}

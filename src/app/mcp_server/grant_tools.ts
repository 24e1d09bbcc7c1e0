/**
 * The tools `grant_permission` and `revoke_permission`. Whoever calls them may be a model, so the
 * owner says yes to each in the client, or nothing changes; a client that cannot ask gets the command.
 */
import * as z from "zod";
import { askOwner } from "./ask_owner.ts";
import { mintByHand, planGrant, type PlannedGrant } from "../commands/permissions.ts";
import type { Ward } from "../ward.ts";
import { UsageError } from "../../base/app_error.ts";
import { forProfile, grantAgain, grantCommand } from "../../kernel/policy/grant_command.ts";
import { systemClock } from "../../host/process/system.ts";
import { GRANTABLE_KINDS } from "../../model/cells/permission.ts";
import { parseDuration } from "../../surfaces/cli/lease_text.ts";
import { type ServedTool, servedTool, textResult } from "../../surfaces/mcp_server/served.ts";

/** Who said so, as a grant keeps it. */
const BY = "editor";

const grantSchema = z.strictObject({
  kind: z.enum(GRANTABLE_KINDS),
  value: z.string().min(1).describe("A path, a program's words, a host, a name of a variable"),
  compartment: z.string().optional().describe("Only for hosts: web, browser or agent:<name>"),
  for: z.string().optional().describe("How long, such as 15m, 2h or 7d; for good if left out"),
  uses: z.int().min(1).max(999_999).optional().describe(
    "How often; as often as needed if left out",
  ),
});

/** Makes both. */
export function grantTools(ward: Ward): ServedTool[] {
  const profile = ward.facts.profile;
  return [
    servedTool({
      name: "grant_permission",
      title: "Grant a permission",
      description: "Let ward touch something it may not yet, once the user said yes to it here",
      schema: grantSchema,
      hints: { readOnly: false, destructive: false, idempotent: true, openWorld: false },
      async run(given, call) {
        const planned = await planGrant(ward, {
          permission: given.kind,
          value: given.value,
          compartment: given.compartment ?? null,
        });
        const ms = given.for === undefined ? null : parseDuration(given.for);
        if (ms === null && given.for !== undefined) {
          throw new UsageError("permissions.time", `Cannot grant for "${given.for}"`, {
            hint: "Give a number with s, m, h or d, at most 365d",
          });
        }
        const scope = ms === null ? { type: "always" as const } : { type: "for" as const, ms };
        const command = forProfile(commandOf(planned, given.for, given.uses), profile);
        await askOwner(call, [
          `Grant ${textOf(planned)}?`,
          lastsText(given),
          `The same by hand: ${command}`,
        ], command);
        const grant = await mintByHand(ward, planned, { scope, uses: given.uses ?? null }, BY);
        return textResult(`Granted ${textOf(planned)}; its id is ${grant.id}`);
      },
    }),
    servedTool({
      name: "revoke_permission",
      title: "Take a grant back",
      description: "End a grant, once the user said yes to it here; `permissions` lists their ids",
      schema: z.strictObject({ id: z.string().min(1) }),
      hints: { readOnly: false, destructive: true, idempotent: true, openWorld: false },
      async run({ id }, call) {
        const grant = (await ward.book.all()).find((one) => one.id === id);
        if (!grant) {
          throw new UsageError("permissions.no_grant", "There is no such grant", {
            hint: "See the tool permissions",
          });
        }
        const again = forProfile(grantAgain(grant, systemClock.now()), profile);
        const command = `ward ${profile ? `-p ${profile} ` : ""}permissions revoke ${id}`;
        await askOwner(
          call,
          [`Take back ${textOf(grant)}?`, `It comes back by: ${again}`],
          command,
        );
        await ward.book.revoke(id);
        return textResult(`Revoked ${id}: ${textOf(grant)}`);
      },
    }),
  ];
}

function textOf({ permission, value, compartment }: PlannedGrant): string {
  return `${permission} ${value} (${compartment})`;
}

function lastsText({ for: time, uses }: z.infer<typeof grantSchema>): string {
  const often = uses === undefined ? "" : `, ${uses} ${uses === 1 ? "use" : "uses"}`;
  return `It lasts ${time === undefined ? "until it is taken back" : `for ${time}`}${often}`;
}

function commandOf(
  { permission, value, compartment }: PlannedGrant,
  time: string | undefined,
  uses: number | undefined,
): string {
  const place = ["hands", "session"].includes(compartment) ? "" : ` --compartment ${compartment}`;
  const scope = time === undefined ? "--always" : `--for ${time}`;
  return grantCommand(permission, value, scope) +
    (uses === undefined ? "" : ` --uses ${uses}`) + place;
}

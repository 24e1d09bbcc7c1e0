/** The tools `ward_status`, `permissions` and `usage`: what ward prints of itself, as JSON. */
import * as z from "zod";
import { UsageError } from "../../../base/app_error.ts";
import { SET_KINDS, type SetKind } from "../../../model/cells/permission.ts";
import type { CostReport } from "../../../model/conversation/usage.ts";
import type { ExplainReport, PermissionsReport, StatusReport } from "../../../model/report.ts";
import type { Tool } from "../../ports.ts";
import { lookingTool } from "./self_tool.ts";

/** Whom the tools ask. */
export interface ReportToolDeps {
  status(): Promise<StatusReport>;
  permissions(): Promise<PermissionsReport>;
  /** @throws {AppError} When the value is none of its kind. */
  explain(kind: SetKind, value: string): Promise<ExplainReport>;
  /**
   * Adds up the calls of models.
   *
   * @param sessionId null: of all sessions of the last days.
   * @throws {UsageError} `session.not_found`.
   */
  usage(sessionId: string | null, by: CostReport["by"]): Promise<CostReport>;
}

/** Makes them. */
export function createReportTools(deps: ReportToolDeps): Tool[] {
  return [
    lookingTool({
      name: "ward_status",
      description: "Read ward's state: model and why, workspace, what holds it, warnings",
      schema: z.strictObject({}),
      title: () => "look at ward's status",
      look: async () => ({ content: json(await deps.status()) }),
    }),
    lookingTool({
      name: "permissions",
      description: "Read what each part of ward may touch and the grants in force; with kind and " +
        "value: who may do this very thing, by which rule, and what would change it",
      schema: z.strictObject({
        kind: z.enum(SET_KINDS).optional(),
        value: z.string().min(1).optional().describe("A path, a program's words, a host, a name"),
      }),
      title: ({ kind, value }) =>
        kind === undefined ? "look at permissions" : `explain ${kind} ${value ?? ""}`,
      async look({ kind, value }) {
        if (kind === undefined && value === undefined) {
          return { content: json(await deps.permissions()) };
        }
        if (kind === undefined || value === undefined) {
          throw new UsageError("permissions.half", "Cannot explain it: kind or value is missing", {
            hint: "Give both, or none for all",
          });
        }
        return { content: json(await deps.explain(kind, value)) };
      },
    }),
    lookingTool({
      name: "usage",
      description: "Read tokens and price of model calls, of the last 30 days or of one session",
      schema: z.strictObject({
        sessionId: z.string().optional(),
        by: z.enum(["day", "session", "task", "call", "model"]).optional(),
      }),
      title: ({ sessionId }) => `look at usage${sessionId ? ` of ${sessionId}` : ""}`,
      look: async ({ sessionId, by }) => ({
        content: json(await deps.usage(sessionId ?? null, by ?? (sessionId ? "task" : "day"))),
      }),
    }),
  ];
}

function json(value: unknown): string {
  return JSON.stringify(value, null, 1);
}

/** What the store answers, as the kernel checks it: rows were written by earlier versions too. */
import * as z from "zod";
import { lazily } from "../../../base/lazily.ts";
import type { CapFact, HoldAnswer, Trip } from "../../../model/conversation/budget.ts";
import type { SessionActivity } from "../../../model/conversation/activity.ts";
import type { McpApproval } from "../../../model/mcp/approval.ts";
import type { ApprovedInstructions } from "../../../model/conversation/instructions.ts";
import type { Grant } from "../../../model/cells/permission.ts";
import { IMAGE_TYPES } from "../../../model/conversation/message.ts";
import { PERMISSION_KINDS } from "../../../model/cells/permission.ts";
import type {
  LoadedSession,
  SearchHit,
  Session,
  StoredMessage,
} from "../../../model/conversation/session.ts";
import type { AuditRow, AuditVerdict } from "../../../model/audit.ts";
import { USAGE_PURPOSES, type UsageRow } from "../../../model/conversation/usage.ts";
import type { CopyReport } from "../api.ts";

export const session: () => z.ZodType<Session> = lazily(() =>
  z.object({
    id: z.string(),
    workspace: z.string(),
    title: z.string(),
    createdAtMs: z.number(),
    updatedAtMs: z.number(),
    messageCount: z.number(),
    parentId: z.string().nullish(),
  })
);

const toolCall = lazily(() =>
  z.object({ id: z.string(), name: z.string(), arguments: z.string() })
);

const image = lazily(() => z.object({ mediaType: z.enum(IMAGE_TYPES), data: z.string() }));

const reasoning = lazily(() =>
  z.object({
    by: z.string(),
    parts: z.array(z.record(z.string(), z.unknown())),
  })
);

const outsideRead = lazily(() =>
  z.object({
    sources: z.array(z.string()),
    atMs: z.number(),
    lastMs: z.number().optional(),
  })
);

const message = lazily(() =>
  z.discriminatedUnion("role", [
    z.object({
      role: z.literal("user"),
      text: z.string(),
      images: z.array(image()).optional(),
      own: z.string().optional(),
    }),
    z.object({
      role: z.literal("assistant"),
      text: z.string(),
      toolCalls: z.array(toolCall()),
      reasoning: reasoning().optional(),
      by: z.string().optional(),
    }),
    z.object({
      role: z.literal("tool"),
      callId: z.string(),
      name: z.string(),
      ok: z.boolean(),
      content: z.string(),
      outside: outsideRead().optional(),
    }),
  ])
);

export const outcome = z.enum(["complete", "failed", "stopped", "capped", "stalled"]);

export const loadedSession: () => z.ZodType<LoadedSession> = lazily(() =>
  z.object({
    session: session(),
    summary: z.object({ text: z.string(), covered: z.number() }).nullable(),
    messages: z.array(message()),
    openCalls: z.array(z.object({
      callId: z.string(),
      name: z.string(),
      state: z.enum(["pending", "running", "done"]),
    })),
    outside: outsideRead().nullable(),
    lastTurn: z.object({
      outcome: outcome.nullable(),
      reason: z.string().nullable(),
    }).nullable(),
  })
);

export const storedMessage: () => z.ZodType<StoredMessage> = lazily(() =>
  z.object({
    id: z.number(),
    atMs: z.number(),
    message: message(),
  })
);

export const activity: () => z.ZodType<SessionActivity> = lazily(() =>
  z.object({
    sessionId: z.string(),
    title: z.string(),
    workspace: z.string(),
    parentId: z.string().nullable(),
    model: z.object({ provider: z.string(), model: z.string() }).nullable(),
    turn: z.object({
      number: z.number(),
      startedAtMs: z.number(),
      modelCalls: z.number(),
      inputTokens: z.number(),
      outputTokens: z.number(),
      calls: z.array(z.object({
        name: z.string(),
        title: z.string().nullable(),
        state: z.enum(["pending", "waiting", "running"]),
      })),
    }).nullable(),
  })
);

export const searchHit: () => z.ZodType<SearchHit> = lazily(() =>
  z.object({
    sessionId: z.string(),
    title: z.string(),
    workspace: z.string(),
    role: z.enum(["user", "assistant", "tool"]),
    atMs: z.number(),
    snippet: z.string(),
  })
);

const count = z.number().nullable();

export const usageRow: () => z.ZodType<UsageRow> = lazily(() =>
  z.object({
    id: z.number(),
    sessionId: z.string(),
    turnId: count,
    purpose: z.enum(USAGE_PURPOSES),
    provider: z.string(),
    model: z.string(),
    inputTokens: count,
    outputTokens: count,
    cachedTokens: count,
    cacheWriteTokens: count,
    reasoningTokens: count,
    ms: count,
    atMs: z.number(),
  })
);

export const instructions: () => z.ZodType<ApprovedInstructions> = lazily(() =>
  z.object({
    workspace: z.string(),
    name: z.string(),
    hash: z.string(),
    text: z.string(),
    atMs: z.number(),
  })
);

export const mcpApproval: () => z.ZodType<McpApproval> = lazily(() =>
  z.object({
    workspace: z.string(),
    alias: z.string(),
    entryHash: z.string(),
    tools: z.array(z.object({
      name: z.string(),
      title: z.string().nullable(),
      description: z.string(),
      inputSchema: z.record(z.string(), z.unknown()),
    })),
    atMs: z.number(),
  })
);

export const grant: () => z.ZodType<Grant> = lazily(() =>
  z.object({
    id: z.string(),
    compartment: z.string(),
    permission: z.enum(PERMISSION_KINDS),
    value: z.string(),
    scope: z.discriminatedUnion("type", [
      z.object({ type: z.literal("once") }),
      z.object({
        type: z.literal("session"),
        sessionId: z.string(),
        untilMs: z.number().optional(),
      }),
      z.object({ type: z.literal("until"), atMs: z.number() }),
      z.object({ type: z.literal("always") }),
    ]),
    usesLeft: z.number().optional(),
    grantedBy: z.string(),
    atMs: z.number(),
    reason: z.string(),
  })
);

export const auditRow: () => z.ZodType<AuditRow> = lazily(() =>
  z.object({
    seq: z.number(),
    atMs: z.number(),
    // An edited row must be shown, not make the listing fail.
    kind: z.string() as unknown as z.ZodType<AuditRow["kind"]>,
    sessionId: z.string().nullable(),
    subject: z.string(),
    detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
    prevHash: z.string(),
    hash: z.string(),
  })
);

export const auditVerdict: () => z.ZodType<AuditVerdict> = lazily(() =>
  z.discriminatedUnion("ok", [
    z.object({ ok: z.literal(true), count: z.number(), head: z.string() }),
    z.object({ ok: z.literal(false), atSeq: z.number().nullable(), reason: z.string() }),
  ])
);

export const copyReport: () => z.ZodType<CopyReport> = lazily(() =>
  z.object({
    rows: z.record(z.string(), z.number()),
    audit: auditVerdict(),
    grants: z.array(grant()),
  })
);

const scope = z.enum(["session", "day"]);
const unit = z.enum(["tokens", "usd"]);

const capFact: () => z.ZodType<CapFact> = lazily(() =>
  z.object({
    scope,
    unit,
    limit: z.number(),
    spent: z.number(),
    asked: z.number(),
  })
);

export const holdAnswer: () => z.ZodType<HoldAnswer> = lazily(() =>
  z.discriminatedUnion("type", [
    z.object({ type: z.literal("held"), id: z.string(), warnings: z.array(capFact()) }),
    z.object({ type: z.literal("refused"), cap: capFact() }),
  ])
);

export const trip: () => z.ZodType<Trip> = lazily(() =>
  z.object({
    scope,
    key: z.string(),
    unit,
    cap: z.number(),
    limit: z.number(),
    atMs: z.number(),
  })
);

export const nothing = z.null().transform(() => undefined);

/** The kernel's end of the store. */
import * as z from "zod";
import {
  activity,
  auditRow,
  auditVerdict,
  copyReport,
  grant,
  holdAnswer,
  instructions,
  loadedSession,
  mcpApproval,
  nothing,
  outcome,
  searchHit,
  session,
  storedMessage,
  trip,
  usageRow,
} from "./answers.ts";
import { createMailboxClient } from "./mailbox_client.ts";
import type { StateDatabase, StoreCopies, StoreLifecycle } from "../api.ts";
import { createTaskClient } from "../tasks/client.ts";
import type { Client } from "../../wire.ts";

/**
 * The store behind a channel. Every method throws the `AppError` that the compartment answered,
 * or why the channel closed.
 */
export function createStoreClient(
  client: Client,
): StateDatabase & StoreLifecycle & StoreCopies {
  const ask = async <T>(schema: z.ZodType<T>, method: keyof StateDatabase, ...args: unknown[]) =>
    schema.parse(await client.call(method, args));
  return {
    ...createMailboxClient(client),
    ...createTaskClient(client),
    open: async (params) =>
      z.object({ created: z.boolean() }).parse(await client.call("open", params)),
    quickCheck: async () => z.string().nullable().parse(await client.call("quickCheck", null)),
    close: async () => nothing.parse(await client.call("close", null)),
    copyOut: async (params) => nothing.parse(await client.call("copyOut", params)),
    release: async () => nothing.parse(await client.call("release", null)),
    sealCopy: async (params) => copyReport().parse(await client.call("sealCopy", params)),

    createSession: (params) => ask(session(), "createSession", params),
    latestSession: (params) => ask(session().nullable(), "latestSession", params),
    loadSession: (id) => ask(loadedSession().nullable(), "loadSession", id),
    appendUser: (id, text, more) => ask(nothing, "appendUser", id, text, more),
    appendAssistant: (id, answer, audit) => ask(nothing, "appendAssistant", id, answer, audit),
    setCallState: (...call) => ask(nothing, "setCallState", ...call),
    appendToolResult: (...result) => ask(nothing, "appendToolResult", ...result),
    appendSummary: (id, summary) => ask(nothing, "appendSummary", id, summary),
    endTurn: (...end) => ask(nothing, "endTurn", ...end),

    listSessions: (params) => ask(z.array(session()), "listSessions", params),
    findSessions: (params) => ask(z.array(session()), "findSessions", params),
    recentOutcomes: (limit) => ask(z.array(outcome), "recentOutcomes", limit),
    sessionsBefore: (atMs) => ask(z.array(z.string()), "sessionsBefore", atMs),
    readMessages: (params) => ask(z.array(storedMessage()), "readMessages", params),
    readActivity: (params) => ask(z.array(activity()), "readActivity", params),
    searchMessages: (params) => ask(z.array(searchHit()), "searchMessages", params),
    readUsage: (params) => ask(z.array(usageRow()), "readUsage", params),
    deleteSession: (...which) => ask(z.boolean(), "deleteSession", ...which),

    listInstructions: (workspace) => ask(z.array(instructions()), "listInstructions", workspace),
    approveInstructions: (...given) => ask(nothing, "approveInstructions", ...given),
    revokeInstructions: (...which) => ask(nothing, "revokeInstructions", ...which),
    listMcpApprovals: (workspace) => ask(z.array(mcpApproval()), "listMcpApprovals", workspace),
    approveMcp: (...given) => ask(nothing, "approveMcp", ...given),
    forgetMcp: (...which) => ask(nothing, "forgetMcp", ...which),

    holdBudget: (request) => ask(holdAnswer(), "holdBudget", request),
    dropHold: (id) => ask(nothing, "dropHold", id),
    listTrips: (params) => ask(z.array(trip()), "listTrips", params),
    liftTrip: (...which) => ask(z.boolean(), "liftTrip", ...which),

    listGrants: () => ask(z.array(grant()), "listGrants"),
    hasGrant: (id) => ask(z.boolean(), "hasGrant", id),
    addGrant: (added) => ask(nothing, "addGrant", added),
    removeGrant: (id) => ask(z.boolean(), "removeGrant", id),
    useGrant: (id) => ask(z.boolean(), "useGrant", id),

    appendAudit: (entries) => ask(nothing, "appendAudit", entries),
    listAudit: (params) => ask(z.array(auditRow()), "listAudit", params),
    verifyAudit: () => ask(auditVerdict(), "verifyAudit"),
  };
}

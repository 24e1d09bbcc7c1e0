/** What the open session, or the newest of the workspace, read from outside, for those who look. */
import type { Ward } from "../ward.ts";
import type { AnsweredIn } from "../../kernel/policy/grant_book.ts";
import { Taint } from "../../kernel/policy/taint.ts";
import type { TaintState } from "../../model/report.ts";

/** The state; null where there is no session or it read nothing. */
export async function taintState(ward: Ward): Promise<TaintState | null> {
  const open = ward.sessionId;
  const { workspace } = ward.start.settings;
  const sessionId = open ?? (await ward.store.latestSession({ workspace }))?.id ?? null;
  if (sessionId === null) return null;
  const taint = open === null ? new Taint() : ward.taint;
  if (open === null) {
    const loaded = await ward.store.loadSession(sessionId);
    if (loaded?.outside) taint.add(loaded.outside);
  }
  if (taint.read === null) return null;
  const inForce = taint.inForce(await ward.book.active(sessionId), sessionId);
  const { sources, atMs } = inForce ?? taint.read;
  return { sessionId, sources, atMs, isLifted: inForce === null };
}

/**
 * Lifts what binds the open session: the user's word, by a grant that others see and can revoke.
 *
 * @param grantedBy Where the user said so.
 * @returns The state before, and the id of the grant; null where there was nothing to lift.
 */
export async function liftTaint(
  ward: Ward,
  grantedBy: AnsweredIn = "terminal",
): Promise<{ readonly before: TaintState; readonly grantId: string } | null> {
  const before = ward.sessionId === null ? null : await taintState(ward);
  if (before === null || before.isLifted) return null;
  const { sessionId } = before;
  const grant = await ward.book.mint(
    { compartment: "session", permission: "trust", value: sessionId },
    { scope: { type: "session", sessionId } },
    { grantedBy, reason: "/trust", sessionId },
  );
  return { before, grantId: grant.id };
}

/** A lease as a person types it: a time, a count, or both. */
import type { Approval } from "../../model/cells/permission.ts";

/** How long and how often. */
export type LeaseText = Pick<Approval, "scope" | "uses">;

/** A time such as `90s`, `15m`, `2h` or `7d` in milliseconds; null: it is none, or too long. */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,9})\s*([smhd])$/.exec(text);
  const ms = match ? Number(match[1]) * (UNITS[match[2] ?? ""] ?? 0) : 0;
  return ms > 0 && ms <= MAX_MS ? ms : null;
}

/** What may be typed. */
export const LEASE_FORM = "2h, 5 uses or 2h 5 uses (Enter: 1h)";

const UNITS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Longest lease by time: a year; longer is Always. */
const MAX_MS = 365 * 86_400_000;

/**
 * `2h`, `15m`, `5 uses`, `5`, `2h 5 uses`; nothing is one hour. A count alone lasts for the session.
 *
 * @returns null for anything else.
 */
export function parseLease(text: string): LeaseText | null {
  const typed = text.trim().toLowerCase();
  if (typed === "") return { scope: { forMs: 3_600_000 } };
  const match = /^(\d+\s*[smhd])?(?:(?:^|[\s,]+)(\d{1,6})(?:\s*uses?)?)?$/.exec(typed);
  if (!match) return null;
  const [, time, count] = match;
  const uses = count === undefined ? undefined : Number(count);
  const forMs = time === undefined ? undefined : parseDuration(time);
  if (uses === 0 || forMs === null) return null;
  return {
    scope: forMs === undefined ? "session" : { forMs },
    ...(uses === undefined ? {} : { uses }),
  };
}

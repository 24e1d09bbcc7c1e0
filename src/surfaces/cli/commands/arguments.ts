/** Values of arguments and options, checked. */
import { InvalidArgumentError } from "commander";
import { profileNameProblem } from "../../../model/profile.ts";

/** A whole number from 1 to 999999. */
export function wholeNumber(text: string): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (value < 1) throw new InvalidArgumentError("Allowed: a whole number from 1 to 999999.");
  return value;
}

/** The name of a profile. */
export function profileName(text: string): string {
  const problem = profileNameProblem(text);
  if (problem !== null) throw new InvalidArgumentError(`For a profile, ${problem}.`);
  return text;
}

const UNITS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A grant by time ends within a year; longer is `--always`. */
const MAX_DURATION_MS = 365 * 86_400_000;

/** A time such as `90s`, `15m`, `2h` or `7d`, in milliseconds. */
export function duration(text: string): number {
  const match = /^(\d{1,9})([smhd])$/.exec(text);
  const ms = match ? Number(match[1]) * (UNITS[match[2] ?? ""] ?? 0) : 0;
  if (ms <= 0 || ms > MAX_DURATION_MS) {
    throw new InvalidArgumentError("Allowed: a number with s, m, h or d, at most 365d.");
  }
  return ms;
}

/** Values of arguments and options, checked. */
import { InvalidArgumentError } from "commander";
import { parseDuration } from "../lease_text.ts";
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

/** A time such as `90s`, `15m`, `2h` or `7d`, in milliseconds. */
export function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) {
    throw new InvalidArgumentError("Allowed: a number with s, m, h or d, at most 365d.");
  }
  return ms;
}

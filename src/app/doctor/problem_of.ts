import { AppError } from "../../base/app_error.ts";
import type { Problem } from "../../kernel/doctor/facts.ts";

/** A failure as a finding tells it; what ward did not expect is named by its kind only. */
export function problemOf(error: unknown): Problem {
  if (error instanceof AppError) {
    return { code: error.code, message: error.message, hint: error.hint ?? null };
  }
  const name = error instanceof Error ? error.name : "unknown error";
  return { code: "doctor.unexpected", message: `It failed unexpectedly: ${name}`, hint: null };
}

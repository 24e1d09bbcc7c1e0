/** JSON text with every string redacted as it reads; what is no JSON is redacted as it stands. */
import { parseShallowJson } from "../../base/shallow_json.ts";
import type { Redactor } from "./redactor.ts";

/** The text itself where nothing in it is sensitive. */
export function redactJson(text: string, redactor: Redactor): string {
  let value: unknown;
  try {
    value = parseShallowJson(text);
  } catch {
    return redactor.redact(text);
  }
  const before = JSON.stringify(value);
  const after = JSON.stringify(redactValue(value, null, redactor));
  return after === before ? text : after;
}

/**
 * Each string of a value of JSON, names included.
 *
 * @param key Under which it stands, in a list that of the list.
 */
export function redactValue(value: unknown, key: string | null, redactor: Redactor): unknown {
  if (typeof value === "string") {
    return key === null ? redactor.redact(value) : redactor.redactField(key, value);
  }
  if (typeof value === "number") {
    // A card number that a model wrote as one, a code under `password`.
    const text = String(value);
    if (key !== null && !redactor.redact(`${key}: ${text}`).endsWith(text)) {
      return redactor.redactField(key, text);
    }
    const redacted = redactor.redact(text);
    return redacted === text ? value : redacted;
  }
  if (Array.isArray(value)) return value.map((one) => redactValue(one, key, redactor));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map((
      [name, inner],
    ) => [redactor.redact(name), redactValue(inner, name, redactor)]),
  );
}

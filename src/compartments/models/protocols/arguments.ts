import { parseShallowJson } from "../../../base/shallow_json.ts";
import type { StopReason } from "../../../model/conversation/model_stream.ts";

/**
 * Arguments of a call as an object, for protocols that take nothing else: what the model wrote
 * wrongly becomes an empty one, and the result that follows tells the model.
 */
export function argumentsObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = parseShallowJson(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch {
    // Ill-formed.
  }
  return {};
}

/**
 * Arguments of a call as they came. None at all are those of a call without arguments only where
 * the answer came to its end: elsewhere the call was cut before its first one, and must not run.
 *
 * @param none What stands for none. @default {"{}"}
 */
export function finishedArguments(
  text: string,
  stopReason: StopReason,
  none: string = "{}",
): string {
  return text === "" && (stopReason === "tool_calls" || stopReason === "end") ? none : text;
}

/** Maps ids of calls that another service made to letters, digits, `_` and `-`, one to one. */
export function plainIds(): (raw: string) => string {
  return mappedIds((raw, n) => {
    const clean = raw.replace(/[^a-zA-Z0-9_-]/g, "_") || "call";
    return n === 1 ? clean : `${clean}_${n}`;
  });
}

/**
 * Gives each id a form that a service takes, the same one each time.
 *
 * @param form The form of an id at the nth try; tries go on until one is free.
 */
export function mappedIds(form: (raw: string, n: number) => string): (raw: string) => string {
  const known = new Map<string, string>();
  const taken = new Set<string>();
  return (raw) => {
    const before = known.get(raw);
    if (before !== undefined) return before;
    let id = form(raw, 1);
    for (let n = 2; taken.has(id); n++) id = form(raw, n);
    known.set(raw, id);
    taken.add(id);
    return id;
  };
}

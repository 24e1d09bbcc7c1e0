/** Levels of arrays and objects in one another; no tool takes a tenth of them. */
const MAX_LEVELS = 200;

/**
 * JSON that whatever walks it can walk: what is nested deeper is read by the runtime, but overflows
 * the stack of the first function that goes through it, `JSON.stringify` too.
 *
 * @throws {SyntaxError} It is no JSON, or nested more than 200 levels deep.
 */
export function parseShallowJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  let level = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
    if (token === "[" || token === "{") level++;
    else if (token === "]" || token === "}") level--;
    if (level > MAX_LEVELS) throw new SyntaxError(`JSON of more than ${MAX_LEVELS} levels`);
  }
  return value;
}

/** Levels that are indented; more would only make a text long. */
const MAX_LEVEL = 20;

/**
 * JSON with a line for each value. Its tokens stay as they are, because numbers that are ids can
 * be larger than a number of this language. What is no JSON stays as it is.
 */
export function indented(text: string): string {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  let level = 0;
  const line = () => `\n${"  ".repeat(Math.min(level, MAX_LEVEL))}`;
  let out = "";
  for (const [token] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s"{}[\],:]+/g)) {
    if (token === "{" || token === "[") {
      level++;
      out += token + line();
    } else if (token === "}" || token === "]") {
      level--;
      // An empty one stays on its line.
      out = /[{[]\s*$/.test(out.slice(-2 * MAX_LEVEL - 4))
        ? out.trimEnd() + token
        : out + line() + token;
    } else if (token === ",") out += token + line();
    else out += token === ":" ? ": " : token;
  }
  return out;
}

/** Names of served tools among all tools: `mcp_<alias>_<tool>`, none of which is another's. */

/** Longest name that every model's service takes. */
const MAX_NAME = 64;

/** A tool of a server. */
export interface ServedName {
  readonly alias: string;
  readonly tool: string;
}

/**
 * A name for each, in order; null for one that gets none. Letters that services do not take become
 * `_`, long names are cut; where that makes two the same, each of them ends in a hash of what it is,
 * so that no server can take the name of another's tool, nor of a tool of ward's own.
 *
 * @param taken Names of the other tools.
 * @param hash SHA-256 in hex.
 */
export function toolNames(
  served: readonly ServedName[],
  taken: readonly string[],
  hash: (text: string) => string,
): (string | null)[] {
  const own = new Set(taken.map(folded));
  const plain = served.map(({ alias, tool }) => `mcp_${cleaned(alias)}_${cleaned(tool)}`);
  const count = new Map<string, number>();
  for (const name of plain) count.set(folded(name), (count.get(folded(name)) ?? 0) + 1);
  const given = new Set<string>();
  return served.map(({ alias, tool }, at) => {
    const name = plain[at] ?? "";
    const isPlain = name.length <= MAX_NAME && count.get(folded(name)) === 1 &&
      !own.has(folded(name));
    const suffix = `_${hash(`${alias}\n${tool}`).slice(0, 10)}`;
    const final = isPlain ? name : name.slice(0, MAX_NAME - suffix.length) + suffix;
    // The same name twice from one server, or a hash that was looked for.
    if (given.has(folded(final)) || own.has(folded(final))) return null;
    given.add(folded(final));
    return final;
  });
}

/** Names that a person, or a service, takes for one. */
function folded(name: string): string {
  return name.toLowerCase().replaceAll("-", "_");
}

function cleaned(text: string): string {
  return text.replace(/[^A-Za-z0-9_-]/g, "_");
}

/** A sandbox line with one argument changed: for control runs, and to see the proof turn red. */

/** What to do to the real line; arguments are data, nothing is parsed by a shell. */
export interface Alteration {
  /** Put in place of the argument; only the first one like it. */
  readonly replace?: Readonly<Record<string, readonly string[]>>;
  /** Taken out with its value. */
  readonly without?: readonly string[];
  /** Put before everything else. */
  readonly first?: readonly string[];
  /** Put behind the mounts, before the command. */
  readonly last?: readonly string[];
  /** Variables that the helper itself gets. */
  readonly env?: Readonly<Record<string, string>>;
}

const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/**
 * Writes a program that changes the line it is started with and becomes the real helper.
 *
 * @returns Its path.
 */
export async function alteredBwrap(folder: string, alteration: Alteration): Promise<string> {
  const { replace = {}, without = [], first = [], last = [], env = {} } = alteration;
  const cases = [
    ...Object.entries(replace).map(([from, to]) =>
      `${quote(from)}) set -- "$@" ${to.map(quote).join(" ")};;`
    ),
    ...without.map((name) => `${quote(name)}) skip=1;;`),
    `--) if [ -z "$ended" ]; then ended=1; set -- "$@" ${last.map(quote).join(" ")} --;
       else set -- "$@" --; fi;;`,
    `*) set -- "$@" "$word";;`,
  ];
  const script = `#!/bin/sh
skip= ended= count=$#
while [ "$count" -gt 0 ]; do
  word=$1; shift; count=$((count-1))
  if [ -n "$skip" ]; then skip=; continue; fi
  if [ -n "$ended" ]; then set -- "$@" "$word"; continue; fi
  case "$word" in
    ${cases.join("\n    ")}
  esac
done
${Object.entries(env).map(([name, value]) => `export ${name}=${quote(value)}`).join("\n")}
exec /usr/bin/bwrap ${first.map(quote).join(" ")} "$@"
`;
  const path = `${folder}/bwrap-${crypto.randomUUID().slice(0, 8)}`;
  await Deno.writeTextFile(path, script, { mode: 0o755 });
  return path;
}

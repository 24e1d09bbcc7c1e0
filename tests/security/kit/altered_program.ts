/** A line of the sandbox with one argument changed: for control runs, and to see the proof turn red. */

/** What to do to the real line; arguments are data, nothing is parsed by a shell. */
export interface Alteration {
  /** Put in place of the argument, before the command. */
  readonly replace?: Readonly<Record<string, readonly string[]>>;
  /** Put in place of the first argument like it in the command. */
  readonly command?: Readonly<Record<string, readonly string[]>>;
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
 * Writes a program that changes the line it is started with and becomes the real one.
 *
 * @returns Its path.
 */
export async function alteredProgram(
  folder: string,
  real: string,
  alteration: Alteration,
): Promise<string> {
  const { replace = {}, command = {}, without = [], first = [], last = [], env = {} } = alteration;
  const cases = [
    ...Object.entries(replace).map(([from, to]) =>
      `${quote(from)}) set -- "$@" ${to.map(quote).join(" ")};;`
    ),
    ...without.map((name) => `${quote(name)}) skip=1;;`),
    `--) if [ -z "$ended" ]; then ended=1; set -- "$@" ${last.map(quote).join(" ")} --;
       else set -- "$@" --; fi;;`,
    `*) set -- "$@" "$word";;`,
  ];
  const commandCases = Object.entries(command).map(([from, to], index) =>
    `${quote(from)}) if [ -z "$done${index}" ]; then done${index}=1;
       set -- "$@" ${to.map(quote).join(" ")}; else set -- "$@" "$word"; fi;;`
  );
  const script = `#!/bin/sh
skip= ended= count=$# ${Object.keys(command).map((_, index) => `done${index}=`).join(" ")}
while [ "$count" -gt 0 ]; do
  word=$1; shift; count=$((count-1))
  if [ -n "$skip" ]; then skip=; continue; fi
  if [ -n "$ended" ]; then
    case "$word" in
      ${commandCases.join("\n      ")}
      *) set -- "$@" "$word";;
    esac
    continue
  fi
  case "$word" in
    ${cases.join("\n    ")}
  esac
done
${Object.entries(env).map(([name, value]) => `export ${name}=${quote(value)}`).join("\n")}
exec ${quote(real)} ${first.map(quote).join(" ")} "$@"
`;
  const path = `${folder}/altered-${crypto.randomUUID().slice(0, 8)}`;
  await Deno.writeTextFile(path, script, { mode: 0o755 });
  return path;
}

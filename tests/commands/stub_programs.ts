/** Stub programs that record their arguments: one file a call, words ended by NUL. */
export interface Stubs {
  /** Absolute path by name. */
  readonly programs: Record<string, string>;
  readonly folder: string;
  /** What was called since the last look, sorted; program first. */
  take(): Promise<string[][]>;
}

/** Makes stubs in `folder`; each prints its words on a line. */
export async function makeStubs(folder: string, names: readonly string[]): Promise<Stubs> {
  const records = `${folder}/records`;
  const bin = `${folder}/bin`;
  await Deno.mkdir(records, { recursive: true });
  await Deno.mkdir(bin, { recursive: true });
  // What ward itself asks git is answered, not recorded.
  const script = `#!/bin/sh
case "$*" in *"--name-only -z") exit 0;; esac
printf '%s\\0' "\${0##*/}" "$@" > "${records}/$$"
printf '%s ' "\${0##*/}" "$@"
echo
`;
  const programs: Record<string, string> = {};
  for (const name of names) {
    programs[name] = `${bin}/${name}`;
    await Deno.writeTextFile(programs[name]!, script, { mode: 0o755 });
  }
  return {
    programs,
    folder: bin,
    async take() {
      const calls: string[][] = [];
      for await (const { name } of Deno.readDir(records)) {
        const text = await Deno.readTextFile(`${records}/${name}`);
        calls.push(text.split("\0").slice(0, -1));
        await Deno.remove(`${records}/${name}`);
      }
      return calls.sort((a, b) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
    },
  };
}

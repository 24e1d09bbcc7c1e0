/** What a child gave: its output, or the errno named in its message. */
export interface Attempt {
  readonly stdout: string;
  readonly errno: string | null;
  readonly code: number;
}

const ERRNO_TEXTS: readonly (readonly [string, string])[] = [
  ["No such file or directory", "ENOENT"],
  ["Permission denied", "EACCES"],
  ["permission denied", "EACCES"],
  ["Operation not permitted", "EPERM"],
  ["must be superuser", "EPERM"],
  ["Read-only file system", "EROFS"],
  ["Too many levels", "ELOOP"],
];

/**
 * Runs a program of the proof with an empty environment and nothing to read.
 *
 * @param keepEnvironment Whether it gets this process's own variables instead.
 */
export async function attempt(
  program: string,
  args: string[],
  keepEnvironment: boolean = false,
): Promise<Attempt> {
  const output = await new Deno.Command(program, {
    args,
    ...keepEnvironment ? {} : { clearEnv: true, env: { LC_ALL: "C" } },
    stdin: "null",
  }).output();
  const stderr = new TextDecoder().decode(output.stderr);
  const named = ERRNO_TEXTS.find(([text]) => stderr.includes(text));
  return {
    stdout: new TextDecoder().decode(output.stdout),
    errno: output.success ? null : named?.[1] ?? "EUNKNOWN",
    code: output.code,
  };
}

/** What a child gave: its output, or the errno named in its message. */
export interface Attempt {
  readonly stdout: string;
  readonly errno: string | null;
  readonly code: number;
}

/** The same for a program that was given several things to try. */
export interface Attempts extends Attempt {
  /** The errno of the message that names this text; null where none does. */
  errnoOf(text: string): string | null;
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
): Promise<Attempts> {
  const output = await new Deno.Command(program, {
    args,
    ...keepEnvironment ? {} : { clearEnv: true, env: { LC_ALL: "C" } },
    stdin: "null",
  }).output();
  const stderr = new TextDecoder().decode(output.stderr);
  return {
    stdout: new TextDecoder().decode(output.stdout),
    errno: output.success ? null : errnoIn(stderr),
    code: output.code,
    errnoOf(text) {
      const line = stderr.split("\n").find((one) => one.includes(text));
      return line === undefined ? null : errnoIn(line);
    },
  };
}

function errnoIn(message: string): string {
  return ERRNO_TEXTS.find(([text]) => message.includes(text))?.[1] ?? "EUNKNOWN";
}

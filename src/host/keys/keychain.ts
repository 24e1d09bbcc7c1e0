/**
 * The system's keychain by its own command: `secret-tool` (libsecret) on Linux, `security` on
 * macOS, PowerShell on Windows (`windows_credentials.ts`). The key goes in by stdin, never as an
 * argument that `ps` shows. Any failure counts as "no keychain here": absent program, no session
 * bus, locked, too slow.
 */
import {
  credentialRequest,
  POWERSHELL_ARGUMENTS,
  POWERSHELL_TIMEOUT_MS,
  readCredential,
} from "./windows_credentials.ts";

/** Runs a program and waits for its end; how, is the caller's (only the launcher may). */
export type RunProgram = (
  program: string,
  args: readonly string[],
  stdin: string,
  options: { signal: AbortSignal },
) => Promise<{ code: number; stdout: string }>;

/** One secret of this profile in the keychain. */
export interface Keychain {
  /** The secret, or null when there is none or no keychain. */
  lookUp(): Promise<string | null>;
  /** Stores it; false when that failed. */
  store(secret: string): Promise<boolean>;
  /** Takes it out; false when that failed. */
  remove(): Promise<boolean>;
}

/** Longest wait for one program: a keychain that asks the user to unlock it is no use here. */
const TIMEOUT_MS = 2_000;

/**
 * The keychain of a system, or null where ward knows none.
 *
 * @param options.os As in `Deno.build.os`.
 * @param options.account Tells profiles apart; the path of the home.
 * @param options.secret Name of a secret other than the key of the database.
 * @param options.timeoutMs @default 2000; 15000 on Windows
 */
export function systemKeychain(
  run: RunProgram,
  options: {
    os: string;
    account: string;
    secret?: string | undefined;
    timeoutMs?: number | undefined;
  },
): Keychain | null {
  const { os, secret: name } = options;
  const { timeoutMs = os === "windows" ? POWERSHELL_TIMEOUT_MS : TIMEOUT_MS } = options;
  // A path holds no NUL and ward's names no colon: no two secrets share an entry.
  const account = name === undefined ? options.account : `${options.account}:secret:${name}`;
  const label = `ward ${name ?? "database"}`;
  const ask = async (program: string, args: readonly string[], stdin: string) => {
    // A timer of our own: the program may hang without looking at the signal.
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const expired = new Promise<null>((resolve) => {
      timer = setTimeout(() => {
        abort.abort();
        resolve(null);
      }, timeoutMs);
    });
    const answer = run(program, args, stdin, { signal: abort.signal }).catch(() => null);
    const result = await Promise.race([answer, expired]);
    clearTimeout(timer);
    return result?.code === 0 ? result.stdout.trim() : null;
  };
  switch (os) {
    case "linux": {
      const attributes = ["service", "ward", "account", account];
      return {
        lookUp: () => ask("secret-tool", ["lookup", ...attributes], ""),
        store: async (secret) =>
          await ask("secret-tool", ["store", `--label=${label}`, ...attributes], secret) !==
            null,
        remove: async () => await ask("secret-tool", ["clear", ...attributes], "") !== null,
      };
    }
    case "darwin": {
      const entry = ["-s", "ward", "-a", account];
      const quote = (word: string) => `"${word.replace(/["\\]/g, "\\$&")}"`;
      const quoted = entry.map(quote).join(" ");
      return {
        lookUp: () => ask("security", ["find-generic-password", ...entry, "-w"], ""),
        store: async (secret) =>
          await ask(
            "security",
            ["-i"],
            `add-generic-password -U ${quoted} -w ${quote(secret)}\n`,
          ) !==
            null,
        remove: async () =>
          await ask("security", ["delete-generic-password", ...entry], "") !== null,
      };
    }
    case "windows": {
      const target = `ward:${account}`;
      const askWindows = async (...[verb, secret]: ["get" | "remove"] | ["set", string]) => {
        const request = credentialRequest(verb, target, secret);
        return request === null ? null : await ask("powershell.exe", POWERSHELL_ARGUMENTS, request);
      };
      return {
        async lookUp() {
          const answer = await askWindows("get");
          return answer === null ? null : readCredential(answer);
        },
        store: async (secret) => await askWindows("set", secret) !== null,
        remove: async () => await askWindows("remove") !== null,
      };
    }
    default:
      return null;
  }
}

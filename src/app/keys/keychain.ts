/** The system's keychain, asked by the launcher. */
import type { Client } from "../../compartments/wire.ts";
import { type Keychain, systemKeychain } from "../../host/keys/keychain.ts";
import { POWERSHELL } from "../../host/keys/windows_credentials.ts";

/** Programs that speak to a keychain on this machine; to be on the launcher's list. */
export function keychainPrograms(): string[] {
  return Deno.build.os === "windows"
    ? [POWERSHELL].filter(isFile)
    : ["secret-tool", "security"].map(findSystemProgram).filter((path) => path !== null);
}

/** The keychain of a profile; null where ward knows none. */
export function keychainOf(
  launcher: Client,
  { programs, variables, home, secret }: {
    readonly programs: readonly string[];
    readonly variables: Readonly<Record<string, string>>;
    readonly home: string;
    /** Name of a secret other than the key of the database. */
    readonly secret?: string | undefined;
  },
): Keychain | null {
  return systemKeychain(async (name, args, input, { signal }) => {
    const program = programs.find((one) => one.endsWith("/" + name));
    if (!program) return { code: 127, stdout: "" };
    const env = passed(variables);
    const answer = await launcher.call("run", { program, args, input, env }, { signal });
    return answer as { code: number; stdout: string };
  }, { os: Deno.build.os, account: home, secret });
}

/**
 * One secret in the keychain, asked by this process itself: for commands that open no store, and
 * before the right to start programs is given up.
 */
export function directKeychain(
  secret: string | undefined,
  { variables, home }: {
    readonly variables: Readonly<Record<string, string>>;
    readonly home: string;
  },
): Keychain | null {
  const programs = keychainPrograms();
  if (programs.length === 0) return null;
  return systemKeychain(async (name, args, input, { signal }) => {
    const program = programs.find((one) => one.endsWith("/" + name));
    if (!program) return { code: 127, stdout: "" };
    const child = new Deno.Command(program, {
      args: [...args],
      clearEnv: true,
      env: passed(variables),
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
      signal,
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(input)).catch(() => {});
    await writer.close().catch(() => {});
    const { code, stdout } = await child.output();
    return { code, stdout: new TextDecoder().decode(stdout) };
  }, { os: Deno.build.os, account: home, secret });
}

/** Variables that a keychain is found by, and that Windows' programs do not start without. */
const PASSED: ReadonlySet<string> = new Set(
  Deno.build.os === "windows"
    ? ["SYSTEMROOT", "WINDIR", "TEMP", "TMP", "USERPROFILE", "APPDATA", "LOCALAPPDATA"]
    : ["DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "HOME"],
);

/** Helpers come from system folders, never from PATH. */
function findSystemProgram(name: string): string | null {
  return ["/usr/bin", "/bin", "/usr/local/bin"].map((folder) => `${folder}/${name}`)
    .find(isFile) ?? null;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Those of {@linkcode PASSED}. Windows does not tell cases of a name apart, and shells differ. */
function passed(variables: Readonly<Record<string, string>>): Record<string, string> {
  const isPassed = (name: string) =>
    PASSED.has(Deno.build.os === "windows" ? name.toUpperCase() : name);
  return Object.fromEntries(Object.entries(variables).filter(([name]) => isPassed(name)));
}

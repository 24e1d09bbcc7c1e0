/** The service manager of the user: systemd's, or launchd. Its programs come from system folders. */
import type { ServiceManager } from "../../model/services/service_manager.ts";

/** What it printed. */
export interface ManagerAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Programs of a manager, to be run with the few variables by which they find the user's. */
export interface ManagerPrograms {
  readonly manager: ServiceManager;
  /** Runs one to its end. */
  run(name: string, args: readonly string[]): Promise<ManagerAnswer>;
  /** Runs one that prints to this process's own output until it ends or is stopped. */
  show(name: string, args: readonly string[], signal: AbortSignal): Promise<number>;
}

/** Folders that only root writes to. */
const FOLDERS = ["/usr/bin", "/bin"];

/** Variables that they get. */
const PASSED = ["HOME", "USER", "LOGNAME", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "LANG"];

/** The manager of this machine; null: none that ward knows. */
export function findManager(
  variables: Readonly<Record<string, string>>,
  os: string = Deno.build.os,
): ManagerPrograms | null {
  const manager = os === "darwin" ? "launchd" : os === "linux" ? "systemd" : null;
  const main = manager === "launchd" ? "launchctl" : "systemctl";
  if (manager === null || placeOf(main) === null) return null;
  const env = Object.fromEntries(
    PASSED.flatMap((name) => variables[name] === undefined ? [] : [[name, variables[name]]]),
  );
  const command = (name: string, args: readonly string[], options: Deno.CommandOptions) =>
    new Deno.Command(placeOf(name) ?? `/usr/bin/${name}`, {
      args: [...args],
      clearEnv: true,
      env,
      stdin: "null",
      ...options,
    });
  return {
    manager,
    async run(name, args) {
      if (placeOf(name) === null) return { code: 127, stdout: "", stderr: `no ${name} here` };
      const output = await command(name, args, { stdout: "piped", stderr: "piped" }).output();
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      return { code: output.code, stdout: text(output.stdout), stderr: text(output.stderr) };
    },
    async show(name, args, signal) {
      const options = { stdout: "inherit", stderr: "inherit", signal } as const;
      return (await command(name, args, options).spawn().status).code;
    },
  };
}

function placeOf(name: string): string | null {
  const isThere = (path: string) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  };
  return FOLDERS.map((folder) => `${folder}/${name}`).find(isThere) ?? null;
}

/** How a service stands, read from what its manager prints. */

/** See {@linkcode readSystemd}. */
export interface ServiceState {
  /** In the manager's words, such as `active (running)`, `not loaded`. */
  readonly state: string;
  readonly isRunning: boolean;
  /** Whether it starts by itself; null: not said. */
  readonly isEnabled: boolean | null;
  readonly pid: number | null;
  /** Starts after the first one; null: not said. */
  readonly restarts: number | null;
  /** Exit code of the last run; null: none has ended, or not said. */
  readonly lastExit: number | null;
}

/** Properties that {@linkcode readSystemd} takes. */
export const SYSTEMD_PROPERTIES: readonly string[] = [
  "LoadState",
  "ActiveState",
  "SubState",
  "UnitFileState",
  "MainPID",
  "NRestarts",
  "ExecMainStatus",
];

/** Reads `systemctl show`: lines of `name=value`. */
export function readSystemd(text: string): ServiceState {
  const values = new Map(
    text.split("\n").map((line): [string, string] => {
      const at = line.indexOf("=");
      return [line.slice(0, Math.max(at, 0)), line.slice(at + 1).trim()];
    }),
  );
  const active = values.get("ActiveState") || "unknown";
  const isLoaded = values.get("LoadState") === "loaded";
  const pid = countIn(values.get("MainPID"));
  return {
    state: isLoaded ? `${active} (${values.get("SubState") || "unknown"})` : "not loaded",
    isRunning: active === "active",
    isEnabled: isLoaded ? values.get("UnitFileState") === "enabled" : null,
    pid: pid === 0 ? null : pid,
    restarts: countIn(values.get("NRestarts")),
    lastExit: pid === 0 ? countIn(values.get("ExecMainStatus")) : null,
  };
}

/** Reads `launchctl print`: lines of `name = value`, its own first. */
export function readLaunchd(text: string): ServiceState {
  const first = (name: string) =>
    text.split("\n").find((line) => line.trim().startsWith(`${name} = `))?.split(" = ", 2)[1]
      ?.trim();
  const state = first("state") ?? "not loaded";
  return {
    state,
    isRunning: state === "running",
    isEnabled: null,
    pid: countIn(first("pid")),
    restarts: countIn(first("runs")),
    lastExit: countIn(first("last exit code")),
  };
}

function countIn(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

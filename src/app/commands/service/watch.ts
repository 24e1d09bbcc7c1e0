/** `ward service status` and `logs`. */
import { domain } from "./install.ts";
import { serviceOf } from "./parts.ts";
import { print, type ProfileContext } from "../context.ts";
import { AppError } from "../../../base/app_error.ts";
import { readWhole } from "../../../host/files/service_file.ts";
import {
  readLaunchd,
  readSystemd,
  type ServiceState,
  SYSTEMD_PROPERTIES,
} from "../../../kernel/service/service_state.ts";
import type { ParsedCommand } from "../../../surfaces/cli/parsed_command.ts";
import { revealHidden } from "../../../surfaces/cli/sanitize_terminal.ts";

/** Prints how it stands. @returns 3, as other service commands do, where it does not run. */
export async function serviceStatus(context: ProfileContext): Promise<number> {
  const { programs, place } = serviceOf(context);
  const isInstalled = readWhole(place.path) !== null;
  const asked = programs.manager === "systemd"
    ? ["--user", "show", place.name, ...SYSTEMD_PROPERTIES.map((one) => `--property=${one}`)]
    : ["print", `${domain()}/${place.name}`];
  const { code, stdout, stderr } = await programs.run(
    programs.manager === "systemd" ? "systemctl" : "launchctl",
    asked,
  );
  // launchctl says by its code that a service is not loaded; systemctl that there is no manager.
  if (code !== 0 && programs.manager === "systemd") {
    const words = revealHidden(stderr.trim().slice(0, 300));
    throw new AppError("service.refused", `systemd of this user does not answer: ${words}`, {
      hint: "Log in as the user itself, not by su or sudo, so that it has a session",
    });
  }
  const state = programs.manager === "systemd" ? readSystemd(stdout) : readLaunchd(stdout);
  print(
    context,
    { service: place.name, file: place.path, installed: isInstalled, ...state },
    () => linesOf(place.name, place.path, isInstalled, state),
  );
  return state.isRunning ? 0 : 3;
}

function linesOf(
  name: string,
  path: string,
  isInstalled: boolean,
  { state, isEnabled, pid, restarts, lastExit }: ServiceState,
): string {
  return [
    `${name}: ${isInstalled ? revealHidden(state) : "not installed (ward service install)"}`,
    ...isInstalled ? [`file: ${revealHidden(path)}`] : [],
    ...isEnabled === null ? [] : [`starts by itself: ${isEnabled ? "yes" : "no"}`],
    ...pid === null ? [] : [`process: ${pid}`],
    ...restarts === null || restarts === 0 ? [] : [`started again: ${restarts} times`],
    ...lastExit === null || lastExit === 0 ? [] : [`last exit code: ${lastExit}`],
  ].join("\n") + "\n";
}

/** Shows what the service printed; what ward logged is in `ward logs`. */
export async function serviceLogs(
  { limit, follow }: Extract<ParsedCommand, { type: "service_logs" }>,
  context: ProfileContext,
): Promise<number> {
  const { programs, place } = serviceOf(context);
  const stop = new AbortController();
  const end = () => stop.abort();
  Deno.addSignalListener("SIGINT", end);
  Deno.addSignalListener("SIGTERM", end);
  try {
    const lines = ["-n", String(limit), ...follow ? ["-f"] : []];
    const code = programs.manager === "systemd"
      ? await programs.show(
        "journalctl",
        ["--user", "--no-pager", "--unit", place.name, ...lines],
        stop.signal,
      )
      : await programs.show(
        "tail",
        [...lines, `${context.profile.paths.home}/logs/service.log`],
        stop.signal,
      );
    return stop.signal.aborted ? 130 : code;
  } finally {
    Deno.removeSignalListener("SIGINT", end);
    Deno.removeSignalListener("SIGTERM", end);
  }
}

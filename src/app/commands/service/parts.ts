/** The service of a profile: where it is, what it would be, who keeps it running. */
import type { ProfileContext } from "../context.ts";
import { ownCommand } from "../../start/own_command.ts";
import { workspaceOf } from "../../start/process.ts";
import { AppError } from "../../../base/app_error.ts";
import { sha256 } from "../../../host/files/text_hash.ts";
import { machineFor } from "../../start/machine_for.ts";
import { findManager, type ManagerPrograms } from "../../../host/process/service_manager.ts";
import type { ServicePlan } from "../../../kernel/service/service_file.ts";
import {
  SERVICE_VARIABLE,
  type ServicePlace,
  servicePlace,
} from "../../../kernel/service/service_name.ts";

/** Seconds beyond ward's own end of a shutdown before it is killed. */
const STOP_MARGIN_S = 10;

/** Where the service of this profile is. @throws {AppError} `service.no_manager`. */
export function serviceOf(
  { profile }: ProfileContext,
): { readonly programs: ManagerPrograms; readonly place: ServicePlace } {
  const { environment: { variables }, osHome, paths } = profile;
  const programs = findManager(variables);
  if (programs === null) {
    throw new AppError("service.no_manager", "No service manager that ward knows is here", {
      hint: "It knows systemd and launchd; elsewhere keep `ward start` running as you do others, " +
        "such as in tmux",
    });
  }
  const { name, source } = paths.profile;
  const place = servicePlace(programs.manager, {
    profile: source === "variable" ? null : name,
    homeHash: sha256(paths.home).slice(0, 8),
    osHome,
    config: variables["XDG_CONFIG_HOME"] ?? null,
  });
  return { programs, place };
}

/**
 * What the service would be.
 *
 * @param credentials Variables by name, with the absolute path of the file that holds each.
 * @throws {AppError} What is wrong with configuration or workspace.
 */
export function planOf(
  { profile }: ProfileContext,
  { programs, place }: { readonly programs: ManagerPrograms; readonly place: ServicePlace },
  options: {
    readonly workspace: string | null;
    readonly credentials: Readonly<Record<string, string>>;
  },
): ServicePlan {
  if (!profile.config.ok) throw profile.config.error;
  const { environment: { variables }, paths } = profile;
  const { name, source } = paths.profile;
  const own = ownCommand(profile);
  const named = source === "variable" ? null : name;
  // By PATH programs of cells are found, which a manager would set to a few folders.
  const kept = ["PATH", "WARD_HOME", "WARD_DATA", "WARD_CONFIG"]
    .flatMap((one) => variables[one] === undefined ? [] : [[one, variables[one]] as const]);
  return {
    manager: programs.manager,
    name: place.name,
    title: `ward, a personal agent (${named ?? paths.home})`,
    command: [
      own.program,
      ...own.args,
      // By name also where it is the active one: that may change.
      ...named === null ? [] : ["-p", named],
      ...options.workspace === null ? [] : ["-w", workspaceOf(profile, options.workspace).path],
      "start",
    ],
    folder: paths.home,
    // Who it is told by that somebody starts it again when it ends.
    variables: { ...Object.fromEntries(kept), [SERVICE_VARIABLE]: programs.manager },
    credentials: options.credentials,
    logs: `${paths.home}/logs`,
    stopSeconds: profile.config.parsed.file.daemon.shutdown_s + STOP_MARGIN_S,
    needsSetuid: isSetuid(machineFor(profile.environment).bwrap),
  };
}

function isSetuid(program: string | null | undefined): boolean {
  if (!program) return false;
  return ((Deno.statSync(program).mode ?? 0) & 0o4000) !== 0;
}

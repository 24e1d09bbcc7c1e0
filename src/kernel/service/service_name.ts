import type { ServiceManager } from "../../model/services/service_manager.ts";

/** Variable that a service of ward's own has: what ends there is started again by its manager. */
export const SERVICE_VARIABLE = "WARD_SERVICE";

/** The service of a profile at its manager, and the file that says so. */
export interface ServicePlace {
  /** As the manager calls it. */
  readonly name: string;
  /** Absolute path of its file. */
  readonly path: string;
}

/**
 * Where the service of a profile is.
 *
 * @param inputs `profile`: null: a home that `WARD_HOME` names. `homeHash`: letters and digits that
 * stand for that home. `config`: `XDG_CONFIG_HOME`, where it is set.
 */
export function servicePlace(manager: ServiceManager, inputs: {
  readonly profile: string | null;
  readonly homeHash: string;
  readonly osHome: string;
  readonly config: string | null;
}): ServicePlace {
  const part = inputs.profile === "default" ? null : inputs.profile ?? `home-${inputs.homeHash}`;
  if (manager === "launchd") {
    const name = part === null ? "org.ward" : `org.ward.${part}`;
    return { name, path: `${inputs.osHome}/Library/LaunchAgents/${name}.plist` };
  }
  const name = part === null ? "ward.service" : `ward-${part}.service`;
  const config = inputs.config?.startsWith("/") ? inputs.config : `${inputs.osHome}/.config`;
  return { name, path: `${config}/systemd/user/${name}` };
}

import type { Ward } from "../ward.ts";
import type { ServerParts } from "./start_server.ts";

/** What servers of a process are started from. */
export function serverParts(ward: Ward): ServerParts {
  const { start, form, machine, data, planted, hands, threads, openEgress, onPlanted } = ward;
  return {
    settings: start.settings,
    form,
    machine,
    data,
    osHome: start.osHome,
    planted,
    hands,
    launcher: threads.launcher,
    openEgress,
    onPlanted,
    authorize: () => Promise.resolve({ problem: "no_login" }),
  };
}

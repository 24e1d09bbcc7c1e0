import { createMcpAuthorizer } from "./login/authorizer.ts";
import type { Ward } from "../ward.ts";
import type { ServerParts } from "./start_server.ts";
import { systemClock } from "../../host/process/system.ts";

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
    authorize: createMcpAuthorizer({
      form,
      home: start.settings.home,
      secrets: ward.secrets,
      hosts: start.settings.web.hosts,
      clock: systemClock,
      onLogin: (login) => start.known.addLogin(login),
      onProblem: (alias, { code }) => ward.log.write("warn", "mcp_login", { alias, code }),
    }),
  };
}

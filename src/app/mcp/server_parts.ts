import { createMcpAuthorizer } from "./login/authorizer.ts";
import { createSlackAuthorizer } from "../slack/authorizer.ts";
import type { Ward } from "../ward.ts";
import type { ServerParts } from "./start_server.ts";
import type { AppError } from "../../base/app_error.ts";
import { resolveHost } from "../../host/process/resolve_host.ts";
import { systemClock } from "../../host/process/system.ts";
import type { Login } from "../../model/services/account.ts";
import type { McpAuthorizer } from "../../model/services/mcp_login.ts";

/** What servers of a process are started from. */
export function serverParts(ward: Ward): ServerParts {
  const { start, form, machine, data, planted, hands, running, threads, openEgress, onPlanted } =
    ward;
  return {
    settings: start.settings,
    form,
    machine,
    data,
    osHome: start.osHome,
    planted,
    hands,
    running,
    launcher: threads.launcher,
    resolve: resolveHost,
    openEgress,
    onPlanted,
    authorize: authorizerOf(ward),
  };
}

/** A server goes with its own login, or with one at Slack where its entry says so. */
function authorizerOf({ form, start, secrets, log }: Ward): McpAuthorizer {
  const { settings, known } = start;
  const common = {
    form,
    home: settings.home,
    secrets,
    clock: systemClock,
    onLogin: (login: Login) => known.addLogin(login),
    onProblem: (alias: string, { code }: AppError) =>
      log.write("warn", "mcp_login", { alias, code }),
  };
  const own = createMcpAuthorizer({ ...common, hosts: settings.web.hosts });
  const atSlack = createSlackAuthorizer({ ...common, settings: settings.slack });
  return (alias, url, refused) =>
    (Object.hasOwn(settings.slack.servers, alias) ? atSlack : own)(alias, url, refused);
}

/** The tools of Slack of a session, for the accounts that somebody logged in to. */
import { createSlackPort } from "./slack_port.ts";
import type { Ward } from "../ward.ts";
import { systemClock } from "../../host/process/system.ts";
import { createSlackTools, type SlackTool } from "../../kernel/tools/slack/slack_tools.ts";

/** Makes them. */
export function slackTools(
  { form, start, secrets, log }: Pick<Ward, "form" | "start" | "secrets" | "log">,
): SlackTool[] {
  const { settings, known } = start;
  return createSlackTools(createSlackPort({
    form,
    home: settings.home,
    secrets,
    settings: settings.slack,
    clock: systemClock,
    onLogin: (login) => known.addLogin(login),
    onProblem: ({ code }) => log.write("warn", "slack", { code }),
  }));
}

/** Slack for its tools: each call in a thread of its own, with the account's token of this moment. */
import { slackAccounts } from "./accounts.ts";
import { reasonOf, slackAccess, type SlackAccessDeps } from "./slack_auth.ts";
import { AppError } from "../../base/app_error.ts";
import { createSlackClient } from "../../compartments/slack/client.ts";
import { startThread } from "../../compartments/start.ts";
import { compartment, NO_INPUTS } from "../../compartments/table.ts";
import type { Access } from "../../kernel/accounts/access.ts";
import { providerHost } from "../../kernel/models/providers/provider_table.ts";
import { slackAuthRequired } from "../../kernel/slack/slack_login.ts";
import type { SlackPort } from "../../kernel/tools/slack/slack_port.ts";
import type {
  SlackAnswer,
  SlackArguments,
  SlackMethod,
  SlackOutcome,
} from "../../model/services/slack.ts";

/** Longest that a 429 is waited for, s; who is told to wait longer is told so. */
const MAX_WAIT_S = 60;
/** How often. */
const MAX_WAITS = 3;

/** Words of Slack that say that a token is over. Source: docs.slack.dev, errors of each method. */
const OVER: readonly string[] = [
  "invalid_auth",
  "not_authed",
  "token_expired",
  "token_revoked",
  "account_inactive",
];

/** What it needs. */
export interface SlackPortDeps extends SlackAccessDeps {
  /** Told why an account cannot be used. */
  readonly onProblem: (error: AppError) => void;
}

/** Makes it; the accounts are those of this moment. */
export function createSlackPort(deps: SlackPortDeps): SlackPort {
  const { settings: { apiUrl } } = deps;
  const accesses = new Map<string, Access>();
  const accessOf = (alias: string): Access => {
    const access = accesses.get(alias) ?? slackAccess(alias, deps);
    accesses.set(alias, access);
    return access;
  };
  return {
    accounts: slackAccounts(deps, deps.onProblem),
    apiUrl,
    async call(alias, method, args, signal) {
      const access = accessOf(alias);
      const tokenOf = async (refused?: string) => {
        try {
          return (await access.token(refused)).accessToken;
        } catch (error) {
          const reason = reasonOf(error);
          if (reason === null) throw error;
          throw slackAuthRequired(alias, reason);
        }
      };
      const token = await tokenOf();
      const first = await waited(deps, { token, method, args }, signal);
      if (first.type === "answered") return first.answer;
      if (!OVER.includes(first.word)) throw refused(alias, first);
      // What was refused was not done: once more with a new token, where there is one.
      const second = await waited(deps, { token: await tokenOf(token), method, args }, signal);
      if (second.type === "answered") return second.answer;
      throw OVER.includes(second.word)
        ? slackAuthRequired(alias, "invalid_token")
        : refused(alias, second);
    },
  };
}

/** One call, and again after each 429 as Slack wants it. */
async function waited(
  { form, settings: { apiUrl }, clock }: SlackPortDeps,
  call: { readonly token: string; readonly method: SlackMethod; readonly args: SlackArguments },
  signal: AbortSignal,
): Promise<
  { readonly type: "answered"; readonly answer: SlackAnswer } | SlackRefusal
> {
  const spec = compartment({ ...NO_INPUTS, slack: providerHost(apiUrl) }, "slack")!;
  const running = startThread(spec, form);
  try {
    const client = createSlackClient(running.client);
    for (let waits = 0;; waits++) {
      const outcome = await client.call({ apiUrl, ...call }, signal);
      if (outcome.type !== "limited") return outcome;
      const { afterS } = outcome;
      if (afterS > MAX_WAIT_S || waits === MAX_WAITS) {
        throw new AppError("slack.limited", `Slack takes no more calls of ${call.method} for now`, {
          hint: `Nothing was done. Try again in ${afterS} s`,
        });
      }
      await clock.delay(afterS * 1000, signal);
    }
  } finally {
    running.stop(new AppError("slack.ended", "Slack was asked"));
  }
}

type SlackRefusal = Extract<SlackOutcome, { type: "refused" }>;

function refused(alias: string, { word, needed }: SlackRefusal): AppError {
  return new AppError("slack.refused", `Slack (${alias}) did not do it: ${word}`, {
    hint: needed === null
      ? undefined
      : `The login lacks ${needed}: add it to slack.scopes, then ward mcp slack login ${alias} --force`,
  });
}

/** One call of the Web API, by one of the methods that ward's tools use. */
import { AppError } from "../../base/app_error.ts";
import type { SlackOutcome } from "../../model/services/slack.ts";
import { requestSlack } from "../slack_request.ts";
import type { CallParams } from "./api.ts";
import { readAnswer } from "./read_answer.ts";

/** Makes it. @throws {AppError} `slack.unreachable`, `slack.malformed`. */
export async function callSlack(params: CallParams, signal: AbortSignal): Promise<SlackOutcome> {
  const { host } = new URL(params.apiUrl);
  const reply = await requestSlack(params, signal);
  if (reply.type === "limited" || reply.type === "refused") return reply;
  if (reply.type === "failed") throw unreachable(host, reply.why);
  const answer = reply.type === "answered" ? readAnswer(params.method, reply.body) : null;
  if (answer === null) throw malformed(host);
  return { type: "answered", answer };
}

function unreachable(host: string, why: string): AppError {
  return new AppError("slack.unreachable", `Cannot reach Slack at ${host}: ${why}`, {
    hint: "Check the network and try again; whether something was posted can be seen at Slack",
  });
}

function malformed(host: string): AppError {
  return new AppError("slack.malformed", `The answer of ${host} is of no known form`);
}

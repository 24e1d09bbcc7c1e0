/**
 * Entry of a `slack` thread: calls Slack's Web API. It may reach its host, is given one token with
 * each call, and keeps none.
 */
import { type CallContext, serve, workerScopeChannel } from "../wire.ts";
import { callParams } from "./api.ts";
import { callSlack } from "./call_slack.ts";

serve(workerScopeChannel(), {
  call: (params: unknown, { signal }: CallContext) => callSlack(callParams().parse(params), signal),
});

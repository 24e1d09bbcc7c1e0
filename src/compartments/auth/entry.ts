/**
 * Entry of an `auth:<account>` thread: speaks to one login service. Of the threads with a network it
 * alone is given refresh tokens, one call at a time, and keeps none; it may reach the hosts that its
 * purpose needs, for a login by the browser listen on a free port of this machine, and nothing else.
 */
import type * as z from "zod";
import { type CallContext, type Handlers, serve, workerScopeChannel } from "../wire.ts";
import {
  deviceParams,
  exchangeParams,
  listenParams,
  oauthRevokeParams,
  oauthTokenParams,
  pollParams,
  refreshParams,
  revokeParams,
  shortTokenParams,
  slackTokenParams,
} from "./api.ts";
import { listenForCode } from "./callback.ts";
import { oauthRevoke, oauthToken } from "./oauth2.ts";
import { exchange, pollDevice, refresh, revoke, shortToken, startDevice } from "./protocols.ts";
import { slackToken } from "./slack.ts";

function handler<P, R>(
  schema: z.ZodType<P>,
  run: (params: P, signal: AbortSignal) => Promise<R>,
): (params: unknown, context: CallContext) => Promise<R> {
  return (params, { signal }) => run(schema.parse(params), signal);
}

const handlers: Handlers = {
  exchange: handler(exchangeParams(), exchange),
  refresh: handler(refreshParams(), refresh),
  revoke: handler(revokeParams(), revoke),
  startDevice: handler(deviceParams(), startDevice),
  pollDevice: handler(pollParams(), pollDevice),
  shortToken: handler(shortTokenParams(), shortToken),
  oauthToken: handler(oauthTokenParams(), oauthToken),
  oauthRevoke: handler(oauthRevokeParams(), oauthRevoke),
  slackToken: handler(slackTokenParams(), slackToken),
  async listen(params: unknown, { emit, signal }: CallContext) {
    const { place, ...marks } = listenParams().parse(params);
    return { code: await listenForCode(marks, emit, signal, place) };
  },
};

serve(workerScopeChannel(), handlers);

import * as z from "zod";
import type { DeviceCode, DevicePoll, GrantedTokens } from "../../model/services/account.ts";
import type { Client } from "../wire.ts";
import {
  deviceCode,
  type deviceParams,
  type exchangeParams,
  grantedTokens,
  listenEvent,
  type listenParams,
  type oauthRevokeParams,
  type oauthTokenParams,
  type OAuthTokens,
  oauthTokens,
  type PollGrant,
  type pollParams,
  pollResult,
  type refreshParams,
  type revokeParams,
  shortToken,
  type shortTokenParams,
  type slackTokenParams,
  type SlackTokens,
  slackTokens,
} from "./api.ts";

type Params<S extends () => z.ZodType> = z.infer<ReturnType<S>>;

/** A login service in its compartment. Everything throws {@linkcode AppError}, family `account`. */
export interface AuthClient {
  exchange(params: Params<typeof exchangeParams>, signal: AbortSignal): Promise<GrantedTokens>;
  refresh(params: Params<typeof refreshParams>, signal: AbortSignal): Promise<GrantedTokens>;
  revoke(params: Params<typeof revokeParams>, signal: AbortSignal): Promise<void>;
  startDevice(params: Params<typeof deviceParams>, signal: AbortSignal): Promise<DeviceCode>;
  pollDevice(
    params: Params<typeof pollParams>,
    signal: AbortSignal,
  ): Promise<DevicePoll<PollGrant>>;
  shortToken(
    params: Params<typeof shortTokenParams>,
    signal: AbortSignal,
  ): Promise<{ token: string; expiresAtMs: number; apiBase: string | null }>;
  /**
   * Waits for the browser.
   *
   * @param marks What the answer must carry.
   * @param on `port`: it listens; `refused`: a request that brought no code of this login.
   * @param place Where; left out: on a free port.
   * @returns The code; null when the login service said no.
   */
  listen(
    marks: Omit<Params<typeof listenParams>, "place">,
    on: { port(port: number): void; refused(why: string): void },
    signal: AbortSignal,
    place?: { readonly port: number; readonly path: string },
  ): Promise<string | null>;
  oauthToken(params: Params<typeof oauthTokenParams>, signal: AbortSignal): Promise<OAuthTokens>;
  oauthRevoke(params: Params<typeof oauthRevokeParams>, signal: AbortSignal): Promise<void>;
  slackToken(params: Params<typeof slackTokenParams>, signal: AbortSignal): Promise<SlackTokens>;
}

/** The kernel's side of an `auth:<account>` compartment. */
export function createAuthClient(client: Client): AuthClient {
  const call = async <T>(
    method: string,
    params: unknown,
    schema: z.ZodType<T>,
    signal: AbortSignal,
  ): Promise<T> => schema.parse(await client.call(method, params, { signal }));
  return {
    exchange: (params, signal) => call("exchange", params, grantedTokens(), signal),
    refresh: (params, signal) => call("refresh", params, grantedTokens(), signal),
    async revoke(params, signal) {
      await client.call("revoke", params, { signal });
    },
    startDevice: (params, signal) => call("startDevice", params, deviceCode(), signal),
    pollDevice: (params, signal) => call("pollDevice", params, pollResult(), signal),
    shortToken: (params, signal) => call("shortToken", params, shortToken(), signal),
    oauthToken: (params, signal) => call("oauthToken", params, oauthTokens(), signal),
    async oauthRevoke(params, signal) {
      await client.call("oauthRevoke", params, { signal });
    },
    slackToken: (params, signal) => call("slackToken", params, slackTokens(), signal),
    async listen(marks, on, signal, place) {
      const result = await client.call("listen", { ...marks, ...(place ? { place } : {}) }, {
        signal,
        onEvent(raw) {
          const event = listenEvent().parse(raw);
          if ("port" in event) on.port(event.port);
          else on.refused(event.refused);
        },
      });
      return z.object({ code: z.string().nullable() }).parse(result).code;
    },
  };
}

/**
 * What the three login services take and give. Sources: RFC 6749 and RFC 8628 where they hold,
 * and where not: Claude's takes JSON and wants the state; OpenAI's device codes are its own form
 * (openai/codex, `codex-rs/login`); GitHub's answers errors with 200 (GitHub docs, "Authorizing
 * OAuth apps"), and its Copilot gives a short token for the login's own.
 */
import * as z from "zod";
import type { DeviceCode, DevicePoll, GrantedTokens } from "../../model/services/account.ts";
import type {
  deviceParams,
  exchangeParams,
  PollGrant,
  pollParams,
  refreshParams,
  revokeParams,
  shortTokenParams,
} from "./api.ts";
import { type Answer, failureOf, form, granted, json, oauthError, send } from "./request.ts";

type Params<S extends () => z.ZodType> = z.infer<ReturnType<S>>;

const tokenAnswer = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).nullish(),
  expires_in: z.number().positive().nullish(),
  id_token: z.string().min(1).nullish(),
  account: z.object({ email_address: z.string().nullish() }).nullish(),
  organization: z.object({ name: z.string().nullish() }).nullish(),
});

function tokensOf(url: string, answer: Answer): GrantedTokens {
  const tokens = granted(url, tokenAnswer, answer);
  return {
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token ?? null,
    expiresInMs: tokens.expires_in ? tokens.expires_in * 1000 : null,
    idToken: tokens.id_token ?? null,
    account: tokens.account?.email_address ?? null,
    organization: tokens.organization?.name ?? null,
  };
}

/** Tokens for a code. */
export async function exchange(
  { protocol, tokenUrl, clientId, code, state, verifier, redirectUri }: Params<
    typeof exchangeParams
  >,
  signal: AbortSignal,
): Promise<GrantedTokens> {
  const values = {
    grant_type: "authorization_code",
    client_id: clientId,
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
  };
  const parts = protocol === "anthropic"
    ? json({ ...values, ...(state === null ? {} : { state }) })
    : form(values);
  return tokensOf(tokenUrl, await send(tokenUrl, { method: "POST", ...parts }, signal));
}

/** Tokens for a refresh token. */
export async function refresh(
  { protocol, tokenUrl, clientId, refreshToken }: Params<typeof refreshParams>,
  signal: AbortSignal,
): Promise<GrantedTokens> {
  const values = {
    grant_type: "refresh_token",
    client_id: clientId,
    refresh_token: refreshToken,
  };
  const parts = protocol === "anthropic" ? json(values) : form(values);
  return tokensOf(tokenUrl, await send(tokenUrl, { method: "POST", ...parts }, signal));
}

/** Gives a refresh token back, and with it what was made of it. Source: RFC 7009. */
export async function revoke(
  { revokeUrl, clientId, token }: Params<typeof revokeParams>,
  signal: AbortSignal,
): Promise<void> {
  const parts = json({ token, token_type_hint: "refresh_token", client_id: clientId });
  const answer = await send(revokeUrl, { method: "POST", ...parts }, signal);
  if (answer.status < 200 || answer.status > 299) throw failureOf(revokeUrl, answer);
}

const githubDevice = z.object({
  device_code: z.string().min(1),
  user_code: z.string().min(1),
  verification_uri: z.string().min(1),
  expires_in: z.number().positive(),
  interval: z.number().positive().nullish(),
});

const openAiDevice = z.object({
  device_auth_id: z.string().min(1),
  user_code: z.string().min(1).optional(),
  usercode: z.string().min(1).optional(),
  interval: z.union([z.number(), z.string()]).nullish(),
});

/** OpenAI's codes live so long; its answer does not say it. */
const OPENAI_LIFE_MS = 15 * 60_000;

/** RFC 8628 §3.2: where the service says nothing. */
const INTERVAL_S = 5;

/** A device code for the user. */
export async function startDevice(
  { protocol, deviceUrl, clientId, scopes, verifyUrl }: Params<typeof deviceParams>,
  signal: AbortSignal,
): Promise<DeviceCode> {
  if (protocol === "github") {
    const parts = form({ client_id: clientId, scope: scopes });
    const answer = await send(deviceUrl, { method: "POST", ...parts }, signal);
    const device = granted(deviceUrl, githubDevice, answer);
    return {
      deviceId: device.device_code,
      userCode: device.user_code,
      verificationUrl: device.verification_uri,
      intervalMs: (device.interval ?? INTERVAL_S) * 1000,
      expiresInMs: device.expires_in * 1000,
    };
  }
  const parts = json({ client_id: clientId });
  const answer = await send(deviceUrl, { method: "POST", ...parts }, signal);
  const device = granted(deviceUrl, openAiDevice, answer);
  const userCode = device.user_code ?? device.usercode;
  if (userCode === undefined) throw failureOf(deviceUrl, { status: 200, body: null });
  const intervalS = Number(device.interval ?? INTERVAL_S);
  return {
    deviceId: device.device_auth_id,
    userCode,
    verificationUrl: verifyUrl ?? "",
    intervalMs: (intervalS > 0 ? intervalS : INTERVAL_S) * 1000,
    expiresInMs: OPENAI_LIFE_MS,
  };
}

const openAiPoll = z.object({
  authorization_code: z.string().min(1),
  code_verifier: z.string().min(1),
});

/** Whether the user has typed the code. */
export async function pollDevice(
  params: Params<typeof pollParams>,
  signal: AbortSignal,
): Promise<DevicePoll<PollGrant>> {
  return params.protocol === "github"
    ? await pollGitHub(params, signal)
    : await pollOpenAi(params, signal);
}

async function pollGitHub(
  { pollUrl, clientId, deviceId }: Params<typeof pollParams>,
  signal: AbortSignal,
): Promise<DevicePoll<PollGrant>> {
  const parts = form({
    client_id: clientId,
    device_code: deviceId,
    grant_type: "urn:ietf:params:oauth:grant-type:device_code",
  });
  const answer = await send(pollUrl, { method: "POST", ...parts }, signal);
  switch (oauthError(answer.body)) {
    case null:
      return { state: "granted", granted: { tokens: tokensOf(pollUrl, answer) } };
    case "authorization_pending":
      return { state: "pending" };
    case "slow_down":
      return { state: "slow_down" };
    case "access_denied":
      return { state: "denied" };
    case "expired_token":
      return { state: "expired" };
    default:
      throw failureOf(pollUrl, { ...answer, status: Math.max(answer.status, 400) });
  }
}

async function pollOpenAi(
  { pollUrl, deviceId, userCode }: Params<typeof pollParams>,
  signal: AbortSignal,
): Promise<DevicePoll<PollGrant>> {
  const parts = json({ device_auth_id: deviceId, user_code: userCode });
  const answer = await send(pollUrl, { method: "POST", ...parts }, signal);
  const word = oauthError(answer.body);
  if (word === "access_denied") return { state: "denied" };
  if (word === "expired_token" || answer.status === 410) return { state: "expired" };
  if (answer.status === 403 || answer.status === 404) return { state: "pending" };
  if (answer.status === 429) return { state: "slow_down" };
  const { authorization_code: code, code_verifier: verifier } = granted(
    pollUrl,
    openAiPoll,
    answer,
  );
  return { state: "granted", granted: { code, verifier } };
}

const copilotToken = z.object({
  token: z.string().min(1),
  /** Seconds since the epoch. */
  expires_at: z.number().positive(),
  endpoints: z.object({ api: z.string().nullish() }).nullish(),
});

/** Copilot's token for half an hour. */
export async function shortToken(
  { exchangeUrl, token, editor }: Params<typeof shortTokenParams>,
  signal: AbortSignal,
): Promise<{ token: string; expiresAtMs: number; apiBase: string | null }> {
  const headers = {
    authorization: `token ${token}`,
    accept: "application/json",
    "editor-version": editor,
    "user-agent": editor,
    "x-github-api-version": "2025-04-01",
  };
  const answer = await send(exchangeUrl, { method: "GET", headers }, signal);
  const short = granted(exchangeUrl, copilotToken, answer);
  return {
    token: short.token,
    expiresAtMs: short.expires_at * 1000,
    apiBase: short.endpoints?.api ?? null,
  };
}

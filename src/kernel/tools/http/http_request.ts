import * as z from "zod";
import { AppError } from "../../../base/app_error.ts";
import type { WebAnswer } from "../../../model/cells/web.ts";
import type { Credentials, HttpProfile } from "../../http/http_profile.ts";
import { ownHeaders, tellsNothing } from "../../http/own_headers.ts";
import { isWithin } from "../../http/profile_domains.ts";
import { type CheckedUrl, checkUrl } from "../../net/check_url.ts";
import type { Walked, WalkRequest } from "../../net/walk.ts";
import type { Tool } from "../../ports.ts";
import type { WebPort } from "../web/web_port.ts";
import { leadingOn } from "../web/web_results.ts";
import { failedRequest, httpResult } from "./http_result.ts";
import { previewOf } from "./preview.ts";

const METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"] as const;

/** Methods that change nothing (RFC 9110 §9.2.1). */
const READING: readonly string[] = ["GET", "HEAD", "OPTIONS"];

const schema = z.strictObject({
  url: z.string().min(1).max(4096),
  method: z.enum(METHODS).optional(),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.string().max(1_000_000).optional(),
  profile: z.string().max(64).optional(),
  timeout_s: z.int().min(1).optional(),
});

/** A call of the tool. */
type Call = z.infer<typeof schema>;

/** Seconds that a request may take unless a number is given. */
const STANDARD_S = 30;

/** What the tool needs. */
export interface HttpRequestDeps {
  readonly web: WebPort;
  /** Hosts of private networks that the owner allows. */
  readonly hosts: readonly string[];
  readonly profiles: readonly HttpProfile[];
  /** Longest time of a request, ms. */
  readonly timeoutMs: number;
  /** A longer answer is cut there. */
  readonly responseBytes: number;
  readonly userAgent: string;
}

/** The tool `http_request`: asks an API, with the credentials of a profile where one is named. */
export function createHttpRequestTool(deps: HttpRequestDeps): Tool<Call> {
  const { profiles } = deps;
  const rules = { owners: deps.hosts, httpsOnly: true };
  const known = profiles.map(({ name, domains }) => `${name} (${domains.join(", ")})`).join("; ");
  return {
    name: "http_request",
    description: "Ask an HTTP API by its whole https URL. body is text, such as JSON. " +
      (profiles.length > 0
        ? `profile adds credentials, at its domains only: ${known}`
        : "There are no profiles, so no credentials"),
    schema,
    flags: {
      readOnly: false,
      externalSideEffect: true,
      needsApproval: true,
      idempotent: false,
      highImpactWrite: true,
    },
    plan(call) {
      const { method = "GET", body } = call;
      const url = checkUrl(call.url, rules);
      const profile = call.profile === undefined ? null : profileOf(call.profile, url, profiles);
      const own = ownHeaders(call.headers ?? {});
      const isReading = READING.includes(method);
      if (isReading && body !== undefined) {
        throw new AppError("http.body", `${method} takes no body`, {
          hint: "Leave it out, or use POST",
        });
      }
      const headers = body === undefined ? own : { "content-type": typeOf(body), ...own };
      const limitMs = Math.min((call.timeout_s ?? STANDARD_S) * 1000, deps.timeoutMs);
      return {
        accesses: [{
          permission: "net",
          compartment: "web",
          host: url.host,
          url: url.href,
          method,
          // A header can carry what a session knows as well as a body can.
          sends: !isReading || !tellsNothing(own),
          ...(profile === null ? {} : { profile: profile.name }),
          detail: previewOf(headers, body, profile?.name),
        }],
        title: `${method} ${url.href}${profile ? ` as "${profile.name}"` : ""}`,
        readOnly: isReading,
        execute: ({ signal, leadOn }) =>
          failedRequest(async () => {
            const request = {
              method,
              url: url.href,
              headers,
              body: body ?? null,
              // Its headers go to every host of the way.
              leadOn: leadingOn(leadOn, !isReading || !tellsNothing(own)),
            };
            const { walked, secrets } = await send(deps, { ...request, limitMs }, profile, signal);
            const asked = { host: url.host, method, profile: profile?.name ?? null, secrets };
            return httpResult(walked, asked);
          }),
      };
    },
  };
}

/** A request that passed the checks. */
interface Ready {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly limitMs: number;
  readonly leadOn: WalkRequest["leadOn"];
}

/**
 * Sends it. Where a service refuses the token of a connection, that is renewed once, and the request
 * made once more: what was refused was not done.
 */
async function send(
  deps: HttpRequestDeps,
  { method, url, headers, body, limitMs, leadOn }: Ready,
  profile: HttpProfile | null,
  signal: AbortSignal,
): Promise<{ walked: Walked<WebAnswer>; secrets: readonly string[] }> {
  const rules = { owners: deps.hosts, httpsOnly: true };
  const isForm = headers["content-type"]?.startsWith("application/x-www-form-urlencoded");
  const signed = { method, url, form: isForm ? body : null };
  const secrets: string[] = [];
  const once = async (credentials: Credentials | undefined) => {
    secrets.push(...credentials?.secrets ?? []);
    return await deps.web.request(
      {
        url,
        method,
        headers: {
          accept: "application/json, */*;q=0.5",
          "user-agent": deps.userAgent,
          ...headers,
        },
        credentials: credentials?.headers,
        body,
        leadOn,
      },
      "response",
      rules,
      signal,
      { limitMs, cutBytes: deps.responseBytes },
    );
  };
  const credentials = await profile?.credentials(signed);
  const walked = await once(credentials);
  const isHome = walked.url.host === checkUrl(url, rules).host;
  if (walked.answer.status !== 401 || !isHome || !profile || !credentials?.token) {
    return { walked, secrets };
  }
  return { walked: await once(await profile.credentials(signed, credentials.token)), secrets };
}

/** @throws {AppError} `http.profile`, `http.domain`. */
function profileOf(
  name: string,
  url: CheckedUrl,
  profiles: readonly HttpProfile[],
): HttpProfile {
  const profile = profiles.find((one) => one.name === name);
  if (profile === undefined) {
    const names = profiles.map((one) => one.name).join(", ");
    throw new AppError("http.profile", "There is no such profile", {
      hint: names === "" ? "None is set up; leave it out" : `There are ${names}`,
    });
  }
  if (!isWithin(profile.domains, url)) {
    const domains = profile.domains.join(", ");
    throw new AppError(
      "http.domain",
      `The credentials of "${name}" do not go to ${url.host}: they are for ${domains}`,
      { hint: "Only the owner can change that, by allowed_domains of the profile" },
    );
  }
  return profile;
}

function typeOf(body: string): string {
  try {
    JSON.parse(body);
    return "application/json";
  } catch {
    return "text/plain; charset=utf-8";
  }
}

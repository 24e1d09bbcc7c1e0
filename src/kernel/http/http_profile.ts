/** Profiles as `http_request` uses them: where they may go, and what they add to one request. */
import { AppError } from "../../base/app_error.ts";
import type { HttpProfileType, HttpSecrets } from "../../model/services/http_profile.ts";
import type { Access } from "../accounts/access.ts";
import type { Clock, Random } from "../ports.ts";
import { oauth1Header, type SignedRequest } from "./oauth1.ts";

/** What goes with one request. Never to be logged, shown or given to a model. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  /** Texts that must not come back in an answer. */
  readonly secrets: readonly string[];
  /** The token of a connection, to be named if it is refused; null: there is none to renew. */
  readonly token: string | null;
}

/** Named credentials. */
export interface HttpProfile {
  readonly name: string;
  readonly type: HttpProfileType;
  /** See `isWithin`. */
  readonly domains: readonly string[];
  /**
   * Makes them for one request.
   *
   * @param refused A token that the service refused.
   * @throws {AppError} `http.profile`: they are not there; family `account` for a connection.
   */
  credentials(request: SignedRequest, refused?: string): Promise<Credentials>;
}

/** A profile whose credentials do not change. */
export function fixedProfile(
  profile: Pick<HttpProfile, "name" | "type" | "domains">,
  secrets: Exclude<HttpSecrets, { type: "oauth2" }> | null,
  { clock, random }: { clock: Clock; random: Random },
): HttpProfile {
  return {
    ...profile,
    credentials: async (request) => {
      if (secrets === null) {
        throw new AppError("http.profile", `The profile "${profile.name}" has no credentials`, {
          hint: "`ward config check` says which are missing, `ward secrets set` saves them",
        });
      }
      return { ...await fixedCredentials(secrets, request, { clock, random }), token: null };
    },
  };
}

/** The profile of a connection. */
export function connectedProfile(
  profile: Pick<HttpProfile, "name" | "domains">,
  access: Access,
): HttpProfile {
  return {
    ...profile,
    type: "oauth2",
    async credentials(_request, refused) {
      const { accessToken } = await access.token(refused);
      return { ...bearer(accessToken), token: accessToken };
    },
  };
}

function bearer(token: string): Omit<Credentials, "token"> {
  return { headers: { authorization: `Bearer ${token}` }, secrets: [token] };
}

async function fixedCredentials(
  secrets: Exclude<HttpSecrets, { type: "oauth2" }>,
  request: SignedRequest,
  { clock, random }: { clock: Clock; random: Random },
): Promise<Omit<Credentials, "token">> {
  switch (secrets.type) {
    case "bearer":
      return bearer(secrets.token);
    case "header":
      return { headers: { [secrets.name]: secrets.value }, secrets: [secrets.value] };
    case "basic": {
      // RFC 7617 §2.1: UTF-8.
      const pair = new TextEncoder().encode(`${secrets.username}:${secrets.password}`);
      const encoded = btoa(String.fromCharCode(...pair));
      return {
        headers: { authorization: `Basic ${encoded}` },
        secrets: [secrets.password, encoded],
      };
    }
    case "oauth1a": {
      const moment = { nonce: random.id(), timestampS: Math.floor(clock.now() / 1000) };
      return {
        headers: { authorization: await oauth1Header(request, secrets, moment) },
        secrets: [secrets.token, secrets.tokenSecret, secrets.consumerSecret],
      };
    }
  }
}

/** Shortest text that is taken out of an answer; a shorter one stands in ordinary words. */
const LEAST_ECHO = 5;

/** An answer without the credentials that went with its request, in the forms that services echo. */
export function withoutEchoes(text: string, secrets: readonly string[], profile: string): string {
  const forms = secrets.filter(({ length }) => length >= LEAST_ECHO).flatMap((secret) => [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    base64(secret),
  ]);
  const mark = `[secret of profile ${profile}]`;
  // The longest first: a form may hold another one.
  const sorted = [...new Set(forms)].sort((a, b) => b.length - a.length);
  const whole = sorted.reduce((rest, form) => rest.replaceAll(form, mark), text);
  // Where an answer was cut, the beginning of one may be its end.
  const cut = Math.max(0, ...sorted.map((form) => begun(whole, form)));
  return cut === 0 ? whole : whole.slice(0, whole.length - cut) + mark;
}

/** How many characters at the end of a text are the beginning of a form. */
function begun(text: string, form: string): number {
  for (let length = form.length - 1; length >= LEAST_ECHO; length--) {
    if (text.endsWith(form.slice(0, length))) return length;
  }
  return 0;
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

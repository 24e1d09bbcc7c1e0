/** `[http]`, `[http_profiles.<name>]` and `[oauth]` of `config.toml`. */
import * as z from "zod";
import { HTTP_PROFILE_TYPES, type HttpProfileType } from "../../../model/services/http_profile.ts";
import { OAUTH_CLIENT_AUTHS, OAUTH_TYPES } from "../../../model/services/oauth.ts";
import { profileDomain } from "../../http/profile_domains.ts";
import { isLoopbackAddress, isSafeAddress } from "../../http/safe_address.ts";
import { kept, key, named, text, whole, words } from "./keys.ts";

const domains = () =>
  key(
    z.array(key(z.string().trim().refine((one) => profileDomain(one) !== null), {
      description: "A domain",
      allowed: 'a domain such as "api.example.com", or "127.0.0.1:8080"',
    })).min(1),
    {
      description: "Where the credentials may go: these hosts and those below them",
      allowed: 'a list of domains such as "api.example.com", at least one',
      defaultText: "none: it has to be there",
      example: ["api.example.com"],
      opens: (value) =>
        value === undefined ? null : `credentials go to ${(value as string[]).join(", ")}`,
    },
  );

/** What each type needs. */
const NEEDED = {
  bearer: ["token"],
  header: ["header_name", "header_value"],
  basic: ["username", "password"],
  oauth1a: ["consumer_key", "consumer_secret", "access_token", "access_token_secret"],
  oauth2: ["connection"],
} as const satisfies Record<HttpProfileType, readonly string[]>;

const profileName = key(z.string().regex(/^[a-z0-9][a-z0-9_-]{0,29}$/), {
  description: "Name of a profile",
  allowed: "lower-case letters, digits, - and _, at most 30",
});

const profile = () =>
  z.strictObject({
    type: key(z.enum(HTTP_PROFILE_TYPES), {
      description: "What the credentials are",
      allowed: HTTP_PROFILE_TYPES.map((name) => `"${name}"`).join(", "),
      defaultText: "none: it has to be there",
      example: "bearer",
    }),
    allowed_domains: domains(),
    token: kept("`bearer`: the token"),
    header_name: key(z.string().regex(/^[A-Za-z0-9-]{1,64}$/).optional(), {
      description: "`header`: name of the header",
      allowed: "letters, digits and -",
      defaultText: "none",
      example: "X-Api-Key",
    }),
    header_value: kept("`header`: its value"),
    username: text("`basic`: the user name", "none", "ada"),
    password: kept("`basic`: the password"),
    consumer_key: kept("`oauth1a`: key of the client"),
    consumer_secret: kept("`oauth1a`: secret of the client"),
    access_token: kept("`oauth1a`: token of the user"),
    access_token_secret: kept("`oauth1a`: secret of that token"),
    connection: text(
      "`oauth2`: a service of `ward oauth`, whose tokens are used",
      "none",
      "github",
    ),
  }).superRefine((one, context) => {
    const needed: readonly string[] = NEEDED[one.type];
    for (const name of needed) {
      if (one[name as keyof typeof one] === undefined) {
        context.addIssue({ code: "custom", path: [name], message: "missing" });
      }
    }
  });

/** `[http]`. */
export const httpSection = z.strictObject({
  timeout_s: whole(1, 3600, 120, "Longest time of one request of http_request, in seconds"),
  response_kb: whole(1, 10_000, 1000, "Where a longer answer is cut, in KB"),
}).prefault({});

/** `[http_profiles.<name>]`. */
export const httpProfilesSection = named(profileName, profile);

const serviceAddress = () => z.string().trim().refine(isSafeAddress);

/** What is said of one. */
const addressText = (description: string, name: string) => ({
  description,
  allowed: "an https:// address without a user name in it, or http:// on this machine",
  defaultText: "none",
  example: `https://lab.example/${name}`,
  opens: (value: unknown) => value === undefined ? null : `codes and tokens go to ${value}`,
});

const provider = () =>
  z.strictObject({
    title: text("What it is called for people", "its name", "Lab"),
    type: key(z.enum(OAUTH_TYPES).default("pkce"), {
      description:
        "How tokens are got: by the browser with PKCE, without it for services that do " +
        "not know it, or by the client alone",
      allowed: OAUTH_TYPES.map((name) => `"${name}"`).join(", "),
    }),
    authorize_url: key(
      serviceAddress().optional(),
      addressText("Page where the user agrees", "authorize"),
    ),
    token_url: key(serviceAddress(), addressText("Gives tokens", "token")),
    revoke_url: key(
      serviceAddress().optional(),
      addressText("Takes tokens back (RFC 7009)", "revoke"),
    ),
    issuer: key(
      serviceAddress().optional(),
      {
        description:
          "Who its answers by the browser say they are of (`iss`, RFC 9207); where it is " +
          "set, an answer that says otherwise, or nothing, is refused",
        allowed: "an https:// address as the service writes it, or http:// on this machine",
        defaultText: "none: it is not compared",
        example: "https://lab.example",
      },
    ),
    scopes: words([], "words that the service knows", "What the tokens may do"),
    allowed_domains: domains(),
    client_auth: key(z.enum(OAUTH_CLIENT_AUTHS).default("basic"), {
      description: "How the client's secret goes to the service: in a header, or in the body",
      allowed: OAUTH_CLIENT_AUTHS.map((name) => `"${name}"`).join(", "),
    }),
  }).superRefine((one, context) => {
    if (one.type !== "client_credentials" && one.authorize_url === undefined) {
      context.addIssue({ code: "custom", path: ["authorize_url"], message: "missing" });
    }
  });

/** Where the browser brings codes. */
export const CALLBACK_URL = "http://127.0.0.1:8976/callback";

/** `[oauth]`. */
export const oauthSection = z.strictObject({
  callback_url: key(z.string().trim().refine(isLoopbackAddress).default(CALLBACK_URL), {
    description: "Address that the browser brings codes to, as it is registered at the services; " +
      "ward listens there while it waits for one",
    allowed: "an http:// address of this machine with a port, such as " + CALLBACK_URL,
  }),
  providers: named(profileName, provider),
}).prefault({});

/** A service of `[oauth.providers.<name>]`. */
export type ProviderSetting = z.infer<ReturnType<typeof provider>>;

/** A profile of `[http_profiles.<name>]`. */
export type ProfileSetting = z.infer<ReturnType<typeof profile>>;

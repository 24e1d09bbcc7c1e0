/** Profiles and services of `config.toml` as the rest of ward takes them. */
import type {
  ConfiguredProfile,
  HttpProfileType,
  HttpSecrets,
} from "../../model/services/http_profile.ts";
import type { OAuthProvider } from "../../model/services/oauth.ts";
import { profileDomain } from "../http/profile_domains.ts";
import type { FileSettings } from "./schema/schema.ts";
import type { ProfileSetting } from "./schema/http.ts";
import type { SecretSetting } from "./schema/keys.ts";

/** Keys that hold secrets. */
const SECRET_KEYS = [
  "token",
  "header_value",
  "password",
  "consumer_key",
  "consumer_secret",
  "access_token",
  "access_token_secret",
] as const;

/** A secret of a profile. */
export interface ProfileSecret {
  readonly profile: string;
  readonly key: typeof SECRET_KEYS[number];
  readonly setting: SecretSetting;
  /** Name of the saved secret that `"keychain"` stands for. */
  readonly savedAs: string;
}

/** All secrets that the profiles name. */
export function profileSecrets({ http_profiles: profiles }: FileSettings): ProfileSecret[] {
  return Object.entries(profiles).flatMap(([profile, one]) =>
    SECRET_KEYS.flatMap((key) => {
      const setting = one[key];
      if (setting === undefined) return [];
      return [{ profile, key, setting, savedAs: `http-${profile}-${key}` }];
    })
  );
}

/**
 * The profiles with their secrets.
 *
 * @param valueOf Looks a secret up; null: it is not there, which is told elsewhere.
 */
export function configuredProfiles(
  file: FileSettings,
  valueOf: (secret: ProfileSecret) => string | null,
): ConfiguredProfile[] {
  const values = new Map(
    profileSecrets(file).map((secret) => [`${secret.profile} ${secret.key}`, valueOf(secret)]),
  );
  return Object.entries(file.http_profiles).map(([name, one]) => ({
    name,
    type: one.type,
    domains: canonical(one.allowed_domains),
    secrets: secretsOf[one.type](one, (key) => values.get(`${name} ${key}`) ?? null),
  }));
}

type Lookup = (key: ProfileSecret["key"]) => string | null;

const secretsOf: Readonly<
  Record<HttpProfileType, (one: ProfileSetting, value: Lookup) => HttpSecrets | null>
> = {
  bearer(_one, value) {
    const token = value("token");
    return token === null ? null : { type: "bearer", token };
  },
  header({ header_name: name = "" }, lookUp) {
    const value = lookUp("header_value");
    return value === null ? null : { type: "header", name: name.toLowerCase(), value };
  },
  basic({ username = "" }, value) {
    const password = value("password");
    return password === null ? null : { type: "basic", username, password };
  },
  oauth1a(_one, value) {
    const consumerKey = value("consumer_key");
    const consumerSecret = value("consumer_secret");
    const token = value("access_token");
    const tokenSecret = value("access_token_secret");
    if (consumerKey === null || consumerSecret === null) return null;
    if (token === null || tokenSecret === null) return null;
    return { type: "oauth1a", consumerKey, consumerSecret, token, tokenSecret };
  },
  oauth2: ({ connection = "" }) => ({ type: "oauth2", connection }),
};

/** The services of `[oauth.providers.<name>]`. */
export function configuredProviders({ oauth }: FileSettings): OAuthProvider[] {
  return Object.entries(oauth.providers).map(([name, one]) => ({
    name,
    title: one.title ?? name,
    type: one.type,
    authorizeUrl: one.authorize_url ?? null,
    tokenUrl: one.token_url,
    revokeUrl: one.revoke_url ?? null,
    scopes: one.scopes,
    domains: canonical(one.allowed_domains),
    clientAuth: one.client_auth,
    revokeForm: "rfc7009",
    issuer: one.issuer === undefined ? null : { id: one.issuer, isSent: true },
    resource: null,
    builtIn: false,
  }));
}

function canonical(domains: readonly string[]): string[] {
  return domains.map((one) => profileDomain(one) ?? one);
}

/** `[http_profiles]` and `[oauth]`: what is refused, with the line, and what becomes of them. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { UsageError } from "../../src/base/app_error.ts";
import {
  configuredProfiles,
  configuredProviders,
} from "../../src/kernel/settings/http_settings.ts";
import {
  parseConfig,
  referencedVariables,
  savedNames,
} from "../../src/kernel/settings/parse_config.ts";

const DOMAINS = 'allowed_domains = ["api.example.com"]\n';

function problem(text: string): string {
  try {
    parseConfig(text, "config.toml");
  } catch (error) {
    ok(error instanceof UsageError, String(error));
    return error.message;
  }
  return "accepted";
}

/** Wrong files, and what is said of them. */
const WRONG: [text: string, said: RegExp][] = [
  // Without domains there is no profile.
  [
    '[http_profiles.work]\ntype = "bearer"\ntoken = "keychain"\n',
    /^config\.toml:1: key "http_profiles\.work\.allowed_domains": found nothing, allowed a list of domains/,
  ],
  [
    '[http_profiles.work]\ntype = "bearer"\ntoken = "keychain"\nallowed_domains = []\n',
    /^config\.toml:4: key "http_profiles\.work\.allowed_domains": found a list of 0/,
  ],
  [
    '[http_profiles.work]\ntype = "bearer"\ntoken = "keychain"\nallowed_domains = ["*"]\n',
    /^config\.toml:4: .*found "\*", allowed a domain/,
  ],
  // A secret in the file.
  [
    `[http_profiles.work]\ntype = "bearer"\n${DOMAINS}token = "secret-canary"\n`,
    /^config\.toml:4: .*found a text \(not shown\), allowed "keychain".*never the secret itself$/,
  ],
  [
    `[http_profiles.work]\ntype = "basic"\n${DOMAINS}password = "keychain"\n`,
    /^config\.toml:1: key "http_profiles\.work\.username": found nothing/,
  ],
  [
    `[http_profiles.work]\ntype = "digest"\n${DOMAINS}`,
    /^config\.toml:2: .*allowed "bearer", "header", "basic", "oauth1a", "oauth2"$/,
  ],
  [
    `[http_profiles."a b"]\ntype = "bearer"\n${DOMAINS}token = "keychain"\n`,
    /found the name "a b", allowed lower-case letters/,
  ],
  [
    `[http_profiles.work]\ntype = "header"\n${DOMAINS}header_name = "a: b"\nheader_value = "keychain"\n`,
    /^config\.toml:4: /,
  ],
  [`[oauth.providers.lab]\n${DOMAINS}token_url = "http://lab.example/token"\n`, /config\.toml:3: /],
  [
    `[oauth.providers.lab]\n${DOMAINS}token_url = "https://lab.example/token"\n`,
    /config\.toml:1: key "oauth\.providers\.lab\.authorize_url": found nothing/,
  ],
  ['[oauth]\ncallback_url = "https://evil.example/callback"\n', /config\.toml:2: /],
  ['[oauth]\ncallback_url = "http://0.0.0.0:8976/callback"\n', /config\.toml:2: /],
  ['[oauth]\ncallback_url = "http://127.0.0.1/callback"\n', /config\.toml:2: /],
];

Deno.test("what is wrong about profiles and services is told by line, and no secret is shown", () => {
  for (const [text, said] of WRONG) {
    match(problem(text), said);
    ok(!problem(text).includes("canary"));
  }
});

Deno.test("profiles take their secrets from the keychain and from variables", () => {
  const { file } = parseConfig(
    `[http_profiles.a]\ntype = "bearer"\n${DOMAINS}token = "keychain"\n` +
      `[http_profiles.b]\ntype = "basic"\nallowed_domains = ["API.example.com:8443"]\n` +
      'username = "ada"\npassword = "${LAB_PASSWORD}"\n' +
      `[http_profiles.c]\ntype = "oauth2"\n${DOMAINS}connection = "github"\n`,
    "config.toml",
  );
  deepEqual(referencedVariables(file), ["LAB_PASSWORD"]);
  ok(savedNames(file).includes("http-a-token"));
  const profiles = configuredProfiles(file, ({ key }) => key === "token" ? "t" : null);
  deepEqual(profiles, [
    {
      name: "a",
      type: "bearer",
      domains: ["api.example.com"],
      secrets: { type: "bearer", token: "t" },
    },
    { name: "b", type: "basic", domains: ["api.example.com:8443"], secrets: null },
    {
      name: "c",
      type: "oauth2",
      domains: ["api.example.com"],
      secrets: { type: "oauth2", connection: "github" },
    },
  ]);
});

Deno.test("a service of the configuration", () => {
  const { file } = parseConfig(
    `[oauth.providers.lab]\n${DOMAINS}type = "client_credentials"\n` +
      'token_url = "http://127.0.0.1:9/token"\nscopes = ["read"]\n',
    "config.toml",
  );
  const [lab] = configuredProviders(file);
  equal(lab?.title, "lab");
  deepEqual([lab?.authorizeUrl, lab?.revokeUrl, lab?.clientAuth], [null, null, "basic"]);
});

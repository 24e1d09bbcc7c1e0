/** `[channels]` and `[daemon]`: what is refused, with the line, and what becomes of them. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { UsageError } from "../../src/base/app_error.ts";
import { compartments, NO_INPUTS } from "../../src/compartments/table.ts";
import { channelHosts } from "../../src/kernel/channels/services.ts";
import {
  configuredChannels,
  configuredTokens,
} from "../../src/kernel/settings/channel_settings.ts";
import {
  parseConfig,
  referencedVariables,
  savedNames,
} from "../../src/kernel/settings/parse_config.ts";

const BOT = '[channels.telegram]\nkind = "telegram"\ntoken = "keychain"\n';
const SLACK = '[channels.work]\nkind = "slack"\ntoken = "keychain:mine"\napp_token = "${APP}"\n';

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
  [
    '[channels.telegram]\nkind = "telegram"\n',
    /:1: key "channels\.telegram\.token": found nothing/,
  ],
  [
    '[channels.work]\nkind = "slack"\ntoken = "keychain"\n',
    /key "channels\.work\.app_token": found nothing/,
  ],
  [
    '[channels.telegram]\nkind = "telegram"\ntoken = "12345:secret-canary"\n',
    /:3: key "channels\.telegram\.token": found a text \(not shown\), allowed "keychain"/,
  ],
  ['[channels.irc]\nkind = "irc"\ntoken = "keychain"\n', /"channels\.irc\.kind": found "irc"/],
  ['[channels.a-b]\nkind = "telegram"\ntoken = "keychain"\n', /allowed lower-case letters, digits/],
  // A name can be taken by somebody else.
  [`${BOT}owners = ["@ada"]\n`, /:4: key "channels\.telegram\.owners\.0": .* never names/],
  [`${BOT}owners = ["U012AB3CD"]\n`, /"channels\.telegram\.owners\.0"/],
  [`${BOT}allow = ["1", "ada"]\n`, /"channels\.telegram\.allow\.1"/],
  [`${BOT}api_url = "http://example.com/"\n`, /"channels\.telegram\.api_url"/],
  ["[daemon]\nconversations = 0\n", /"daemon\.conversations": found 0/],
];

Deno.test("wrong bots are refused with their line and without a secret", () => {
  for (const [text, said] of WRONG) {
    const got = problem(text);
    match(got, said);
    ok(!got.includes("secret-canary"), got);
  }
});

Deno.test("bots become settings, and their tokens stay apart from them", () => {
  const { file } = parseConfig(`${BOT}owners = ["7"]\nstrangers = "pair"\n${SLACK}`, "c");
  deepEqual(configuredChannels(file), [{
    name: "telegram",
    kind: "telegram",
    enabled: true,
    owners: ["7"],
    allow: [],
    strangers: "pair",
    guestsPerHour: 60,
    groups: "mention",
    groupAllow: [],
    threads: true,
    apiUrl: "https://api.telegram.org/",
  }, {
    name: "work",
    kind: "slack",
    enabled: true,
    owners: [],
    allow: [],
    strangers: "ignore",
    guestsPerHour: 60,
    groups: "mention",
    groupAllow: [],
    threads: true,
    apiUrl: "https://slack.com/api/",
  }]);
  deepEqual(savedNames(file), ["channel-telegram-token", "mine"]);
  deepEqual(referencedVariables(file), ["APP"]);
  deepEqual(configuredTokens(file, ({ key, savedAs }) => `${key} of ${savedAs}`), {
    telegram: { token: "token of channel-telegram-token", appToken: null },
    work: { token: "token of channel-work-token", appToken: "app_token of channel-work-app_token" },
  });
});

Deno.test("each bot has a thread that reaches its service's hosts alone, or those of its api_url", () => {
  equal(channelHosts("telegram", "https://api.telegram.org/").join(), "api.telegram.org:443");
  deepEqual(channelHosts("slack", "http://127.0.0.1:9/api/"), ["127.0.0.1:9"]);
  deepEqual(channelHosts("slack", "https://slack-gov.com/api/"), [
    "slack-gov.com:443",
    "*.slack-gov.com:443",
  ]);
  const channels = [
    { name: "telegram", kind: "telegram", hosts: ["a:1"] },
    { name: "work", kind: "slack", hosts: ["b:2"] },
  ] as const;
  deepEqual(
    compartments({ ...NO_INPUTS, channels }).filter(({ id }) => id.startsWith("channel:"))
      .map(({ id, kind, entry, permissions: { net, ...rest } }) => [
        id,
        kind,
        entry,
        net,
        Object.values(rest).flat(),
      ]),
    [
      ["channel:telegram", "thread", "compartments/channels/telegram/entry", ["a:1"], []],
      ["channel:work", "thread", "compartments/channels/slack/entry", ["b:2"], []],
    ],
  );
});

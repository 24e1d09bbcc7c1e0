/** `[channels.<name>]` and `[daemon]` of `config.toml`. */
import * as z from "zod";
import { CHANNEL_KINDS, CHANNEL_NAME } from "../../../model/channels/channel.ts";
import { CHANNEL_SERVICES } from "../../channels/services.ts";
import { isSafeAddress } from "../../http/safe_address.ts";
import { isIpAddress, isLoopback } from "../../net/listen_address.ts";
import { flag, kept, key, named, whole, words } from "./keys.ts";

const quoted = (names: readonly string[]) => names.map((name) => `"${name}"`).join(", ");

const STRANGERS = ["ignore", "pair", "public"] as const;
const GROUPS = ["mention", "always", "never"] as const;

/** What a value opens to people whom nobody named. */
const STRANGERS_OPEN: Readonly<Record<string, string | null>> = {
  ignore: null,
  pair: "strangers may ask to be let in",
  public: "whoever writes to the bot is answered, without tools",
};

const people = (description: string, opens: string) =>
  words(
    [],
    "ids of people as the service has them, never names",
    description,
    (ids) => ids.length > 0 ? `${ids.join(", ")} ${opens}` : null,
  );

const channel = () =>
  z.strictObject({
    kind: key(z.enum(CHANNEL_KINDS), {
      description: "Service that the bot is of",
      allowed: quoted(CHANNEL_KINDS),
      defaultText: "none: it has to be there",
      example: "telegram",
    }),
    enabled: flag(true, {
      description: "Whether `ward start` connects it",
    }),
    token: kept("Token of the bot"),
    app_token: kept("Slack: app-level token of Socket Mode, with connections:write"),
    owners: people(
      "Who owns this ward: their messages are yours, and only they answer its questions",
      "own this ward: what they write there is done as if you had typed it",
    ),
    allow: people(
      "Who may talk to it as a guest, without tools; bots are answered only when they stand here",
      "may talk to the bot, without tools",
    ),
    strangers: key(z.enum(STRANGERS).default("ignore"), {
      description: "What everybody else gets: nothing, a code that you can let them in by, or " +
        "answers as in a public place",
      allowed: quoted(STRANGERS),
      opens: (value) => STRANGERS_OPEN[String(value)] ?? null,
    }),
    guests_per_hour: whole(
      1,
      10_000,
      60,
      "Messages an hour that one who is no owner is answered; more are not taken",
    ),
    groups: key(z.enum(GROUPS).default("mention"), {
      description: "When it answers in groups: when it is mentioned or answered to, always, never",
      allowed: quoted(GROUPS),
      opens: (value) =>
        value === "always" ? "all that is said in its groups is read and sent to models" : null,
    }),
    group_allow: words(
      [],
      "ids of groups or channels as the service has them",
      "Groups that it answers in; none: all that it is in",
    ),
    threads: flag(true, {
      description: "Whether its answers in groups go into threads, each of which is a conversation",
    }),
    api_url: key(z.string().trim().refine(isSafeAddress).optional(), {
      description: "Base address of the service's API, where it is not the service's own",
      allowed: "an https:// address without a user name in it, or http:// on this machine",
      defaultText: "the service's own",
      example: "http://127.0.0.1:8081/",
      opens: (value) =>
        value === undefined
          ? null
          : `the token of the bot, and all that is said there, go to ${value}`,
    }),
  }).superRefine((one, context) => {
    const issue = (path: (string | number)[]) =>
      context.addIssue({ code: "custom", path, message: "wrong" });
    const { personId, hasAppToken } = CHANNEL_SERVICES[one.kind];
    if (one.token === undefined) issue(["token"]);
    if (hasAppToken && one.app_token === undefined) issue(["app_token"]);
    one.owners.forEach((id, at) => {
      if (!personId.test(id)) issue(["owners", at]);
    });
    one.allow.forEach((id, at) => {
      // Bots have ids of their own at Slack.
      if (!personId.test(id) && !/^B[A-Z0-9]{2,30}$/.test(id)) issue(["allow", at]);
    });
  });

/** `[channels.<name>]`. */
export const channelsSection = named(
  key(z.string().regex(CHANNEL_NAME), {
    description: "Name of a bot",
    allowed: "lower-case letters, digits and _, at most 32, no _ at its beginning",
  }),
  channel,
);

/** One entry. */
export type ChannelSetting = z.infer<ReturnType<typeof channel>>;

/** `[daemon]`. */
export const daemonSection = z.strictObject({
  bind: key(z.string().trim().refine(isIpAddress).default("127.0.0.1"), {
    description: "Address that the HTTP API listens on",
    allowed: 'an IP address of this machine, such as "127.0.0.1"',
    opens: (value) =>
      value === undefined || isLoopback(String(value))
        ? null
        : `whoever reaches ${value} and has the token uses ward as you; nothing is encrypted there`,
  }),
  port: whole(1, 65_535, 9742, "Port that the HTTP API listens on"),
  hosts: words(
    [],
    'names without a port, such as "ward.lan"',
    "Further names that requests may call the HTTP API by (header Host)",
  ),
  conversations: whole(1, 64, 4, "Conversations of all bots that ward works on at once"),
  shutdown_s: whole(
    0,
    600,
    20,
    "Seconds that what is in hand may take when ward is told to stop; what is not done by then " +
      "goes on after the next start",
  ),
  idle_s: whole(
    10,
    86_400,
    600,
    "Seconds after its last message that the cell of a conversation is kept",
  ),
}).prefault({});

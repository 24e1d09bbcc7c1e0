/** What of Discord's objects is read. Source: Discord's documentation, version 10. */
import * as z from "zod";

/** An id: 64 bits in decimal digits, sortable by time. */
export const snowflake = z.string().regex(/^\d{1,20}$/);

/** Who wrote or pressed. */
export const user = z.object({
  id: snowflake,
  username: z.string(),
  global_name: z.string().nullish(),
  bot: z.boolean().optional(),
});

/** See {@linkcode user}. */
export type DiscordUser = z.infer<typeof user>;

/** A file of a message. */
export const attachment = z.object({
  id: snowflake,
  filename: z.string(),
  size: z.number(),
  url: z.string(),
  content_type: z.string().nullish(),
});

/** A message, from the gateway or from history. */
export const message = z.object({
  id: snowflake,
  channel_id: snowflake,
  guild_id: snowflake.optional(),
  author: user,
  webhook_id: snowflake.optional(),
  content: z.string(),
  timestamp: z.string(),
  type: z.number(),
  mentions: z.array(user).default([]),
  mention_roles: z.array(snowflake).default([]),
  attachments: z.array(attachment).default([]),
  referenced_message: z.object({ author: user, content: z.string() }).nullish(),
  message_snapshots: z.array(z.object({
    message: z.object({ content: z.string(), attachments: z.array(attachment).default([]) }),
  })).default([]),
  nonce: z.union([z.string(), z.number()]).nullish(),
});

/** Files of a message, those of the messages that it hands on with them. */
export function filesOf(
  { attachments, message_snapshots }: Pick<DiscordMessage, "attachments" | "message_snapshots">,
): z.infer<typeof attachment>[] {
  return [...attachments, ...message_snapshots.flatMap((one) => one.message.attachments)];
}

/** See {@linkcode message}. */
export type DiscordMessage = z.infer<typeof message>;

/** A slash command that was given, or a button that was pressed. */
export const interaction = z.object({
  id: snowflake,
  application_id: snowflake,
  type: z.number(),
  token: z.string(),
  channel_id: snowflake.optional(),
  guild_id: snowflake.optional(),
  member: z.object({ user }).optional(),
  user: user.optional(),
  message: z.object({ id: snowflake }).optional(),
  data: z.object({
    name: z.string().optional(),
    custom_id: z.string().optional(),
    options: z.array(z.object({ name: z.string(), value: z.unknown().optional() })).default([]),
  }).optional(),
});

/** See {@linkcode interaction}. */
export type DiscordInteraction = z.infer<typeof interaction>;

/** A channel or thread. */
export const channel = z.object({
  id: snowflake,
  type: z.number(),
  guild_id: snowflake.optional(),
  parent_id: snowflake.nullish(),
  owner_id: snowflake.nullish(),
  permission_overwrites: z.array(z.object({ id: snowflake, deny: z.string() })).default([]),
});

/** A server. */
export const guild = z.object({
  id: snowflake,
  features: z.array(z.string()),
  vanity_url_code: z.string().nullish(),
  roles: z.array(z.object({
    id: snowflake,
    permissions: z.string(),
    tags: z.object({ bot_id: snowflake.optional() }).optional(),
  })),
});

/** The application that the bot is of. */
export const application = z.object({ id: snowflake, flags: z.number().default(0) });

/** Where to connect, and how often. */
export const gatewayBot = z.object({
  url: z.string(),
  session_start_limit: z.object({ remaining: z.number(), reset_after: z.number() }),
});

/** The first event of a session. */
export const ready = z.object({
  session_id: z.string().min(1).max(200),
  resume_gateway_url: z.string(),
});

/** What the gateway sends. */
export const payload = z.object({
  op: z.number(),
  d: z.unknown(),
  s: z.number().nullish(),
  t: z.string().nullish(),
});

/** See {@linkcode payload}. */
export type GatewayPayload = z.infer<typeof payload>;

/** The first moment of a snowflake's clock, ms since the epoch. */
const EPOCH_MS = 1_420_070_400_000;

/** When something with this id was made, ms since the epoch. */
export function timeOf(id: string): number {
  return Number(BigInt(id) >> 22n) + EPOCH_MS;
}

/** The first id that something made at that time could have. */
export function firstIdAt(ms: number): string {
  return String(BigInt(Math.max(0, Math.floor(ms) - EPOCH_MS)) << 22n);
}

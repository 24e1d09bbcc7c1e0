/**
 * The methods of the Web API that a bot needs, each with the scope and the words that Slack has for
 * it. Source: docs.slack.dev, the page of each method.
 */
import { POST_CHARS, readMessage, UPDATE_CHARS } from "./check_message.ts";
import { BOT, type Channel, type Message, type SlackFile, type Workspace } from "./workspace.ts";

/** An answer, before it is one of HTTP. */
export type Answer = Record<string, unknown> & { readonly ok: boolean };

/** Answers a form. */
type Method = (form: URLSearchParams) => Answer;

const ok = (body: object = {}): Answer => ({ ok: true, ...body });
const no = (error: string, more: object = {}): Answer => ({ ok: false, error, ...more });

/** Scope for the history of a channel of each kind, and for its facts. */
const HISTORY = {
  im: "im:history",
  mpim: "mpim:history",
  private: "groups:history",
  public: "channels:history",
} as const;
const READ = {
  im: "im:read",
  mpim: "mpim:read",
  private: "groups:read",
  public: "channels:read",
} as const;

/** The methods. `scopes` is read at each call; `host` is where files are. */
export function webApi(
  workspace: Workspace,
  scopes: ReadonlySet<string>,
  host: () => string,
): Readonly<Record<string, Method>> {
  const uploads = new Map<string, { name: string; length: number }>();
  const needs = (scope: string): Answer | null =>
    scopes.has(scope)
      ? null
      : no("missing_scope", { needed: scope, provided: [...scopes].join(",") });
  /** The channel, where the bot may see it. */
  const seen = (id: string | null): Channel | null => {
    const channel = workspace.channels.get(id ?? "");
    return channel && (channel.isMember || channel.kind === "public") ? channel : null;
  };
  const post = (form: URLSearchParams): Answer => {
    const channel = seen(form.get("channel"));
    if (channel === null) return no("channel_not_found");
    if (!channel.isMember) return no("not_in_channel");
    const message = readMessage(form, POST_CHARS);
    if (typeof message === "string") return no(message);
    const thread = form.get("thread_ts");
    if (thread !== null && !channel.messages.some(({ ts }) => ts === thread)) {
      return no("thread_not_found");
    }
    const { text, blocks, metadata } = message;
    const added = workspace.add(channel, {
      user: BOT.userId,
      bot_id: BOT.botId,
      text,
      ...(blocks === null ? {} : { blocks }),
      ...(metadata === null ? {} : { metadata }),
      ...(thread === null ? {} : { thread_ts: thread }),
    });
    return ok({ channel: channel.id, ts: added.ts, message: withoutMetadata(added) });
  };
  const own = (
    form: URLSearchParams,
    refusal: string,
  ): { channel: Channel; at: number } | Answer => {
    const channel = seen(form.get("channel"));
    if (channel === null) return no("channel_not_found");
    const at = channel.messages.findIndex(({ ts }) => ts === form.get("ts"));
    if (at < 0) return no("message_not_found");
    return channel.messages[at]!.user === BOT.userId ? { channel, at } : no(refusal);
  };
  const list = (form: URLSearchParams, messages: readonly Message[], channel: Channel): Answer => {
    const refused = needs(HISTORY[channel.kind]);
    if (refused) return refused;
    const oldest = Number(form.get("oldest") ?? 0);
    const latest = Number(form.get("latest") ?? Infinity);
    const within = messages.filter(({ ts }) => {
      const at = Number(ts);
      return form.get("inclusive") === "true"
        ? at >= oldest && at <= latest
        : at > oldest && at < latest;
    });
    const from = Number(form.get("cursor")?.replace("next:", "") ?? 0);
    const limit = Number(form.get("limit") ?? 100);
    const page = within.slice(from, from + limit);
    const more = from + limit < within.length;
    const isWhole = form.get("include_all_metadata") === "true";
    return ok({
      messages: page.map((one) => ({ type: "message", ...(isWhole ? one : withoutMetadata(one)) })),
      has_more: more,
      ...(more ? { response_metadata: { next_cursor: `next:${from + limit}` } } : {}),
    });
  };
  return {
    "auth.test": () =>
      ok({
        url: "https://example.slack.com/",
        team: workspace.team.name,
        team_id: workspace.team.id,
        user: "ward",
        user_id: BOT.userId,
        bot_id: BOT.botId,
        is_enterprise_install: false,
      }),
    "chat.postMessage": (form) => needs("chat:write") ?? post(form),
    "chat.postEphemeral": (form) => {
      const refused = needs("chat:write");
      if (refused) return refused;
      const channel = seen(form.get("channel"));
      if (channel === null) return no("channel_not_found");
      if (!workspace.people.has(form.get("user") ?? "")) return no("user_not_in_channel");
      return (form.get("text") ?? "") === ""
        ? no("no_text")
        : ok({ message_ts: workspace.nextTs() });
    },
    "chat.update": (form) => {
      const refused = needs("chat:write");
      if (refused) return refused;
      const found = own(form, "cant_update_message");
      if ("ok" in found) return found;
      const read = readMessage(form, UPDATE_CHARS);
      if (typeof read === "string") return no(read);
      const message = found.channel.messages[found.at]!;
      message.text = read.text;
      // A text without blocks takes those away that were there.
      if (read.blocks === null || read.blocks.length === 0) delete message.blocks;
      else message.blocks = read.blocks;
      if (read.metadata !== null) message.metadata = read.metadata;
      return ok({ channel: found.channel.id, ts: message.ts, text: message.text });
    },
    "chat.delete": (form) => {
      const refused = needs("chat:write");
      if (refused) return refused;
      const found = own(form, "cant_delete_message");
      if ("ok" in found) return found;
      const [gone] = found.channel.messages.splice(found.at, 1);
      return ok({ channel: found.channel.id, ts: gone!.ts });
    },
    "conversations.history": (form) => {
      const channel = seen(form.get("channel"));
      if (channel === null) return no("channel_not_found");
      if (!channel.isMember) return no("not_in_channel");
      return list(form, workspace.messagesOf(channel, null).toReversed(), channel);
    },
    "conversations.replies": (form) => {
      const channel = seen(form.get("channel"));
      if (channel === null) return no("channel_not_found");
      const messages = workspace.messagesOf(channel, form.get("ts"));
      return messages.length === 0 ? no("thread_not_found") : list(form, messages, channel);
    },
    "conversations.info": (form) => {
      const channel = seen(form.get("channel"));
      if (channel === null) return no("channel_not_found");
      return needs(READ[channel.kind]) ?? ok({
        channel: {
          id: channel.id,
          is_im: channel.kind === "im",
          is_mpim: channel.kind === "mpim",
          is_private: channel.kind !== "public",
          is_ext_shared: channel.isShared ?? false,
          is_member: channel.isMember,
        },
      });
    },
    "users.info": (form) => {
      const id = form.get("user") ?? "";
      const person = workspace.people.get(id);
      if (!person) return no("user_not_found");
      return needs("users:read") ?? ok({
        user: {
          id,
          name: id.toLowerCase(),
          is_bot: person.isBot,
          profile: { display_name: person.name, real_name: person.name },
        },
      });
    },
    "assistant.threads.setStatus": (form) => {
      const refused = needs("chat:write");
      if (refused) return refused;
      const channel = seen(form.get("channel_id"));
      if (channel === null) return no("channel_not_found");
      return channel.messages.some(({ ts }) => ts === form.get("thread_ts"))
        ? ok()
        : no("thread_not_found");
    },
    "files.getUploadURLExternal": (form) => {
      const refused = needs("files:write");
      if (refused) return refused;
      const name = form.get("filename") ?? "";
      const length = Number(form.get("length"));
      if (name === "" || !Number.isSafeInteger(length) || length < 1) {
        return no("invalid_arguments");
      }
      const id = `F0UP${uploads.size}`;
      uploads.set(id, { name, length });
      return ok({ file_id: id, upload_url: `${host()}/upload/v1/${id}` });
    },
    "files.completeUploadExternal": (form) => {
      const refused = needs("files:write");
      if (refused) return refused;
      const channel = seen(form.get("channel_id"));
      if (channel === null) return no("channel_not_found");
      if (!channel.isMember) return no("not_in_channel");
      const given = JSON.parse(form.get("files") ?? "[]") as { id: string; title?: string }[];
      const files: SlackFile[] = [];
      for (const { id } of given) {
        const kept = workspace.files.get(id);
        if (!kept || uploads.get(id)?.length !== kept.bytes.length) return no("file_not_found");
        files.push(kept.file);
      }
      const thread = form.get("thread_ts");
      const { ts } = workspace.add(channel, {
        user: BOT.userId,
        bot_id: BOT.botId,
        subtype: "file_share",
        text: form.get("initial_comment") ?? "",
        files,
        ...(thread === null ? {} : { thread_ts: thread }),
      });
      const scope = channel.kind === "public" ? "public" : "private";
      return ok({
        files: files.map((one) => ({ ...one, shares: { [scope]: { [channel.id]: [{ ts }] } } })),
      });
    },
    "files.info": (form) => {
      const kept = workspace.files.get(form.get("file") ?? "");
      return needs("files:read") ?? (kept ? ok({ file: kept.file }) : no("file_not_found"));
    },
  };
}

function withoutMetadata(message: Message): Omit<Message, "metadata"> {
  const { metadata: _, ...rest } = message;
  return rest;
}

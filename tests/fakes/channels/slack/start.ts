/**
 * Slack as a bot sees it, on this machine: Web API, Socket Mode and files, strict about tokens,
 * scopes and forms. People in it are the test. That it is like Slack is shown by Slack's own SDKs,
 * which `tests/channels/slack/sdk_test.ts` drives against it.
 */
import { canaries, type ReportedRequest } from "../../canaries.ts";
import { SocketMode } from "./socket_mode.ts";
import { webApi } from "./web_api.ts";
import { BOT, type Message, type SlackFile, Workspace } from "./workspace.ts";

/** All scopes of docs/slack_channel.md. */
export const BOT_SCOPES = [
  "app_mentions:read",
  "channels:history",
  "channels:read",
  "chat:write",
  "commands",
  "files:read",
  "files:write",
  "groups:history",
  "groups:read",
  "im:history",
  "mpim:history",
  "mpim:read",
  "users:read",
] as const;

/** How one message of a person differs from plain text in a channel. */
export interface Said {
  /** @default "U0ADA" */
  readonly user?: string;
  readonly thread?: string;
  readonly files?: readonly SlackFile[];
  readonly attachments?: readonly unknown[];
  readonly subtype?: string;
  readonly botId?: string;
}

/** The service, with what a test asks about and does. */
export interface FakeSlack extends AsyncDisposable {
  readonly apiUrl: string;
  readonly url: string;
  readonly tokens: { readonly bot: string; readonly app: string };
  readonly workspace: Workspace;
  readonly sockets: SocketMode;
  /** Scopes of the bot; a test may take some away. */
  readonly scopes: Set<string>;
  /** Forms of the calls of a method, oldest first. */
  to(method: string): URLSearchParams[];
  /** A person writes. @returns The time of the message. */
  say(channel: string, text: string, how?: Said): string;
  /** A person presses a button of a message. */
  press(channel: string, ts: string, data: string, user?: string): void;
  /**
   * A person uses a slash command, anywhere.
   *
   * @returns Its payload, for another delivery of it.
   */
  command(channel: string, text: string, how?: { command?: string; user?: string }): object;
  /** Another event of Slack's. */
  tell(event: object, more?: object): void;
  /** Puts a file where people's are. */
  addFile(name: string, mimetype: string, bytes: Uint8Array): SlackFile;
  /** Messages of a channel, oldest first. */
  messages(channel: string): readonly Message[];
  /** Answers in place of a method: null as usual. Set by a test. */
  script: (
    method: string,
    form: URLSearchParams,
    count: number,
    fromPort: number,
  ) => Response | null;
}

/**
 * Starts it.
 *
 * @param options `port` 0: a free one. `nowMs`: its time, which a ward with a real clock compares
 *   its own with.
 */
export function startSlack(
  { port = 0, nowMs = 1_764_000_000_000 }: { readonly port?: number; readonly nowMs?: number } = {},
): FakeSlack {
  const workspace = new Workspace(nowMs);
  const sockets = new SocketMode();
  const scopes = new Set<string>(BOT_SCOPES);
  const requests: (ReportedRequest & { method: string })[] = [];
  const tokens = {
    bot: `xoxb-canary-${crypto.randomUUID()}`,
    app: `xapp-1-${BOT.appId}-canary-${crypto.randomUUID()}`,
  };
  let events = 0;
  const methods = webApi(workspace, scopes, () => slack.url);
  const answer = (
    request: Request,
    method: string,
    form: URLSearchParams,
    fromPort: number,
  ): Response => {
    const count = requests.filter((one) => one.method === method).length - 1;
    const told = slack.script(method, form, count, fromPort);
    if (told) return told;
    const token = request.headers.get("authorization")?.replace(/^Bearer /, "") ?? "";
    const isApp = method === "apps.connections.open";
    if (token === "") return Response.json({ ok: false, error: "not_authed" });
    if (token === (isApp ? tokens.bot : tokens.app)) {
      return Response.json({ ok: false, error: "not_allowed_token_type" });
    }
    if (token !== (isApp ? tokens.app : tokens.bot)) {
      return Response.json({ ok: false, error: "invalid_auth" });
    }
    if (isApp) return Response.json({ ok: true, url: sockets.newAddress(new URL(slack.url).host) });
    const run = Object.hasOwn(methods, method) ? methods[method] : undefined;
    const body = run ? run(form) : { ok: false, error: "unknown_method" };
    return Response.json(body, { headers: { "x-oauth-scopes": [...scopes].join(",") } });
  };
  const server = Deno.serve(
    { hostname: "127.0.0.1", port, onListen() {} },
    async (request, info) => {
      const { port: fromPort } = info.remoteAddr;
      const { pathname } = new URL(request.url);
      if (pathname === "/link/") return sockets.upgrade(request);
      if (pathname.startsWith("/files-pri/")) return download(request, pathname);
      if (pathname.startsWith("/upload/v1/")) return await upload(request, pathname);
      const method = pathname.replace(/^\/api\//, "");
      const text = await request.text();
      const isJson = request.headers.get("content-type")?.startsWith("application/json");
      requests.push({ method, path: pathname, headers: request.headers, body: text });
      return answer(
        request,
        method,
        isJson ? formOfJson(text) : new URLSearchParams(text),
        fromPort,
      );
    },
  );
  const checkRequests = canaries.watchService({ requests });
  const download = (request: Request, path: string): Response => {
    const found = [...workspace.files.values()].find(({ file }) =>
      new URL(file.url_private).pathname === path
    );
    const isAllowed = request.headers.get("authorization") === `Bearer ${tokens.bot}` &&
      scopes.has("files:read");
    // Slack sends whoever may not read it to its page for logging in.
    if (!isAllowed) return Response.redirect(`${slack.url}/?redir=${encodeURIComponent(path)}`);
    if (!found) return new Response("no such file", { status: 404 });
    return new Response(Uint8Array.from(found.bytes), {
      headers: { "content-type": found.file.mimetype },
    });
  };
  const upload = async (request: Request, path: string): Promise<Response> => {
    const id = path.replace("/upload/v1/", "");
    const isForm = request.headers.get("content-type")?.startsWith("multipart/form-data");
    const bytes = isForm
      ? await [...(await request.formData()).values()].filter((one) => one instanceof File)[0]!
        .bytes()
      : new Uint8Array(await request.arrayBuffer());
    keep(id, "upload", "application/octet-stream", bytes);
    return new Response(`OK - ${bytes.length}`);
  };
  const keep = (id: string, name: string, mimetype: string, bytes: Uint8Array): SlackFile => {
    const address = `${slack.url}/files-pri/${workspace.team.id}-${id}/${encodeURIComponent(name)}`;
    const file: SlackFile = {
      id,
      name,
      mimetype,
      size: bytes.length,
      url_private: address,
      mode: "hosted",
    };
    workspace.files.set(id, { file, bytes });
    return file;
  };
  const envelope = (event: object, more: object = {}) => ({
    token: "verification",
    team_id: workspace.team.id,
    api_app_id: BOT.appId,
    type: "event_callback",
    event_id: `Ev${++events}`,
    event_time: 1_764_000_000,
    authorizations: [{ team_id: workspace.team.id, user_id: BOT.userId, is_bot: true }],
    event,
    ...more,
  });
  const slack: FakeSlack = {
    url: `http://127.0.0.1:${server.addr.port}`,
    apiUrl: `http://127.0.0.1:${server.addr.port}/api/`,
    tokens,
    workspace,
    sockets,
    scopes,
    script: () => null,
    to: (method) =>
      requests.filter((one) => one.method === method).map(({ body }) => new URLSearchParams(body)),
    tell: (event, more) => sockets.send("events_api", envelope(event, more)),
    say(id, text, { user = "U0ADA", thread, files, attachments, subtype, botId } = {}) {
      const channel = workspace.channels.get(id)!;
      const message = workspace.add(channel, {
        user,
        text,
        ...(thread === undefined ? {} : { thread_ts: thread }),
        ...(files ? { files, subtype: "file_share" } : {}),
        ...(attachments ? { attachments } : {}),
        ...(subtype === undefined ? {} : { subtype }),
        ...(botId === undefined ? {} : { bot_id: botId }),
      });
      const parent = channel.messages.find(({ ts }) => ts === thread)?.user;
      const event = {
        ...message,
        channel: id,
        event_ts: message.ts,
        ...(parent === undefined ? {} : { parent_user_id: parent }),
      };
      const type = { im: "im", mpim: "mpim", private: "group", public: "channel" }[channel.kind];
      const more = channel.isShared ? { is_ext_shared_channel: true } : {};
      slack.tell({ type: "message", channel_type: type, ...event }, more);
      if (channel.kind !== "im" && text.includes(`<@${BOT.userId}`)) {
        slack.tell({ type: "app_mention", ...event }, more);
      }
      return message.ts;
    },
    press(id, ts, data, user = "U0ADA") {
      const message = workspace.channels.get(id)!.messages.find((one) => one.ts === ts)!;
      const thread = message.thread_ts === undefined ? {} : { thread_ts: message.thread_ts };
      sockets.send("interactive", {
        type: "block_actions",
        team: { id: workspace.team.id },
        api_app_id: BOT.appId,
        trigger_id: crypto.randomUUID(),
        user: { id: user, username: user.toLowerCase(), name: user.toLowerCase() },
        channel: { id, name: "directmessage" },
        container: { type: "message", message_ts: ts, channel_id: id, ...thread },
        message: { ts, text: message.text, ...thread },
        actions: buttonsOf(message).filter(({ value }) => value === data)
          .map((button) => ({ ...button, action_ts: workspace.nextTs() })),
      });
    },
    command(id, text, { command = "/ward", user = "U0ADA" } = {}) {
      if (!scopes.has("commands")) throw new Error(`${command} is no valid command`);
      const kind = workspace.channels.get(id)?.kind ?? (id.startsWith("D") ? "im" : "private");
      const hex = crypto.randomUUID().replaceAll("-", "");
      const payload = {
        token: "verification",
        team_id: workspace.team.id,
        team_domain: "example",
        channel_id: id,
        channel_name: {
          im: "directmessage",
          mpim: "mpdm-ada--bob--ward-1",
          private: "privategroup",
          public: id.slice(2).toLowerCase(),
        }[kind],
        user_id: user,
        user_name: user.toLowerCase(),
        command,
        text,
        api_app_id: BOT.appId,
        is_enterprise_install: "false",
        response_url: `${slack.url}/commands/${workspace.team.id}/1/${hex}`,
        trigger_id: `1764000000001.1764000000000.${hex}`,
      };
      sockets.send("slash_commands", payload);
      return payload;
    },
    addFile: (name, mimetype, bytes) => keep(`F0${workspace.files.size}`, name, mimetype, bytes),
    messages: (id) => workspace.channels.get(id)!.messages,
    [Symbol.asyncDispose]: async () => {
      sockets.closeAll();
      await server.shutdown();
      checkRequests();
    },
  };
  return slack;
}

function buttonsOf({ blocks = [] }: Message): { type: string; action_id: string; value: string }[] {
  return (blocks as { elements?: { type: string; action_id: string; value: string }[] }[])
    .flatMap(({ elements = [] }) => elements);
}

function formOfJson(text: string): URLSearchParams {
  const fields = Object.entries(JSON.parse(text) as Record<string, unknown>);
  return new URLSearchParams(
    fields.map(([key, value]) => [
      key,
      typeof value === "object" ? JSON.stringify(value) : String(value),
    ]),
  );
}

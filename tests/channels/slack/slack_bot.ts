/** A real thread of a Slack bot against the fake. */
import type { ChannelEvent } from "../../../src/compartments/channels/api.ts";
import type { ChannelClient } from "../../../src/compartments/channels/client.ts";
import { startChannelThread } from "../../../src/app/daemon/channel_thread.ts";
import type { ChatPlace } from "../../../src/model/channels/message.ts";
import { FORM } from "../../accounts/auth_kit.ts";
import type { FakeSlack } from "../../fakes/slack/start.ts";

/** A bot. */
export interface SlackBot extends AsyncDisposable {
  readonly client: ChannelClient;
  /** All that was told so far. */
  readonly events: ChannelEvent[];
  /** The next event of this type that was not asked for before. */
  next<T extends ChannelEvent["type"]>(type: T): Promise<Extract<ChannelEvent, { type: T }>>;
}

/** Places of the fake's workspace. */
export function placeOf(chat: string, thread: string | null = null): ChatPlace {
  const kind = chat.startsWith("D") ? "direct" : chat.startsWith("G") ? "group" : "public";
  return { channel: "slack", chat, thread, kind };
}

/** Starts one that receives. */
export async function startSlackBot(
  slack: FakeSlack,
  { threads = true, receives = true }: {
    readonly threads?: boolean;
    readonly receives?: boolean;
  } = {},
): Promise<SlackBot> {
  const thread = await startChannelThread(
    { name: "slack", kind: "slack", apiUrl: slack.apiUrl, threads },
    { token: slack.tokens.bot, appToken: slack.tokens.app },
    FORM,
  );
  const events: ChannelEvent[] = [];
  const asked = new Map<string, number>();
  let wake = Promise.withResolvers<void>();
  const stop = new AbortController();
  const onEvent = (event: ChannelEvent) => {
    events.push(event);
    wake.resolve();
    wake = Promise.withResolvers();
  };
  const received = receives
    ? thread.client.receive({ cursor: null }, onEvent, stop.signal)
    : Promise.resolve();
  received.catch(() => {});
  return {
    client: thread.client,
    events,
    async next<T extends ChannelEvent["type"]>(type: T) {
      const number = asked.get(type) ?? 0;
      asked.set(type, number + 1);
      for (;;) {
        const found = events.filter((event) => event.type === type)[number];
        if (found) return found as Extract<ChannelEvent, { type: T }>;
        await wake.promise;
      }
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await received;
      thread.stop();
    },
  };
}

/** The bots of the daemon: each is a service with a thread, an inbox and an outbox of its own. */
import { type ChannelThread, startChannelThread } from "./channel_thread.ts";
import type { ProcessStart } from "../start/process.ts";
import { AppError } from "../../base/app_error.ts";
import type { ChannelClient } from "../../compartments/channels/client.ts";
import type { FrontDesk } from "../../daemon/front_desk.ts";
import { receiveMail } from "../../daemon/inbox.ts";
import { createOutbox, type Outbox } from "../../daemon/outbox.ts";
import type { QuestionForm } from "../../daemon/questions.ts";
import type { DaemonService } from "../../daemon/service.ts";
import { approvalPart, settledPart, voidPart } from "../../surfaces/channels/approval_part.ts";
import { registeredCommands } from "../../kernel/channels/commands.ts";
import type { Mailbox } from "../../kernel/mail_ports.ts";
import type { Clock, Log, Random } from "../../kernel/ports.ts";
import type { BotIdentity, ChannelSettings } from "../../model/channels/channel.ts";
import type { Lane } from "../../model/channels/mail.ts";
import type { ButtonPress } from "../../model/channels/message.ts";

/** A bot that the daemon runs. */
export interface DaemonBot {
  /** As they are now. */
  readonly settings: ChannelSettings;
  /** Its thread; a call fails while there is none. */
  readonly port: ChannelClient;
  readonly outbox: Outbox;
  readonly form: QuestionForm;
  readonly service: DaemonService;
  /** How its connection is. */
  readonly connection: BotConnection;
  /** Takes nothing in any more; what is in the outbox is still sent. */
  stopTaking(): void;
}

/** How the connection of a bot is. Safe to show. */
export interface BotConnection {
  /** Who it is; null: it has not connected yet. */
  readonly as: BotIdentity | null;
  /** Why it is not connected; null: it is, or has not tried. */
  readonly why: string | null;
  /** What its owner should know. */
  readonly note: string | null;
}

/** All bots, by their names. */
export type DaemonBots = ReadonlyMap<string, DaemonBot>;

/** What bots work with. */
export interface BotParts {
  readonly mailbox: Mailbox;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** A bot as it is configured now. */
  settingsOf(name: string): ChannelSettings | undefined;
  /** What becomes of a message before it is stored. */
  readonly desk: Pick<FrontDesk, "laneOf" | "kept">;
  /** Something waits in the inbox; `isLast`: and it is told that too much does. */
  onTaken(lane: Lane, isLast: boolean): void;
  onPress(bot: DaemonBot, press: ButtonPress): void;
  onConnection(bot: DaemonBot): void;
}

/** Makes a bot; nothing runs yet. */
export function createBot(
  first: ChannelSettings,
  start: Pick<ProcessStart, "channelTokens" | "form">,
  parts: BotParts,
): DaemonBot {
  const { name, kind } = first;
  const { mailbox, log } = parts;
  let thread: ChannelThread | null = null;
  let connection: BotConnection = { as: null, why: null, note: null };
  const taking = new AbortController();
  const port = throughThread(() => {
    if (thread) return thread.client;
    throw new AppError("channel.ended", `The bot "${name}" does not run`);
  });
  const outbox = createOutbox({ channel: name, port, ...parts });
  const bot: DaemonBot = {
    get settings() {
      return parts.settingsOf(name) ?? first;
    },
    port,
    outbox,
    form: {
      ask: (asked, id) => approvalPart(kind, asked, id),
      settled: (asked, how) => settledPart(kind, asked, how),
      void: (sent) => voidPart(kind, sent),
    },
    get connection() {
      return connection;
    },
    stopTaking: () => taking.abort(),
    service: {
      name: `channel:${name}`,
      async run(signal) {
        const tokens = start.channelTokens[name] ?? { token: null, appToken: null };
        const started = thread = await startChannelThread(first, tokens, start.form);
        const broken = new AbortController();
        const both = AbortSignal.any([signal, broken.signal]);
        const ended = started.ended.then(() => {
          if (!both.aborted) throw new AppError("channel.ended", `The thread of "${name}" ended`);
        });
        const parallel = [ended, outbox.run(both)];
        if (!taking.signal.aborted) parallel.push(receive(AbortSignal.any([both, taking.signal])));
        try {
          await Promise.race([Promise.all(parallel.slice(1)), ended]);
        } finally {
          broken.abort();
          await Promise.allSettled(parallel.slice(1));
          thread = null;
          started.stop();
        }
      },
    },
  };
  const receive = (signal: AbortSignal) => {
    // Where the service has lists of commands; without one all commands work.
    port.setCommands(registeredCommands(kind))
      .catch(() => log.write("warn", "bot_commands", { bot: name }));
    return receiveMail({
      channel: name,
      port,
      mailbox,
      laneOf: (message) => parts.desk.laneOf(message),
      kept: (message) => parts.desk.kept(message),
      onTaken: parts.onTaken,
      onPress: (press) => parts.onPress(bot, press),
      onState(event) {
        // A connection that ward itself ends is no news.
        if (signal.aborted) return;
        connection = event.type === "connected"
          ? { as: event.as, why: null, note: event.note ?? null }
          : { ...connection, why: event.why };
        log.write("info", "bot", { bot: name, state: event.type });
        parts.onConnection(bot);
      },
    }, signal);
  };
  return bot;
}

/** The client of whichever thread runs. */
function throughThread(client: () => ChannelClient): ChannelClient {
  const later =
    <A extends unknown[], R>(call: (one: ChannelClient, ...args: A) => Promise<R>) =>
    async (...args: A) => await call(client(), ...args);
  return {
    configure: later((one, setup) => one.configure(setup)),
    identify: later((one) => one.identify()),
    receive: later((one, from, onEvent, signal) => one.receive(from, onEvent, signal)),
    stored: (done) => client().stored(done),
    send: later((one, sent) => one.send(sent)),
    edit: later((one, edited) => one.edit(edited)),
    remove: later((one, which) => one.remove(which)),
    find: later((one, which) => one.find(which)),
    typing: later((one, place) => one.typing(place)),
    answerPress: later((one, answer) => one.answerPress(answer)),
    readFile: later((one, which) => one.readFile(which)),
    sendFile: later((one, sent) => one.sendFile(sent)),
    setCommands: later((one, list) => one.setCommands(list)),
    history: later((one, which) => one.history(which)),
  };
}

/** The daemon of a profile, put together: bots, the lines that work off their mail, and what keeps them. */
import { type BotParts, createBot, type DaemonBot } from "./bots.ts";
import { chatTools } from "./chats/chat_tools.ts";
import { createChatTurns } from "./chats/chat_turns.ts";
import { runChatCommand } from "./commands/chat_commands.ts";
import { createCommandWork } from "./commands/command_work.ts";
import { createChatConversations } from "./chats/conversations.ts";
import { createCommandHost } from "./commands/daemon_host.ts";
import { createProviderPool } from "./chats/provider_pool.ts";
import { createProgramServices } from "../api/program_services.ts";
import type { ProcessStart } from "../start/process.ts";
import type { Ward } from "../ward.ts";
import type { AppError } from "../../base/app_error.ts";
import { pruneReceived } from "../../host/files/received_file.ts";
import { createDispatcher } from "../../daemon/dispatcher.ts";
import { createFrontDesk } from "../../daemon/front_desk.ts";
import { createHousekeeping } from "../../daemon/housekeeping.ts";
import { createQuestions, type Questions } from "../../daemon/questions.ts";
import { createSupervisor, type ServiceState, type Supervisor } from "../../daemon/supervisor.ts";
import { readButton } from "../../kernel/channels/answers.ts";
import { Pairings } from "../../kernel/channels/pairing.ts";
import { mayApprove } from "../../kernel/channels/roles_of.ts";
import type { Mailbox } from "../../kernel/mail_ports.ts";
import type { Clock, Random } from "../../kernel/ports.ts";
import type { ButtonPress } from "../../model/channels/message.ts";

/** Commands that are worked on at once, each in another place. */
const COMMANDS_AT_ONCE = 4;

/** When ward stops, answers that are stored may take so long to be sent; the rest is sent later. */
const SENDING_MS = 3_000;
const LOOK_MS = 50;

/** A daemon that runs. */
export interface Daemon {
  readonly ward: Ward;
  readonly mailbox: Mailbox;
  readonly supervisor: Supervisor;
  readonly bots: ReadonlyMap<string, DaemonBot>;
  readonly turns: ReturnType<typeof createChatTurns>;
  readonly conversations: ReturnType<typeof createChatConversations>;
  readonly questions: Questions;
  /** What everything begins with from now on. */
  start(): ProcessStart;
  /** Takes other settings: bots that are new, gone or changed are started and ended. */
  reload(start: ProcessStart): Promise<void>;
  /** Ends it: takes nothing in, finishes or parks what runs, sends what is stored. */
  close(): Promise<void>;
}

/** What a daemon is told by. */
export interface DaemonParts {
  readonly ward: Ward;
  /** What it begins with: that of the ward, or one that was read later. */
  readonly start: ProcessStart;
  readonly clock: Clock;
  readonly random: Random;
  /** Ends the daemon and starts it again, for a command of a chat. */
  restart(): void;
  /** The start with the configuration as it is now. @throws {UsageError} What is wrong with it. */
  reread(): Promise<ProcessStart>;
  /** The connection of a bot came or went. */
  onConnection(bot: DaemonBot): void;
  onService(state: ServiceState): void;
  /** The HTTP API listens there. */
  onListening(address: string): void;
  /** What is configured and does not run. */
  problems(all: readonly AppError[]): void;
}

/** Starts it. */
export async function startDaemon(parts: DaemonParts): Promise<Daemon> {
  const { ward, clock, random } = parts;
  const { store: mailbox, log } = ward;
  let { start } = parts;
  const settings = () => start.settings;
  const channelOf = (name: string) => settings().channels.find((one) => one.name === name);
  const bots = new Map<string, DaemonBot>();
  const pool = createProviderPool();
  const conversations = createChatConversations({
    ward,
    pool,
    mailbox,
    clock,
    start: () => start,
    toolsOf: (room, { place, forRoom }) =>
      chatTools(room, { here: place, bots, mailbox, random, forRoom }),
  });
  const questions = createQuestions({
    mailbox,
    clock,
    random,
    timeoutMs: () => settings().approvals.timeoutMs,
    wake: (channel) => bots.get(channel)?.outbox.wake(),
  });
  const turns = createChatTurns({
    mailbox,
    conversations,
    questions,
    bots,
    clock,
    random,
    log,
    onEvent: (event) => programs.onEvent(event),
    workspace: () => settings().workspace,
  });
  const supervisor = createSupervisor({ clock, random, log, onChange: parts.onService });
  const programs = createProgramServices({
    ...parts,
    supervisor,
    threadOf: pool.threadOf,
    start: () => start,
  });
  const line = { mailbox, clock, random, log, shutdownMs: () => settings().daemon.shutdownMs };
  const turnLine = createDispatcher({
    ...line,
    lane: "turn",
    limit: () => settings().daemon.conversations,
    work: (row, stop) => turns.work(row, stop),
  });
  const commandLine = createDispatcher({
    ...line,
    lane: "command",
    limit: () => COMMANDS_AT_ONCE,
    work: (row) => commandWork(row),
  });
  const botParts: BotParts = {
    mailbox,
    clock,
    random,
    log,
    settingsOf: channelOf,
    desk: {
      laneOf: (message) => desk.laneOf(message),
      kept: (message) => desk.kept(message),
    },
    onTaken(lane, isLast) {
      (lane === "turn" ? turnLine : commandLine).wake();
      if (isLast) bots.forEach(({ outbox }) => outbox.wake());
    },
    onPress: (bot, press) => void pressed(bot, press, questions),
    onConnection: parts.onConnection,
  };
  const startBot = async (name: string) => {
    const one = channelOf(name);
    if (!one) return;
    const bot = createBot(one, start, botParts);
    bots.set(name, bot);
    await supervisor.start(bot.service);
  };
  const endBot = async (name: string) => {
    await supervisor.end(`channel:${name}`);
    bots.delete(name);
  };
  const daemon: Daemon = {
    ward,
    mailbox,
    supervisor,
    bots,
    turns,
    conversations,
    questions,
    start: () => start,
    async reload(next) {
      const before = start;
      start = next;
      const wanted = next.settings.channels.filter(({ enabled }) => enabled);
      const names = new Set(wanted.map(({ name }) => name));
      for (const name of [...bots.keys()]) {
        const isSame = connectionOf(before, name) === connectionOf(next, name);
        if (!names.has(name) || !isSame) await endBot(name);
      }
      for (const name of names) if (!bots.has(name)) await startBot(name);
      await programs.settle();
      pool.clear();
      await conversations.closeAll();
    },
    async close() {
      for (const bot of bots.values()) bot.stopTaking();
      await Promise.all([supervisor.end(turnLine.name), supervisor.end(commandLine.name)]);
      const until = clock.monotonic() + SENDING_MS;
      while (clock.monotonic() < until && (await mailbox.countMail()).outbound > 0) {
        await clock.delay(LOOK_MS);
      }
      await supervisor.close();
      await conversations.closeAll();
      pool.clear();
    },
  };
  const pairings = new Pairings({ clock, random });
  const host = createCommandHost(daemon, { ...parts, pairings });
  const desk = createFrontDesk({
    pairings,
    clock,
    channelOf: (name) => channelOf(name) ?? null,
    letIn: (who) => host.letIn(who),
    run: (command) => runChatCommand(command, host),
    async remove({ place, messageId }) {
      const outcome = await bots.get(place.channel)?.port.remove({ place, messageId })
        .catch(() => null);
      return outcome?.type === "sent";
    },
  });
  const commandWork = createCommandWork({ mailbox, bots, log, desk });

  for (const { name, enabled } of settings().channels) if (enabled) await startBot(name);
  await questions.settleOld((channel) => bots.get(channel)?.form ?? null);
  await supervisor.start(turnLine);
  await supervisor.start(commandLine);
  await programs.settle();
  await supervisor.start(createHousekeeping({
    mailbox,
    clock,
    log,
    closeIdle: () => conversations.closeIdle(settings().daemon.idleMs),
    async pruneFiles() {
      await pruneReceived(ward.data.outputsDir, clock.now() - settings().files.keptMs);
    },
  }));
  return daemon;
}

/** What of a bot makes a connection of its own; who may talk to it does not. */
function connectionOf({ settings, channelTokens }: ProcessStart, name: string): string {
  const one = settings.channels.find((channel) => channel.name === name);
  return JSON.stringify([one?.kind, one?.apiUrl, one?.threads, channelTokens[name]]);
}

/** A press on a button of a question; only an owner's counts. */
async function pressed(bot: DaemonBot, press: ButtonPress, questions: Questions): Promise<void> {
  const { pressId, place, sender, messageId, data } = press;
  const button = readButton(data);
  const text = button === null
    ? "This button does nothing any more"
    : !mayApprove(bot.settings, sender)
    ? "Only the owner of this ward can answer"
    : questions.answer(button.id, button.answer)
    ? "Answered"
    : "This question is over";
  await bot.port.answerPress({ pressId, place, text }).catch(() => {});
  if (!button || questions.isOwn(button.id) || !mayApprove(bot.settings, sender)) return;
  // Of a former process, which did not live to know where it stands.
  const part = bot.form.void({ text: "", plain: "" });
  await bot.port.edit({ place, messageId, part, isPlain: false }).catch(() => {});
}

/** The daemon as the commands of a chat see it. */
import type { ChatRoom, CommandHost } from "./command_host.ts";
import type { Daemon } from "../daemon.ts";
import { identifyBot } from "../../channels/bot.ts";
import { keepBot, keepLetIn, newBot } from "../../channels/keep_bot.ts";
import { permissionsReport } from "../../commands/permissions.ts";
import { findNamed } from "../../provider.ts";
import type { ProcessStart } from "../../start/process.ts";
import { conversationKey } from "../../../kernel/channels/roles_of.ts";
import type { Pairings } from "../../../kernel/channels/pairing.ts";
import type { Clock } from "../../../kernel/ports.ts";
import { type InboundMessage, placeKey } from "../../../model/channels/message.ts";
import { formatPermissions } from "../../../surfaces/cli/format/format_permissions.ts";
import type { Output } from "../../../surfaces/cli/output.ts";

/** Text without colours. */
const PLAIN: Output = { write: () => {}, isTerminal: false, hasColor: false };

/** Tasks of a conversation that are listed. */
const TASKS = 20;

/** Builds it. */
export function createCommandHost(daemon: Daemon, parts: {
  readonly clock: Clock;
  readonly pairings: Pairings;
  reread(): Promise<ProcessStart>;
  restart(): void;
}): CommandHost {
  const { ward, bots, questions } = daemon;
  const { clock, pairings, reread } = parts;
  const settings = () => daemon.start().settings;
  const config = () => ({ home: settings().home, configPath: settings().configPath });
  const reload = async () => {
    const next = await reread();
    await daemon.reload(next);
    return next.warnings;
  };
  return {
    clock,
    questions,
    pairings,
    archive: ward.store,
    room: (message) => roomOf(daemon, message),
    channels: () => settings().channels,
    bots: () =>
      settings().channels.map((channel) => {
        const connection = bots.get(channel.name)?.connection;
        const state = daemon.supervisor.states().find(({ name }) =>
          name === `channel:${channel.name}`
        );
        const why = state?.why ?? connection?.why ?? null;
        const as = connection?.as ?? null;
        return { channel, as, isConnected: as !== null && why === null, why };
      }),
    identify: (bot, tokens) => identifyBot(newBot(bot), tokens, ward.form),
    async addBot(bot, tokens) {
      await keepBot({ config: config(), secrets: ward.secrets }, bot, tokens);
      await reload();
    },
    async letIn(who) {
      await keepLetIn(config(), who);
      await reload();
    },
    permissions: async () => formatPermissions(await permissionsReport(ward), PLAIN),
    reload,
    restart: parts.restart,
  };
}

/** The owner's conversation where a command was given: nobody else gives commands about one. */
function roomOf(daemon: Daemon, { place }: InboundMessage): ChatRoom {
  const { conversations, mailbox, turns } = daemon;
  const key = conversationKey(place, "owner");
  const waiting = () => mailbox.waitingInbound({ place: placeKey(place), limit: TASKS });
  const running = () => turns.running().filter((turn) => turn.key === key);
  return {
    sessionId: () => mailbox.findChat(key),
    async model() {
      const open = conversations.peek(key);
      const { choice } = await findNamed(daemon.start());
      const configured = choice.name === "builtin" ? "builtin" : `${choice.name}/${choice.model}`;
      const current = await mailbox.chosenModel(key) ?? configured;
      const others = Object.values(open?.models() ?? {}).filter((name) => name !== "");
      return {
        current,
        names: [...new Set([current, configured, ...others])],
        isRouted: open?.isRouted() ?? daemon.start().settings.routing.enabled,
      };
    },
    setModel: (name) => conversations.setModel(key, name),
    async tasks() {
      const active = running();
      const ids = new Set(active.map(({ id }) => id));
      return [
        ...active.map(({ id, title, sinceMs }) =>
          ({ number: id, state: "running", title, sinceMs }) as const
        ),
        ...(await waiting()).filter(({ id }) => !ids.has(id)).map(({ id, message }) =>
          ({
            number: id,
            state: "waiting",
            title: message.text.slice(0, 60).toWellFormed(),
            sinceMs: message.atMs,
          }) as const
        ),
      ];
    },
    async cancel(number) {
      const isMeant = ({ id }: { readonly id: number }) => number === null || id === number;
      const active = running();
      const ids = new Set(active.map(({ id }) => id));
      // First what waits: the end of what runs would begin it.
      const out = (await waiting()).filter((row) => !ids.has(row.id) && isMeant(row));
      for (const { id } of out) {
        await mailbox.finishInbound({ id, turn: null, liveId: null, replies: [] });
      }
      const stopped = active.filter(isMeant);
      for (const turn of stopped) turn.cancel();
      return out.length + stopped.length;
    },
    async leave() {
      await mailbox.leaveChat(key);
      await conversations.close(key);
    },
  };
}

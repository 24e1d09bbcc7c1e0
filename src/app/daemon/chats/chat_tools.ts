/** The tools of chats for a session that is in one. */
import { AppError } from "../../../base/app_error.ts";
import type { ChannelClient } from "../../../compartments/channels/client.ts";
import { createHandsClient } from "../../../compartments/hands/client.ts";
import { absolutePath } from "../../../host/files/user_path.ts";
import { formatAnswer } from "../../../kernel/channels/format/format_answer.ts";
import type { Mailbox } from "../../../kernel/mail_ports.ts";
import type { Random, Tool } from "../../../kernel/ports.ts";
import { createChatTools } from "../../../kernel/tools/channels/chat_tools.ts";
import type { ChannelSettings } from "../../../model/channels/channel.ts";
import type { ChatPlace } from "../../../model/channels/message.ts";
import { within } from "../../../model/cells/paths.ts";
import type { ResolvedSettings } from "../../../model/settings.ts";
import { realPath } from "../../policy.ts";
import type { Ward } from "../../ward.ts";

/** A bot that runs, as its tools need it. */
export interface ToolBot {
  readonly settings: ChannelSettings;
  readonly port: Pick<ChannelClient, "sendFile" | "history">;
  readonly outbox: { wake(): void };
}

/**
 * Folders whose files may be sent, behind links, but for one that lies in the workspace: the agent
 * may put a link in its place, which then leads to nothing that is sent.
 */
export function outboxFolders(
  { workspace, files }: Pick<ResolvedSettings, "workspace" | "files">,
  osHome: string,
): string[] {
  return files.outbox.map((one) => {
    const folder = absolutePath(one, workspace, osHome);
    return within(workspace, folder) ? folder : realPath(folder);
  });
}

/**
 * Makes them.
 *
 * @param room Of the session.
 * @param parts.forRoom A text as those may see it who read along where the session is.
 */
export function chatTools(room: Ward, parts: {
  readonly here: ChatPlace;
  readonly bots: ReadonlyMap<string, ToolBot>;
  readonly mailbox: Pick<Mailbox, "putOutbound">;
  readonly random: Pick<Random, "id">;
  forRoom(text: string): string;
}): Tool[] {
  const { here, bots, mailbox, random, forRoom } = parts;
  const { settings, osHome } = room.start;
  const { workspace } = settings;
  const botOf = ({ channel }: ChatPlace): ToolBot => {
    const bot = bots.get(channel);
    if (bot) return bot;
    throw new AppError("channel.ended", `The bot "${channel}" does not run`);
  };
  return createChatTools({
    port: {
      here,
      bots: () =>
        [...bots.values()].map(({ settings: { name, kind, apiUrl } }) => ({
          name,
          kind,
          apiUrl,
        })),
      async post(place, markdown) {
        const bot = botOf(place);
        for (const part of formatAnswer(bot.settings.kind, forRoom(markdown))) {
          await mailbox.putOutbound({ kind: "plain", place, part, replyTo: null, inboundId: null });
        }
        bot.outbox.wake();
      },
      sendFile: async ({ caption, ...sent }) =>
        await botOf(sent.place).port.sendFile({
          ...sent,
          caption: forRoom(caption),
          key: random.id(),
        }),
      history: async (which) => await botOf(which.place).port.history(which),
    },
    hands: createHandsClient(room.hands.router.call),
    workspace,
    // What the user sent, and what tools left for this session, may go back.
    outbox: [...outboxFolders(settings, osHome), realPath(room.data.outputDir)],
    realPath,
    maxBytes: settings.files.maxBytes,
  });
}

/** Open conversations of chats: each is a session with a ward of its own beside the daemon's. */
import type { ProviderPool } from "./provider_pool.ts";
import { AppError } from "../../../base/app_error.ts";
import { withModel } from "../../commands/agent/chat_commands.ts";
import { type Conversation, openConversation } from "../../conversation/open_conversation.ts";
import { beginProvider, findNamed } from "../../provider.ts";
import type { ProcessStart } from "../../start/process.ts";
import type { Ward } from "../../ward.ts";
import { roomRules } from "../../../kernel/channels/roles_of.ts";
import type { Approver, Clock, Tool, TurnEvent } from "../../../kernel/ports.ts";
import type { Role } from "../../../kernel/policy/roles.ts";
import type { Mailbox } from "../../../kernel/mail_ports.ts";
import type { ChatPlace } from "../../../model/channels/message.ts";

/** Conversations that stay open at most; the one that was used longest ago is closed first. */
const MOST_OPEN = 64;

/** Which conversation. */
export interface ChatKey {
  /** As `conversationKey` has it. */
  readonly key: string;
  readonly place: ChatPlace;
  readonly role: Role;
  readonly sessionId: string;
}

/** Who looks at a turn, and answers in it. */
export interface TurnWatcher {
  readonly approver: Approver;
  onEvent(event: TurnEvent): void;
}

/** All that are open. */
export interface ChatConversations {
  /**
   * Runs something in a conversation, which is opened where it is not.
   *
   * @throws {AppError} What is wrong with its session, or the choice of its model.
   */
  use<T>(
    chat: ChatKey,
    watcher: TurnWatcher,
    body: (conversation: Conversation, room: Ward) => Promise<T>,
  ): Promise<T>;
  /** One that is open; null: it is not. */
  peek(key: string): Pick<Conversation, "models" | "isRouted"> | null;
  /**
   * Chooses its model; null: the configured one. It is opened with it at the next message.
   *
   * @throws {UsageError} What is wrong with the name.
   */
  setModel(key: string, name: string | null): Promise<void>;
  /** Closes one, or has it closed when what runs in it is over. */
  close(key: string): Promise<void>;
  /** Closes those that were not used for so long. */
  closeIdle(idleMs: number): Promise<void>;
  /** Closes all in the same way, such as after a reload. */
  closeAll(): Promise<void>;
}

interface Entry {
  readonly conversation: Conversation;
  readonly room: Ward;
  readonly sessionId: string;
  watcher: TurnWatcher | null;
  users: number;
  usedMs: number;
  /** To be closed as soon as nothing runs in it. */
  isOld: boolean;
}

/**
 * Builds it.
 *
 * @param parts.ward Of the daemon; runs nothing itself.
 * @param parts.start What conversations begin with from now on.
 * @param parts.toolsOf Tools that a chat adds; `forRoom`: a text as those may see it who read along.
 */
export function createChatConversations(parts: {
  readonly ward: Ward;
  readonly pool: ProviderPool;
  readonly mailbox: Pick<Mailbox, "chosenModel" | "chooseModel">;
  readonly clock: Clock;
  start(): ProcessStart;
  toolsOf(room: Ward, chat: { readonly place: ChatPlace; forRoom(text: string): string }): Tool[];
}): ChatConversations {
  const { ward, pool, mailbox, clock } = parts;
  const all = new Map<string, Entry>();
  /** One after the other for each conversation: nobody opens what is being closed. */
  const lines = new Map<string, Promise<unknown>>();
  const inLine = <T>(key: string, body: () => Promise<T>): Promise<T> => {
    const next = (lines.get(key) ?? Promise.resolve()).then(body);
    const settled = next.catch(() => {}).then(() => {
      if (lines.get(key) === settled) lines.delete(key);
    });
    lines.set(key, settled);
    return next;
  };

  const beginModel = async (key: string, start: ProcessStart) => {
    const { threadOf } = pool;
    const chosen = await mailbox.chosenModel(key);
    if (chosen === null) return await beginProvider(start, { threadOf });
    try {
      const providerInputs = withModel(start.providerInputs, chosen, "");
      return await beginProvider({ ...start, providerInputs }, { threadOf });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      // What was chosen outlives the configuration that had it.
      throw new AppError(error.code, error.message, {
        cause: error,
        hint:
          `${chosen} was chosen here: choose another one with /model, or take it back with /auto`,
      });
    }
  };

  const open = async ({ key, place, role, sessionId }: ChatKey): Promise<Entry> => {
    const start = parts.start();
    const room = ward.beside(start);
    room.onNotice = (text) => entry?.watcher?.onEvent({ type: "notice", text });
    let entry: Entry | null = null;
    try {
      const begun = await beginModel(key, start);
      const conversation = await openConversation(room, {
        provider: Promise.resolve(begun),
        resume: { type: "id", id: sessionId },
        role,
        room: roomRules(role, place),
        surface: {
          tools: parts.toolsOf(room, {
            place,
            forRoom: (text) => entry?.conversation.forRoom(text) ?? text,
          }),
        },
        answeredIn: "chat",
        approver: {
          available: role === "owner",
          ask: async (request, signal) =>
            await entry?.watcher?.approver.ask(request, signal) ?? { type: "deny" },
        },
        onEvent: (event) => entry?.watcher?.onEvent(event),
      }).catch((error) => {
        begun.thread?.stop();
        throw error;
      });
      return entry = {
        conversation,
        room,
        sessionId,
        watcher: null,
        users: 0,
        usedMs: 0,
        isOld: false,
      };
    } catch (error) {
      await room.close();
      throw error;
    }
  };

  const shut = async (key: string) => {
    const entry = all.get(key);
    if (!entry) return;
    if (entry.users > 0) {
      entry.isOld = true;
      return;
    }
    all.delete(key);
    try {
      await entry.conversation.close();
    } finally {
      await entry.room.close();
    }
  };
  const close = (key: string) => inLine(key, () => shut(key));

  /** Makes room for one more. */
  const closeOldest = () => {
    const idle = [...all].filter(([, { users }]) => users === 0);
    if (all.size < MOST_OPEN || idle.length === 0) return;
    const [key] = idle.reduce((a, b) => a[1].usedMs <= b[1].usedMs ? a : b);
    close(key).catch(() => {});
  };

  return {
    async use(chat, watcher, body) {
      const entry = await inLine(chat.key, async () => {
        const before = all.get(chat.key);
        if (before && before.sessionId === chat.sessionId) {
          before.users++;
          return before;
        }
        await shut(chat.key);
        closeOldest();
        const opened = await open(chat);
        opened.users++;
        all.set(chat.key, opened);
        return opened;
      });
      entry.watcher = watcher;
      try {
        return await body(entry.conversation, entry.room);
      } finally {
        entry.watcher = null;
        entry.usedMs = clock.monotonic();
        entry.users--;
        if (entry.isOld) close(chat.key).catch(() => {});
      }
    },
    peek: (key) => all.get(key)?.conversation ?? null,
    async setModel(key, name) {
      let model: string | null = null;
      if (name !== null) {
        const start = parts.start();
        const current = (await findNamed(start)).choice.name;
        const providerInputs = withModel(start.providerInputs, name, current);
        // Chosen before anything is closed: a mistyped name changes nothing.
        const { choice } = await findNamed({ ...start, providerInputs });
        model = `${choice.name}/${choice.model}`;
      }
      await mailbox.chooseModel({ key, model });
      await close(key);
    },
    close,
    async closeIdle(idleMs) {
      const before = clock.monotonic() - idleMs;
      const idle = [...all].filter(([, one]) => one.users === 0 && one.usedMs < before);
      await Promise.allSettled(idle.map(([key]) => close(key)));
    },
    async closeAll() {
      await Promise.allSettled([...all.keys()].map(close));
    },
  };
}

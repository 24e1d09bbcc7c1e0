/** Slash commands and buttons of the fake Discord, and what is answered to whoever used them. */
import type { Answer } from "./rest.ts";
import type { FakeUser, World } from "./world.ts";

/** One, with what was answered. */
export interface FakeInteraction {
  readonly id: string;
  readonly token: string;
  /** The first answer, within three seconds; null: none. */
  first: { readonly type: number; readonly data?: { readonly content?: string } } | null;
  /** What was said to them alone after that. */
  readonly said: string[];
}

/** All that were made. */
export class FakeInteractions {
  readonly all = new Map<string, FakeInteraction>();

  readonly world: World;
  readonly dispatch: (t: string, d: Record<string, unknown>) => void;

  constructor(world: World, dispatch: (t: string, d: Record<string, unknown>) => void) {
    this.world = world;
    this.dispatch = dispatch;
  }

  /** Somebody presses a button. */
  press(channel: string, message: string, data: string, user: FakeUser): FakeInteraction {
    const pressed = this.world.message(channel, message);
    if (!JSON.stringify(pressed?.components ?? []).includes(JSON.stringify(data))) {
      throw new Error(`message ${message} has no button ${data}`);
    }
    return this.#make(channel, user, 3, { custom_id: data, component_type: 2 }, {
      message: pressed,
    });
  }

  /** Somebody gives a slash command. */
  command(channel: string, user: FakeUser, name: string, text?: string): FakeInteraction {
    const options = text === undefined ? [] : [{ name: "text", type: 3, value: text }];
    return this.#make(channel, user, 2, { id: this.world.id(), name, type: 1, options }, {});
  }

  /** Answers below `interactions/` and `webhooks/`, which take no token of a bot. */
  answer(kind: "interactions" | "webhooks", [id, token, end]: string[], body: unknown): Answer {
    const known = [...this.all.values()].find((one) => one.token === token);
    const said = body as { type: number; content?: string; flags?: number };
    if (!known) return [404, { message: "Unknown interaction", code: 10062 }];
    if (kind === "webhooks") {
      if (id !== this.world.applicationId || !known.first) {
        return [404, { message: "Unknown Webhook", code: 10015 }];
      }
      known.said.push(said.content ?? "");
      return [200, { id: this.world.id() }];
    }
    if (id !== known.id || end !== "callback") return [404, { message: "?", code: 0 }];
    if (known.first) {
      return [400, { message: "Interaction has already been acknowledged.", code: 40060 }];
    }
    known.first = said;
    return [204];
  }

  #make(
    channel: string,
    user: FakeUser,
    type: number,
    data: object,
    more: object,
  ): FakeInteraction {
    const { id, guild_id } = { guild_id: undefined, ...this.world.channels.get(channel) };
    const made: FakeInteraction = {
      id: this.world.id(),
      token: `interaction-${crypto.randomUUID()}-${"x".repeat(80)}`,
      first: null,
      said: [],
    };
    this.all.set(made.id, made);
    this.dispatch("INTERACTION_CREATE", {
      id: made.id,
      application_id: this.world.applicationId,
      type,
      token: made.token,
      version: 1,
      channel_id: id,
      ...(guild_id ? { guild_id, member: { user, roles: [], permissions: "0" } } : { user }),
      data,
      ...more,
    });
    return made;
  }
}

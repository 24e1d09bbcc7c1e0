/** Who somebody in a chat is to ward: by their id, the place and the settings, by no word of theirs. */
import type { ChannelSettings } from "../../model/channels/channel.ts";
import {
  type ChatPlace,
  type ChatSender,
  type InboundMessage,
  placeKey,
} from "../../model/channels/message.ts";
import { type Role, ROLES } from "../policy/roles.ts";

/** What becomes of a message. */
export type Reception =
  /** It is answered, as far as that role goes. */
  | { readonly type: "answered"; readonly role: Role }
  /** A stranger is told how the owner can let them in. */
  | { readonly type: "pairing" }
  /** Nothing is stored of it and nothing said. */
  | { readonly type: "ignored" };

const IGNORED: Reception = { type: "ignored" };

/** Who a sender is to a bot, wherever they write; null: a stranger. A bot owns nothing. */
export function roleOf(
  channel: Pick<ChannelSettings, "owners" | "allow">,
  { id, isBot }: Pick<ChatSender, "id" | "isBot">,
): "owner" | "guest" | null {
  if (!isBot && channel.owners.includes(id)) return "owner";
  return channel.allow.includes(id) ? "guest" : null;
}

/** What becomes of a message: the group's policy first, then who wrote it. */
export function receptionOf(
  channel: ChannelSettings,
  { place, sender, isAddressed }: Pick<InboundMessage, "place" | "sender" | "isAddressed">,
): Reception {
  const isDirect = place.kind === "direct";
  if (!isDirect) {
    if (channel.groups === "never") return IGNORED;
    if (channel.groupAllow.length > 0 && !channel.groupAllow.includes(place.chat)) return IGNORED;
    if (channel.groups === "mention" && !isAddressed) return IGNORED;
  }
  const known = roleOf(channel, sender);
  if (known !== null) return { type: "answered", role: known };
  if (sender.isBot) return IGNORED;
  if (channel.strangers === "public") {
    const isHeard = isAddressed || ROLES.public.talks === "always";
    return isHeard ? { type: "answered", role: "public" } : IGNORED;
  }
  // A code in a group would tell everybody there whom to ask as.
  return channel.strangers === "pair" && isDirect ? { type: "pairing" } : IGNORED;
}

/**
 * Key of the conversation that a message belongs to. The owner's is not that of the others in the
 * same place: what tools said there is nobody's else, and others' words are not in it.
 */
export function conversationKey(place: ChatPlace, role: Role): string {
  return role === "owner" ? placeKey(place) : `${role}:${placeKey(place)}`;
}

/** What is different where others read along. */
export interface RoomRules {
  /** Whether the system prompt names the workspace and what is in force. */
  readonly wholePrompt: boolean;
  /** Whether secrets are hidden in answers, whatever the settings say. */
  readonly redacted: boolean;
}

/** The rules of a role in a place: where others read along, answers hide secrets for owners, too. */
export function roomRules(role: Role, place: Pick<ChatPlace, "kind">): RoomRules {
  const { wholePrompt, redacted } = ROLES[role];
  return {
    wholePrompt: wholePrompt && place.kind !== "public",
    redacted: redacted || place.kind !== "direct",
  };
}

/** Whether somebody's press on a button of an approval counts. */
export function mayApprove(
  channel: Pick<ChannelSettings, "owners" | "allow">,
  sender: Pick<ChatSender, "id" | "isBot">,
): boolean {
  const role = roleOf(channel, sender);
  return role !== null && ROLES[role].approves;
}

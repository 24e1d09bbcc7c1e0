import type { Message } from "../../../model/conversation/message.ts";

/** What one side said before the other had its turn. */
export interface Turn<Block> {
  readonly role: "user" | "assistant";
  readonly blocks: Block[];
}

/**
 * Messages as turns that take turns: all results of one answer must be in the one turn that
 * follows it. Messages without a block are left out.
 *
 * @param toBlocks A message in the service's own form.
 */
export function toTurns<Block>(
  messages: readonly Message[],
  toBlocks: (message: Message) => readonly Block[],
): Turn<Block>[] {
  const turns: Turn<Block>[] = [];
  for (const message of messages) {
    const role = message.role === "assistant" ? "assistant" : "user";
    const blocks = toBlocks(message);
    if (blocks.length === 0) continue;
    const last = turns.at(-1);
    if (last?.role === role) last.blocks.push(...blocks);
    else turns.push({ role, blocks: [...blocks] });
  }
  return turns;
}

import type { Message } from "../../../model/conversation/message.ts";

/** Gives each call of an answer its id. */
export interface CallIds {
  /** The service's id if it gave one that no call has yet, else a new one. */
  take(wanted: string): string;
}

/**
 * Ids of the calls of one answer, unique in the whole conversation: compatible services leave
 * them out or count from 0 in every answer, and results are matched to calls by id alone.
 *
 * @param messages The conversation so far.
 * @param newId Makes a new id.
 */
export function callIds(messages: readonly Message[], newId: () => string): CallIds {
  const taken = new Set(
    messages.flatMap((message) =>
      message.role === "assistant" ? message.toolCalls.map((call) => call.id) : []
    ),
  );
  return {
    take(wanted) {
      let id = wanted;
      while (id === "" || taken.has(id)) id = newId();
      taken.add(id);
      return id;
    },
  };
}

/** Nine letters and digits: the one form that every known service takes (Mistral wants this). */
export function randomCallId(): string {
  return crypto.randomUUID().replaceAll("-", "").slice(0, 9);
}

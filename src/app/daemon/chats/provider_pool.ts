/** Threads of providers that conversations share: one for each, however many chats there are. */
import { type ProviderThread, providerThread } from "../../models/provider_thread.ts";
import type { ThreadMaker } from "../../provider.ts";

/** Hands out threads; each holder stops only its own hold. */
export interface ProviderPool {
  readonly threadOf: ThreadMaker;
  /** Ends all threads, such as after keys have changed. */
  clear(): void;
}

/** Builds it. */
export function createProviderPool(): ProviderPool {
  const shared = new Map<string, { thread: ProviderThread; holders: Set<symbol> }>();
  return {
    threadOf(chosen, form) {
      const key = JSON.stringify([chosen.choice.name, chosen.choice.baseUrl]);
      let entry = shared.get(key);
      if (!entry) {
        const thread = providerThread(chosen, form);
        if (!thread) return null;
        entry = { thread, holders: new Set() };
        shared.set(key, entry);
      }
      const { thread, holders } = entry;
      const holder = Symbol();
      return {
        port: {
          stream(request, options) {
            holders.add(holder);
            return thread.port.stream(request, options);
          },
        },
        start() {
          holders.add(holder);
          thread.start();
        },
        stop() {
          holders.delete(holder);
          // Calls of the others go on; the last one takes the network along.
          if (holders.size === 0) thread.stop();
        },
        freshConnection: () => thread.freshConnection(),
      };
    },
    clear() {
      for (const { thread } of shared.values()) thread.stop();
      shared.clear();
    },
  };
}

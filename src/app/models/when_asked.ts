import type { ModelPort } from "../../kernel/ports.ts";

/**
 * Tells when a request is on its way to a thread, before anything of its answer is read.
 *
 * @param onAsked May block: the thread works meanwhile.
 */
export function whenAsked(port: ModelPort, onAsked: () => void): ModelPort {
  return {
    async *stream(request, options) {
      const events = port.stream(request, options)[Symbol.asyncIterator]();
      try {
        const first = events.next();
        onAsked();
        for (let step = await first; !step.done; step = await events.next()) yield step.value;
      } finally {
        await events.return?.();
      }
    },
  };
}

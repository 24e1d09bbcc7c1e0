/** Runs one plan under the worker's own permission lists, as in the cell. */
import { createCommandHandlers } from "../../src/compartments/hands/commands/handlers.ts";

const scope = globalThis as unknown as {
  postMessage(message: unknown): void;
  onmessage: ((event: MessageEvent) => void) | null;
};

scope.onmessage = async ({ data: { pipes, programs, params } }) => {
  const handlers = createCommandHandlers({
    allowedPrograms: programs,
    shell: null,
    pipes: { program: "/usr/bin/mkfifo", folder: pipes },
  });
  scope.postMessage(await handlers.runPlan(params, { signal: new AbortController().signal }));
};

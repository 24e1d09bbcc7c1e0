/**
 * Calls the file handlers in a process of its own: as another user, or among other mounts. Takes
 * `[[method, params], …]` as JSON and prints, for each, its result or the code of its failure.
 */
import { createFileHandlers } from "../../src/compartments/hands/files/handlers.ts";
import type { CallContext } from "../../src/compartments/wire.ts";

type Call = (params: unknown, context: Pick<CallContext, "signal">) => Promise<unknown>;

const handlers = createFileHandlers() as unknown as Record<string, Call>;
const { signal } = new AbortController();
const answers: unknown[] = [];
for (const [method, params] of JSON.parse(Deno.args[0] ?? "[]")) {
  const answer = handlers[method]?.(params, { signal });
  answers.push(await answer?.catch((error) => ({ code: error.code ?? String(error) })));
}
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(answers)));

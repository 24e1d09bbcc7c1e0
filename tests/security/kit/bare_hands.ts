/** The control: the same tools and programs with every layer removed. */
import { createFileHandlers } from "../../../src/compartments/hands/files/handlers.ts";
import { createRealPathGuard } from "../../../src/compartments/hands/files/real_path_guard.ts";
import { createHandsClient } from "../../../src/compartments/hands/client.ts";
import { Client, type Handlers, serve } from "../../../src/compartments/wire.ts";
import { createRunner, type Runner, systemPrograms } from "../../commands/support.ts";
import { linkedChannels } from "../../files/file_kit.ts";
import type { HandsPort } from "../../../src/model/cells/hands.ts";

/** Files and programs as this process may touch them. */
export interface BareHands {
  readonly files: HandsPort;
  readonly run: Runner["run"];
}

/**
 * Makes them for one folder.
 *
 * @param options `reduced`: with the checks of real paths that stand in for a sandbox.
 */
export async function bareHands(workspace: string, options: {
  programs?: readonly string[];
  pipes: string;
  reduced?: boolean;
}): Promise<BareHands> {
  await Deno.mkdir(options.pipes, { recursive: true });
  const lists = { read: [workspace], write: [workspace] };
  const handlers = createFileHandlers(
    options.reduced ? { guard: createRealPathGuard(lists) } : {},
  );
  const [inside, outside] = linkedChannels();
  serve(inside, handlers as Handlers);
  const client = new Client(outside);
  return {
    files: createHandsClient((method, params, rest) =>
      client.call(method, params, { signal: rest.signal })
    ),
    run: createRunner(workspace, options.pipes, systemPrograms(options.programs ?? [])).run,
  };
}

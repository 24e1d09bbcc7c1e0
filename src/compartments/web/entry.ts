/**
 * Entry of the `web` thread: makes one request after another to one checked host and reads the
 * answers. It may reach that host's checked addresses, holds no key longer than a request, and what
 * reads HTML is loaded only when there is some.
 */
import { serve, workerScopeChannel } from "../wire.ts";
import type { WebAnswer } from "../../model/cells/web.ts";
import { connectParams, exchangeParams } from "./api.ts";
import { dial, dialAny } from "./dial.ts";
import { exchange, STEP_MS } from "./exchange.ts";
import { readAnswer } from "./read_answer.ts";

serve(workerScopeChannel(), {
  async exchange(params: unknown): Promise<WebAnswer> {
    const request = exchangeParams().parse(params);
    return await readAnswer(await exchange(request, dial, request), request);
  },
  async connect(params: unknown): Promise<void> {
    const { addresses, port } = connectParams().parse(params);
    const connection = await dialAny(dial, addresses, { port, serverName: null }, STEP_MS);
    connection.close();
  },
});

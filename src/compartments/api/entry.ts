/**
 * Entry of the `api` thread: listens on one address, lets in who has the token, and hands their
 * requests to the kernel. It knows a hash of the token alone.
 */
import { AppError } from "../../base/app_error.ts";
import { type CallContext, serve, workerScopeChannel } from "../wire.ts";
import { apiReply, serveParams } from "./api.ts";
import { type ApiServer, createApiServer } from "./server.ts";

let running: ApiServer | null = null;

serve(workerScopeChannel(), {
  async serve(params: unknown, { signal, emit }: CallContext) {
    if (running !== null) throw new AppError("api.running", "The HTTP API is served already");
    running = createApiServer(serveParams().parse(params), emit);
    try {
      await running.run(signal);
    } finally {
      running = null;
    }
  },
  reply: (reply: unknown) => running?.reply(apiReply().parse(reply)),
});

/**
 * Entry of an `auth:mcp-<alias>` thread: takes apart what an MCP server and its login service say,
 * and makes the requests for tokens. It has no permission: each request goes by way of the kernel,
 * whose guard checks the address, to a thread for that one host.
 */
import { type CallContext, serve, workerScopeChannel } from "../../wire.ts";
import { oauthRevokeParams, oauthTokenParams } from "../api.ts";
import { oauthRevoke, oauthToken } from "../oauth2.ts";
import { discoverParams, registerParams } from "./api.ts";
import { fetchOf, made } from "./wanted_requests.ts";

serve(workerScopeChannel(), {
  made,
  async discover(params: unknown, context: CallContext) {
    const { discover } = await import("./discover.ts");
    return await discover(discoverParams().parse(params), fetchOf(context));
  },
  async register(params: unknown, context: CallContext) {
    const { register } = await import("./discover.ts");
    return await register(registerParams().parse(params), fetchOf(context));
  },
  token: (params: unknown, context: CallContext) =>
    oauthToken(oauthTokenParams().parse(params), context.signal, fetchOf(context)),
  revoke: (params: unknown, context: CallContext) =>
    oauthRevoke(oauthRevokeParams().parse(params), context.signal, fetchOf(context)),
});

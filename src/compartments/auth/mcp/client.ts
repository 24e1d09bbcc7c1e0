import * as z from "zod";
import type { Client } from "../../wire.ts";
import {
  type oauthRevokeParams,
  type oauthTokenParams,
  type OAuthTokens,
  oauthTokens,
} from "../api.ts";
import {
  type Discovered,
  discovered,
  type discoverParams,
  type MadeRequest,
  registered,
  type registerParams,
  type WantedRequest,
  wantedRequest,
} from "./api.ts";

type Params<S extends () => z.ZodType> = z.infer<ReturnType<S>>;

/** The login service of an MCP server by its thread. Throws AppErrors of `mcp` and `account`. */
export interface McpAuthClient {
  discover(params: Params<typeof discoverParams>): Promise<Discovered>;
  register(params: Params<typeof registerParams>): Promise<Params<typeof registered>["client"]>;
  token(params: Params<typeof oauthTokenParams>): Promise<OAuthTokens>;
  revoke(params: Params<typeof oauthRevokeParams>): Promise<void>;
}

/**
 * The kernel's side of an `auth:mcp-<alias>` compartment.
 *
 * @param make Makes a request that the thread wants. What it throws is what the call then throws:
 *   nothing that the thread makes of it takes its place.
 */
export function createMcpAuthClient(
  client: Client,
  make: (wanted: WantedRequest) => Promise<NonNullable<MadeRequest["answer"]>>,
): McpAuthClient {
  const call = async <T>(method: string, params: unknown, schema: z.ZodType<T>): Promise<T> => {
    let refusal: { readonly error: unknown } | null = null;
    const onEvent = (raw: unknown) => {
      const wanted = wantedRequest().safeParse(raw);
      if (!wanted.success) return;
      make(wanted.data).catch((error) => {
        refusal ??= { error };
        return null;
      }).then((answer) => client.tell("made", { id: wanted.data.id, answer }));
    };
    try {
      return schema.parse(await client.call(method, params, { onEvent }));
    } catch (error) {
      const first = refusal as { readonly error: unknown } | null;
      throw first === null ? error : first.error;
    }
  };
  return {
    discover: (params) => call("discover", params, discovered()),
    register: async (params) => (await call("register", params, registered())).client,
    token: (params) => call("token", params, oauthTokens()),
    async revoke(params) {
      await call("revoke", params, z.null());
    },
  };
}

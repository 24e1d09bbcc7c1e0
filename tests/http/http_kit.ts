/** `http_request` over the real way of a request, in a world where nothing is dialled. */
import type { Hop } from "../../src/kernel/net/walk.ts";
import { walk } from "../../src/kernel/net/walk.ts";
import { fixedProfile, type HttpProfile } from "../../src/kernel/http/http_profile.ts";
import { createHttpRequestTool } from "../../src/kernel/tools/http/http_request.ts";
import type { WebPort } from "../../src/kernel/tools/web/web_port.ts";
import { rawOutside } from "../../src/model/conversation/outside.ts";
import type { NetAccess } from "../../src/model/cells/permission.ts";
import type { ToolResult } from "../../src/model/conversation/tool.ts";
import type { HttpSecrets } from "../../src/model/services/http_profile.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { PUBLIC } from "../net/walk_kit.ts";

/** What a host answers. */
export interface Reply {
  readonly status?: number;
  readonly location?: string;
  readonly headers?: Record<string, string>;
  readonly text?: string;
}

/** A profile of that kind, for those domains. */
export function profile(
  secrets: Exclude<HttpSecrets, { type: "oauth2" }>,
  domains: readonly string[],
  name = "work",
): HttpProfile {
  const random = { id: () => "nonce", fraction: () => 0 };
  return fixedProfile({ name, type: secrets.type, domains }, secrets, {
    clock: new FakeClock(),
    random,
  });
}

/** A world with the tool in it. */
export interface HttpWorld {
  /** What was asked of which host. */
  readonly hops: Hop[];
  access(args: Record<string, unknown>): NetAccess;
  /** Runs a call as if all was allowed; `outside` is what came from there. */
  run(args: Record<string, unknown>): Promise<Omit<ToolResult, "outside"> & { outside: string }>;
}

/** Makes one. @param reply What hosts answer. */
export function httpWorld(
  profiles: readonly HttpProfile[],
  reply: (hop: Hop) => Reply = () => ({}),
  hosts: readonly string[] = [],
): HttpWorld {
  const hops: Hop[] = [];
  const web: WebPort = {
    request: (request, _read, rules, signal) =>
      walk(
        request,
        {
          clock: new FakeClock(),
          resolve: () => Promise.resolve([PUBLIC]),
          exchange(hop) {
            hops.push(hop);
            const { status = 200, location = null, headers = {}, text = "" } = reply(hop);
            const kind = text.startsWith("{") ? "JSON" as const : "text" as const;
            const response = { headers, kind, text, bytes: text.length, isCut: false };
            return Promise.resolve({ status, location, page: null, hits: null, response });
          },
        },
        rules,
        signal,
      ),
  };
  const tool = createHttpRequestTool({
    web,
    hosts,
    profiles,
    timeoutMs: 1000,
    responseBytes: 1000,
    userAgent: "ward",
  });
  const plan = (args: Record<string, unknown>) => tool.plan(tool.schema.parse(args));
  return {
    hops,
    access: (args: Record<string, unknown>) => plan(args).accesses[0] as NetAccess,
    async run(args: Record<string, unknown>) {
      const { signal } = new AbortController();
      const result = await plan(args).execute({ signal, decisions: [] });
      // Read as the tests of the type do: what it holds is what a model would get.
      const outside = (result.outside ?? []).map(rawOutside).join("\n");
      return { ...result, outside };
    },
  };
}

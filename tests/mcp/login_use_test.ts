/** A server that wants a login, used by its thread: what a request says, and what the agent is told. */
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { ServerFailure, type StartedServer } from "../../src/app/mcp/start_server.ts";
import { AppError } from "../../src/base/app_error.ts";
import { startMcpLoginService } from "../fakes/mcp/login_service.ts";
import { loginKit, startHttp } from "./login_kit.ts";

const { signal } = new AbortController();

function required(reason: string): (error: unknown) => boolean {
  return (error) => {
    const failure = error instanceof ServerFailure ? error.error : error;
    ok(failure instanceof AppError, String(failure));
    equal(failure.message, `MCP_AUTH_REQUIRED:server=lab; reason=${reason}`);
    ok(failure.hint?.includes("ward mcp login --server lab"));
    return true;
  };
}

const call = (server: StartedServer) =>
  server.call({ name: "look", args: {}, timeoutMs: 30_000 }, signal, () => {});

Deno.test("a server that wants a login: asked for, used, renewed under way, and over when it is", async () => {
  let wantsMore = false;
  await using service = startMcpLoginService({
    answer: ({ path, headers, body }) =>
      wantsMore && path === "/mcp" && headers.has("authorization") && body.includes("tools/call")
        ? new Response(null, {
          status: 403,
          headers: { "www-authenticate": 'Bearer error="insufficient_scope", scope="admin"' },
        })
        : null,
  });
  using kit = loginKit();
  await rejects(startHttp(kit, service.server), required("no_login"));
  await kit.logIn(service);
  const server = await startHttp(kit, service.server);
  try {
    equal((await server.list(30_000, signal)).length, 1);
    equal((await call(server)).type, "result");
    // Taken back while requests run: each is made again with the one renewed token, and answered.
    const before = service.to("/token").length;
    service.forgetAccess();
    const results = await Promise.all(Array.from({ length: 5 }, () => call(server)));
    deepEqual(new Set(results.map(({ type }) => type)), new Set(["result"]));
    equal(service.to("/token").length, before + 1);
    wantsMore = true;
    await rejects(call(server), required("insufficient_scope"));
    await rejects(call(server), ({ hint }: AppError) => hint?.includes('--add-scope "admin"')!);
    wantsMore = false;
    service.forgetAccess();
    service.forgetRefresh();
    await rejects(call(server), required("invalid_token"));
    // Logged in anew by the command meanwhile: the next call goes.
    await kit.logIn(service);
    equal((await call(server)).type, "result");
  } finally {
    await server.end();
  }
});

/** What is said for want of a login. */
import { equal } from "node:assert/strict";
import { authRequired } from "../../src/kernel/mcp/login/auth_required.ts";

Deno.test("want of a login: a line of a fixed form for the agent, the command for the user", () => {
  const { code, message, hint } = authRequired("notion", "invalid_token");
  equal(code, "mcp.auth_required");
  equal(message, "MCP_AUTH_REQUIRED:server=notion; reason=invalid_token");
  equal(hint, "Log in: ward mcp login --server notion");
});

Deno.test("attack: scopes of a server that are more than words do not get into the line for a shell", () => {
  const scopes = 'mcp:write $(id) `id` "; rm -rf ~; --no-browser files/read \u202e x';
  const { hint } = authRequired("notion", "insufficient_scope", scopes);
  equal(
    hint,
    "The server wants more scopes than the login has: " +
      'ward mcp login --server notion --add-scope "mcp:write rm files/read x"',
  );
});

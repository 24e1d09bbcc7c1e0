/** How an entry says who logs in: what is read of it, what is refused, and where the secret is. */
import { deepEqual, match, rejects, throws } from "node:assert/strict";
import { ownClient } from "../../src/app/mcp/login/login_client.ts";
import { configuredServers } from "../../src/kernel/settings/mcp_settings.ts";
import { parseConfig } from "../../src/kernel/settings/parse_config.ts";

function loginOf(oauth: string) {
  const text = `[mcpServers.Lab]\nurl = "https://lab.example/mcp"\n${oauth}`;
  const [server] = configuredServers(parseConfig(text, "config.toml").file);
  return server?.transport.type === "http" ? server.transport.login : null;
}

Deno.test("an entry names a client, where its secret is, and scopes; none of it has to be there", () => {
  deepEqual(loginOf(""), undefined);
  deepEqual(loginOf('[mcpServers.Lab.oauth]\nclientId = "me"\nclientSecret = "keychain"\n'), {
    client: { id: "me", secret: { kept: "saved", name: "mcp-lab-client_secret" } },
    scopes: null,
  });
  deepEqual(loginOf('oauth = { clientId = "me", clientSecret = "${LAB}", scopes = ["a:b"] }\n'), {
    client: { id: "me", secret: { kept: "variable", name: "LAB" } },
    scopes: ["a:b"],
  });
  deepEqual(loginOf("oauth = { scopes = [] }\n"), { client: null, scopes: [] });
});

Deno.test("attack: a secret in the file itself, and scopes that are no words, are refused", () => {
  for (const wrong of ['clientSecret = "plain-canary"', 'scopes = ["a b"]', 'scopes = ["a\\"b"]']) {
    throws(() => loginOf(`oauth = { clientId = "me", ${wrong} }\n`), (error: Error) => {
      match(error.message, /mcpServers\.Lab\.oauth/);
      return !error.message.includes("canary");
    });
  }
});

Deno.test("the secret is taken from where the entry says; where there is none, the login does not begin", async () => {
  const from = {
    secrets: { get: (name: string) => Promise.resolve(name === "kept" ? "s1" : null) },
    lookup: (name: string) => name === "LAB" ? "s2" : undefined,
  };
  const client = (kept: "saved" | "variable", name: string) =>
    ownClient({ id: "me", secret: { kept, name } }, from);
  deepEqual(await client("saved", "kept"), { id: "me", secret: "s1" });
  deepEqual(await client("variable", "LAB"), { id: "me", secret: "s2" });
  deepEqual(await ownClient({ id: "me", secret: null }, from), { id: "me", secret: null });
  deepEqual(await ownClient(null, from), null);
  await rejects(client("saved", "gone"), { code: "mcp.client_secret" });
  await rejects(client("variable", "GONE"), { code: "mcp.client_secret" });
});

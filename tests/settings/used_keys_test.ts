/** A key that nothing reads would be a promise that nothing keeps. */
import assert from "node:assert/strict";
import { ROLES } from "../../src/kernel/models/roles.ts";
import { keyRows } from "../../src/kernel/settings/schema/walk.ts";

const SRC = new URL("../../src/", import.meta.url).pathname;

/** How each key is read outside `kernel/settings`: by the name it has once it is resolved. */
const READ_AS: Readonly<Record<string, string>> = {
  "model.provider": "settings.provider",
  "model.name": "settings.model",
  "model.api_base": "settings.apiBase",
  "model.api_key": "settings.apiKey",
  "model.context_tokens": "settings.contextTokens",
  "model.max_output_tokens": "settings.maxOutputTokens",
  "model.reasoning_effort": "settings.reasoningEffort",
  "model.fallback": "settings.models.fallback",
  ...Object.fromEntries(ROLES.map((role) => [`roles.${role}`, `"${role}`])),
  "providers.<name>.protocol": "configured?.protocol",
  "providers.<name>.api_base": "configured?.apiBase",
  "providers.<name>.api_key": "configured?.apiKey",
  "providers.<name>.model": "configured?.model",
  "accounts.<name>.client_id": "account.client_id",
  "accounts.<name>.authorize_url": "account.authorize_url",
  "accounts.<name>.redirect_url": "account.redirect_url",
  "accounts.<name>.token_url": "account.token_url",
  "accounts.<name>.revoke_url": "{ revoke_url",
  "accounts.<name>.device_url": "account.device_url",
  "accounts.<name>.poll_url": "account.poll_url",
  "accounts.<name>.verify_url": "account.verify_url",
  "accounts.<name>.exchange_url": "account.exchange_url",
  "workspace.path": "file.workspace.path",
  "commands.allow": "settings.commands.allow",
  "commands.operators": "settings.commands.operators",
  "commands.timeout_s": "settings.commands.timeoutMs",
  "commands.background_max": "settings.commands.backgroundMax",
  "commands.background_s": "settings.commands.backgroundMs",
  "commands.scrub_extra": "settings.commands.scrubExtra",
  "commands.verify_paths": "settings.commands.verifyPaths",
  "commands.without_sandbox": "settings.commands.withoutSandbox",
  "limits.iterations": "{ iterations, settings = CAP_SETTINGS } = this.#caps",
  "limits.stall_same_calls": "{ sameCalls",
  "limits.stall_alternations": "{ alternations",
  "limits.stall_failed_rounds": "{ failedRounds",
  "limits.turn_s": "{ turnMs, settings = CAP_SETTINGS } = this.#caps",
  "limits.stall_refused_rounds": "{ refusedRounds",
  "limits.model_first_byte_s": "limits.firstByteMs",
  "limits.model_stall_s": "limits.stallMs",
  "limits.model_stream_s": "limits.streamMs",
  "limits.model_tries": "limits.tries",
  "limits.model_wait_s": "limits.waitMs",
  "limits.memory_mb": "settings.limits.memoryBytes",
  "limits.processes": "settings.limits.processes",
  "limits.file_mb": "settings.limits.fileBytes",
  "limits.cpu_s": "settings.limits.cpuSeconds",
  "routing.enabled": "settings.enabled",
  "routing.uncertainty_threshold": "settings.uncertaintyThreshold",
  "routing.adapt": "settings.adapt",
  "web.hosts": "hosts",
  "browser.enabled": "settings.browser.enabled",
  "browser.program": "settings.browser.program",
  "browser.width": "width, height",
  "browser.height": "width, height",
  "browser.timeout_s": "settings.browser.timeoutMs",
  "web.search": "service: search",
  "web.search_base": "base: searchBase",
  "web.search_key": "start.searchKey",
  "http.timeout_s": "http.timeoutMs",
  "http.response_kb": "http.responseBytes",
  "http_profiles.<name>.type": "secrets.type",
  "http_profiles.<name>.allowed_domains": "domains",
  "http_profiles.<name>.token": "secrets.token",
  "http_profiles.<name>.header_name": "secrets.name",
  "http_profiles.<name>.header_value": "secrets.value",
  "http_profiles.<name>.username": "secrets.username",
  "http_profiles.<name>.password": "secrets.password",
  "http_profiles.<name>.consumer_key": "keys.consumerKey",
  "http_profiles.<name>.consumer_secret": "consumerSecret",
  "http_profiles.<name>.access_token": "keys.token",
  "http_profiles.<name>.access_token_secret": "tokenSecret",
  "http_profiles.<name>.connection": "secrets.connection",
  "oauth.callback_url": "oauth.callback_url",
  "oauth.providers.<name>.title": "provider?.title",
  "oauth.providers.<name>.type": "authorizeUrl, type, scopes",
  "oauth.providers.<name>.authorize_url": "authorizeUrl",
  "oauth.providers.<name>.token_url": "tokenUrl",
  "oauth.providers.<name>.revoke_url": "revokeUrl",
  "oauth.providers.<name>.issuer": "{ issuer, title } = provider",
  "oauth.providers.<name>.scopes": "scopes.join",
  "oauth.providers.<name>.allowed_domains": "provider.domains",
  "oauth.providers.<name>.client_auth": "clientAuth",
  "acp.terminals": "settings.acp.terminals",
  "mcp.schema_tokens": "mcp.schemaTokens",
  "mcpServers.<name>.type": "transport.type",
  "mcpServers.<name>.command": "transport.command",
  "mcpServers.<name>.args": "transport.args",
  "mcpServers.<name>.cwd": "cwd",
  "mcpServers.<name>.env.<name>": "mcpValues",
  "mcpServers.<name>.read": '"read',
  "mcpServers.<name>.write": '"write',
  "mcpServers.<name>.net": '"net',
  "mcpServers.<name>.url": "transport.url",
  "mcpServers.<name>.headers.<name>": "mcpValues",
  "mcpServers.<name>.description": "one.description",
  "mcpServers.<name>.enabledTools": "enabledTools",
  "mcpServers.<name>.enabled": "server.enabled",
  "mcpServers.<name>.timeout_s": "server.timeoutMs",
  "mcpServers.<name>.auth.provider": "slack.servers",
  "mcpServers.<name>.auth.teamId": "teamId",
  "mcpServers.<name>.auth.label": "slack.label",
  "slack.api_url": "apiUrl",
  "slack.authorize_url": "authorizeUrl",
  "slack.mcp_url": "mcpUrl",
  "slack.callback_url": "settings.callbackUrl",
  "slack.scopes": "settings.scopes",
  "mcpServers.<name>.oauth.clientId": "client.id, secret",
  "mcpServers.<name>.oauth.clientSecret": "client.secret",
  "mcpServers.<name>.oauth.scopes": "command.scopes ?? scopes",
  "redaction.enabled": "settings.redaction.enabled",
  "redaction.categories": "settings.categories",
  "redaction.patterns.<name>": "settings.patterns",
  "subagents.enabled": "settings.subAgents",
  "subagents.max_depth": "limits.maxDepth",
  "subagents.max_iterations": "limits.iterations",
  "subagents.max_iterations_cap": "limits.iterationsCap",
  "subagents.max_response_chars": "limits.responseChars",
  "subagents.timeout_s": "limits.timeoutMs",
  "subagents.per_task": "limits.perTask",
  "delegation.enabled": "delegation.enabled",
  "delegation.unattended": "delegation.unattended",
  "delegation.timeout_s": "limits.timeoutMs",
  "delegation.max_output_chars": "limits.maxOutputChars",
  "delegation.copy_mb": "limits.copyBytes",
  ...Object.fromEntries(
    ["command", "description", "args", "unattended_args", "format", "env", "hosts", "read"]
      .map((key) => [`agents.<name>.${key}`, `entry.${key}`]),
  ),
  "budget.task_tokens": "budget.taskTokens",
  "budget.task_usd": "budget.taskUsd",
  "budget.session_tokens": "{ sessionTokens, sessionUsd, dailyTokens, dailyUsd",
  "budget.session_usd": "{ sessionTokens, sessionUsd, dailyTokens, dailyUsd",
  "budget.daily_tokens": "{ sessionTokens, sessionUsd, dailyTokens, dailyUsd",
  "budget.daily_usd": "{ sessionTokens, sessionUsd, dailyTokens, dailyUsd",
  "budget.warn_at": "budget.warnAt",
  "budget.unknown_price": "budget.unknownPrice",
  "approvals.mode": "settings.approvals.mode",
  "approvals.timeout_s": "settings.approvals.timeoutMs",
  "logging.level": "settings.logging.level",
  "terminal.history": "settings.terminal.historyLines",
  "environment.trust": "file.environment.trust",
};

Deno.test("every key of the schema is read by something outside kernel/settings", async () => {
  // The version is what the parser itself looks at, before all keys.
  const keys = keyRows().map(({ key }) => key).filter((key) => key !== "version");
  assert.deepEqual(keys.sort(), Object.keys(READ_AS).sort());
  const code = (await textsBelow(SRC)).join("\n");
  const unread = Object.entries(READ_AS).filter(([, name]) =>
    !new RegExp(`${name.replace(/[.?{}#]/g, "\\$&")}\\b`).test(code)
  );
  assert.deepEqual(unread, []);
});

/** Code without comments; the settings themselves and their type do not count. */
async function textsBelow(folder: string): Promise<string[]> {
  const texts: string[] = [];
  for (const entry of Deno.readDirSync(folder)) {
    const path = `${folder}${entry.name}`;
    if (path === `${SRC}kernel/settings` || path === `${SRC}model/settings.ts`) continue;
    if (entry.isDirectory) texts.push(...await textsBelow(`${path}/`));
    else texts.push((await Deno.readTextFile(path)).replace(/\/\*[^]*?\*\/|\/\/.*/g, ""));
  }
  return texts;
}

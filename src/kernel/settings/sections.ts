/** Sections of `config.toml` that nothing else decides about, in the units that ward works in. */
import type { SlackSettings } from "../../model/services/slack.ts";
import type { ResolvedSettings } from "../../model/settings.ts";
import { oauthProviders } from "../accounts/oauth/providers.ts";
import { canonicalHost } from "../net/canonical_host.ts";
import { configuredWebhooks } from "./api_settings.ts";
import { configuredChannels } from "./channel_settings.ts";
import { configuredProviders } from "./http_settings.ts";
import { configuredServers } from "./mcp_settings.ts";
import type { FileSettings } from "./schema/schema.ts";

const MB = 1024 * 1024;

/** The sections. */
export function sectionsOf(file: FileSettings): Pick<
  ResolvedSettings,
  | "commands"
  | "limits"
  | "subAgents"
  | "delegation"
  | "agents"
  | "budget"
  | "web"
  | "browser"
  | "http"
  | "oauth"
  | "acp"
  | "mcp"
  | "mcpServers"
  | "slack"
  | "channels"
  | "daemon"
  | "webhooks"
  | "files"
> {
  const { commands, limits, subagents, delegation, budget, web, browser, http, oauth } = file;
  return {
    commands: {
      allow: commands.allow,
      operators: commands.operators,
      timeoutMs: commands.timeout_s * 1000,
      backgroundMax: commands.background_max,
      backgroundMs: commands.background_s * 1000,
      scrubExtra: commands.scrub_extra,
      verifyPaths: commands.verify_paths,
      withoutSandbox: commands.without_sandbox,
    },
    limits: {
      iterations: limits.iterations,
      turnMs: limits.turn_s * 1000,
      stall: {
        sameCalls: limits.stall_same_calls,
        alternations: limits.stall_alternations,
        failedRounds: limits.stall_failed_rounds,
        refusedRounds: limits.stall_refused_rounds,
      },
      model: {
        firstByteMs: limits.model_first_byte_s * 1000,
        stallMs: limits.model_stall_s * 1000,
        streamMs: limits.model_stream_s * 1000,
        tries: limits.model_tries,
        waitMs: limits.model_wait_s * 1000,
      },
      memoryBytes: limits.memory_mb * MB,
      processes: limits.processes,
      fileBytes: limits.file_mb * MB,
      cpuSeconds: limits.cpu_s,
    },
    subAgents: subagents.enabled
      ? {
        maxDepth: subagents.max_depth,
        iterations: subagents.max_iterations,
        iterationsCap: subagents.max_iterations_cap,
        responseChars: subagents.max_response_chars,
        timeoutMs: subagents.timeout_s * 1000,
        perTask: subagents.per_task,
      }
      : null,
    delegation: {
      enabled: delegation.enabled,
      unattended: delegation.unattended,
      timeoutMs: delegation.timeout_s * 1000,
      maxOutputChars: delegation.max_output_chars,
      copyBytes: delegation.copy_mb * MB,
    },
    agents: file.agents,
    budget: {
      taskTokens: budget.task_tokens,
      taskUsd: capOf(budget.task_usd),
      sessionTokens: capOf(budget.session_tokens),
      sessionUsd: capOf(budget.session_usd),
      dailyTokens: capOf(budget.daily_tokens),
      dailyUsd: capOf(budget.daily_usd),
      warnAt: budget.warn_at,
      unknownPrice: budget.unknown_price,
    },
    web: {
      hosts: web.hosts.map((host) => canonicalHost(host) ?? host),
      search: web.search,
      searchBase: web.search_base ?? null,
    },
    browser: {
      enabled: browser.enabled,
      program: browser.program ?? null,
      width: browser.width,
      height: browser.height,
      timeoutMs: browser.timeout_s * 1000,
    },
    http: { timeoutMs: http.timeout_s * 1000, responseBytes: http.response_kb * 1000 },
    oauth: {
      callbackUrl: oauth.callback_url,
      providers: oauthProviders(configuredProviders(file)),
    },
    acp: { terminals: file.acp.terminals },
    mcp: { schemaTokens: file.mcp.schema_tokens },
    mcpServers: configuredServers(file),
    slack: slackSettings(file),
    channels: configuredChannels(file),
    daemon: {
      conversations: file.daemon.conversations,
      shutdownMs: file.daemon.shutdown_s * 1000,
      idleMs: file.daemon.idle_s * 1000,
      api: {
        hostname: file.daemon.bind,
        port: file.daemon.port,
        names: file.daemon.hosts.map((name) => name.toLowerCase()),
      },
    },
    webhooks: configuredWebhooks(file),
    files: {
      maxBytes: file.files.max_mb * 1_000_000,
      outbox: file.files.outbox,
      keptMs: file.files.keep_hours * 3_600_000,
    },
  };
}

/** Where Slack is, and what a login there asks for. */
export function slackSettings(
  { slack, mcpServers }: Pick<FileSettings, "slack" | "mcpServers">,
): SlackSettings {
  return {
    // Names of methods are put behind it.
    apiUrl: slack.api_url.endsWith("/") ? slack.api_url : `${slack.api_url}/`,
    authorizeUrl: slack.authorize_url,
    mcpUrl: slack.mcp_url,
    callbackUrl: slack.callback_url,
    scopes: slack.scopes,
    servers: Object.fromEntries(
      Object.entries(mcpServers).flatMap(([alias, { auth }]) =>
        auth?.provider === "slack"
          ? [[alias, { teamId: auth.teamId ?? null, label: auth.label ?? null }]]
          : []
      ),
    ),
  };
}

/** 0 stands for no cap. */
function capOf(value: number): number | null {
  return value === 0 ? null : value;
}

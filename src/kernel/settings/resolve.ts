/**
 * Flags, variables, file and defaults become one set of settings. Pure: the folders are resolved
 * by `host/home.ts`, the provider is chosen by `kernel/models/providers/choose_provider.ts`.
 *
 * Order: flags, then variables, then the file, then the default. An empty variable counts as unset.
 */
import { isLogLevel, LOG_LEVELS } from "../../model/log.ts";
import type { ApprovalMode } from "../../model/cells/permission.ts";
import type { ReasoningEffort } from "../../model/conversation/model_stream.ts";
import {
  NOTHING_SAVED,
  type ResolvedSettings,
  type SavedSecrets,
  type ServiceProtocol,
  type SettingSource,
} from "../../model/settings.ts";
import type { McpValues } from "../../model/mcp/server.ts";
import type { ChannelTokens } from "../../model/channels/channel.ts";
import type { ConfiguredProfile } from "../../model/services/http_profile.ts";
import type { FoundLogin } from "../accounts/found_login.ts";
import { API_TOKEN, webhookSecrets } from "./api_settings.ts";
import { configuredTokens } from "./channel_settings.ts";
import { configuredProfiles } from "./http_settings.ts";
import { configuredValues } from "./mcp_settings.ts";
import { sectionsOf } from "./sections.ts";
import { withVariables } from "./schema/mcp.ts";
import { type ParsedConfig, referencedVariables, savedName } from "./parse_config.ts";
import type { SecretSetting } from "./schema/keys.ts";

/** Flags of the command line that are settings; null or missing: not given. */
export interface SettingFlags {
  readonly provider?: string | null | undefined;
  readonly model?: string | null | undefined;
  readonly effort?: ReasoningEffort | null | undefined;
  readonly mode?: ApprovalMode | null | undefined;
  /** Redact, whatever the file says. */
  readonly redact?: boolean | undefined;
}

/** What {@linkcode resolveSettings} works from. */
export interface SettingInputs {
  readonly flags: SettingFlags;
  /** The variables that ward took at its start. */
  readonly variables: Readonly<Record<string, string>>;
  readonly config: ParsedConfig;
  /** Saved secrets that were looked up. */
  readonly saved?: SavedSecrets | undefined;
  /** Logins that were found. @default [] */
  readonly logins?: readonly FoundLogin[] | undefined;
  readonly configPath: string;
  readonly home: string;
  readonly dataDir: string;
  /** Real paths of what ward keeps for other profiles. @default [] */
  readonly others?: readonly string[] | undefined;
  /** From `resolveWorkspace`: absolute real path and where it was named. */
  readonly workspace: { readonly path: string; readonly source: SettingSource };
}

/** A value with its origin, for `status`: `variable WARD_MODEL`. */
export interface Sourced {
  readonly value: string;
  readonly source: SettingSource;
  readonly from: string;
}

/** A configured provider with its key looked up. */
export interface ConfiguredProvider {
  readonly name: string;
  readonly protocol: ServiceProtocol | null;
  readonly apiBase: Sourced | null;
  readonly apiKey: Sourced | null;
  /** The file names a key for it that is not there: it is not to be used without. */
  readonly isKeyMissing?: boolean | undefined;
  readonly model: Sourced | null;
}

/** What the choice of the provider works from. Holds keys: never log or store it. */
export interface ProviderInputs {
  readonly provider: Sourced | null;
  readonly model: Sourced | null;
  readonly apiBase: Sourced | null;
  readonly apiKey: Sourced | null;
  /** The file names a key for its provider that is not there. */
  readonly isKeyMissing?: boolean | undefined;
  /** `[providers.<name>]`, in the order of the file. */
  readonly providers: readonly ConfiguredProvider[];
  /** Saved keys by the name of their provider. */
  readonly saved: Readonly<Record<string, Sourced>>;
  /** Logins that were found on this machine. @default [] */
  readonly logins?: readonly FoundLogin[] | undefined;
}

/** Settings, what the provider choice needs, and what the user should know. */
export interface SettingsResult {
  /** What the provider choice needs without what flags say of it. */
  readonly unflaggedInputs: ProviderInputs;
  readonly settings: ResolvedSettings;
  readonly providerInputs: ProviderInputs;
  /** Key of the search service; never logged or stored. */
  readonly searchKey: Sourced | null;
  /** Profiles of http_request with their secrets; never logged or stored. */
  readonly httpProfiles: readonly ConfiguredProfile[];
  /** Variables and headers of MCP servers by alias; never logged or stored. */
  readonly mcpValues: Readonly<Record<string, McpValues>>;
  /** Tokens of bots by their names; never logged or stored. */
  readonly channelTokens: Readonly<Record<string, ChannelTokens>>;
  /** Token of the HTTP API; null: it is off. Never logged or stored. */
  readonly apiToken: Sourced | null;
  /** Secrets of webhooks by their names; never logged or stored. */
  readonly webhookSecrets: Readonly<Record<string, string | null>>;
  readonly warnings: readonly string[];
}

/** Variables that win over a key of the file. */
export const KEY_VARIABLES: Readonly<Record<string, string>> = {
  "model.provider": "WARD_PROVIDER",
  "model.name": "WARD_MODEL",
  "model.api_base": "WARD_API_BASE",
  "model.api_key": "WARD_API_KEY",
  "workspace.path": "WARD_WORKSPACE",
  "logging.level": "WARD_LOG_LEVEL",
};

/** Puts the sources together. Throws nothing: every input is already checked. */
export function resolveSettings(inputs: SettingInputs): SettingsResult {
  const { config, variables, saved = NOTHING_SAVED } = inputs;
  const {
    model,
    roles,
    commands,
    limits,
    budget,
    subagents,
    delegation,
    routing,
    redaction,
    web,
    browser,
    approvals,
    logging,
    terminal,
    providers,
  } = config.file;
  const sources: Record<string, SettingSource> = {};

  const pick = (
    key: string,
    flag: { name: string; value: string | null | undefined } | null,
    file: Sourced | null,
  ): Sourced | null => {
    const variable = KEY_VARIABLES[key] ?? "";
    const fromVariable = variables[variable]?.trim();
    const chosen: Sourced | null = flag?.value
      ? { value: flag.value, source: "flag", from: `flag ${flag.name}` }
      : fromVariable
      ? { value: fromVariable, source: "variable", from: `variable ${variable}` }
      : file;
    sources[key] = chosen?.source ?? "default";
    return chosen;
  };

  const keyOf = (
    key: string,
    secret: SecretSetting | undefined,
    provider: string | undefined,
  ): Sourced | null => {
    if (secret === undefined) return null;
    if (secret.type === "plain") return plain(key, secret.value);
    if (secret.type === "variable") {
      const value = variables[secret.name];
      if (!value) return null;
      return { value, source: "file", from: `variable ${secret.name}, named by ${key}` };
    }
    const name = savedName(secret, provider) ?? "";
    const entry = Object.hasOwn(saved.keys, name) ? saved.keys[name] : undefined;
    if (entry) return { value: entry.value, source: "file", from: entry.from };
    missing.push(
      `The configuration takes a key from the saved secret "${name}", which is not there: ` +
        `ward secrets set ${name}`,
    );
    return null;
  };
  const missing = referencedVariables(config.file).filter((name) => !variables[name])
    .map((name) => `The configuration takes a key from the variable "${name}", which is not set`);

  const keyAndWhether = (
    key: string,
    secret: SecretSetting | undefined,
    provider: string | undefined,
  ) => {
    const apiKey = keyOf(key, secret, provider);
    return { apiKey, isKeyMissing: secret !== undefined && apiKey === null };
  };
  const general = keyAndWhether("model.api_key", model.api_key, model.provider);

  const providerInputs: ProviderInputs = {
    provider: pick(
      "model.provider",
      { name: "--provider", value: inputs.flags.provider },
      plain("model.provider", model.provider),
    ),
    model: pick(
      "model.name",
      { name: "--model", value: inputs.flags.model },
      plain("model.name", model.name),
    ),
    apiBase: pick("model.api_base", null, plain("model.api_base", model.api_base)),
    apiKey: pick("model.api_key", null, general.apiKey),
    isKeyMissing: general.isKeyMissing && !variables["WARD_API_KEY"]?.trim(),
    providers: Object.entries(providers).map(([name, one]) => ({
      name,
      protocol: one.protocol ?? null,
      apiBase: plain(`providers.${name}.api_base`, one.api_base),
      ...keyAndWhether(`providers.${name}.api_key`, one.api_key, name),
      model: plain(`providers.${name}.model`, one.model),
    })),
    saved: Object.fromEntries(
      Object.entries(saved.keys).map(([name, { value, from }]) => [
        name,
        { value, source: "file" as const, from },
      ]),
    ),
    logins: inputs.logins ?? [],
  };

  const searchKey = keyOf("web.search_key", web.search_key, web.search);

  const httpProfiles = configuredProfiles(
    config.file,
    ({ profile, key, setting, savedAs }) =>
      keyOf(`http_profiles.${profile}.${key}`, setting, savedAs)?.value ?? null,
  );

  const channelTokens = configuredTokens(
    config.file,
    ({ channel, key, setting, savedAs }) =>
      keyOf(`channels.${channel}.${key}`, setting, savedAs)?.value ?? null,
  );

  const apiVariable = variables[API_TOKEN.variable]?.trim();
  const apiSaved = saved.keys[API_TOKEN.saved];
  const apiToken: Sourced | null = apiVariable
    ? { value: apiVariable, source: "variable", from: `variable ${API_TOKEN.variable}` }
    : apiSaved
    ? { value: apiSaved.value, source: "file", from: apiSaved.from }
    : null;

  const webhookValues = Object.fromEntries(
    webhookSecrets(config.file).map(({ webhook, setting, savedAs }) => [
      webhook,
      keyOf(`webhooks.${webhook}.secret`, setting, savedAs)?.value ?? null,
    ]),
  );

  const mcpValues = configuredValues(
    config.file,
    ({ alias, name, setting, savedAs }) =>
      setting.type === "saved"
        ? keyOf(`mcpServers.${alias}.${name}`, setting, savedAs)?.value ?? null
        : withVariables(setting.text, (variable) => variables[variable]),
  );

  const fromFile = (...keys: string[]) => {
    for (const key of keys) sources[key] = config.isSet(key) ? "file" : "default";
  };
  fromFile(
    "model.context_tokens",
    "model.max_output_tokens",
    "model.reasoning_effort",
    "approvals.mode",
    "approvals.timeout_s",
    "terminal.history",
    "environment.trust",
  );
  fromFile(...Object.keys(commands).map((name) => `commands.${name}`));
  fromFile(...Object.keys(limits).map((name) => `limits.${name}`));
  fromFile("model.fallback");
  fromFile(...Object.keys(routing).map((name) => `routing.${name}`));
  fromFile(...Object.keys(redaction).map((name) => `redaction.${name}`));
  if (inputs.flags.redact) sources["redaction.enabled"] = "flag";
  fromFile(...Object.keys(roles).map((name) => `roles.${name}`));
  fromFile(...Object.keys(subagents).map((name) => `subagents.${name}`));
  fromFile(...Object.keys(browser).map((name) => `browser.${name}`));
  fromFile("acp.terminals", "mcp.schema_tokens");
  fromFile("http.timeout_s", "http.response_kb", "oauth.callback_url");
  fromFile("web.hosts", "web.search", "web.search_base", "web.search_key");
  fromFile(...Object.keys(delegation).map((name) => `delegation.${name}`));
  fromFile(...Object.keys(budget).map((name) => `budget.${name}`));
  fromFile(...Object.keys(config.file.daemon).map((name) => `daemon.${name}`));
  fromFile("files.max_mb", "files.keep_hours");
  fromFile("logging.level");
  const { effort, mode } = inputs.flags;
  if (mode) sources["approvals.mode"] = "flag";
  if (effort) sources["model.reasoning_effort"] = "flag";
  const level = variables["WARD_LOG_LEVEL"]?.trim().toLowerCase() ?? "";
  if (isLogLevel(level)) sources["logging.level"] = "variable";
  const badLevel = level === "" || isLogLevel(level)
    ? []
    : [`WARD_LOG_LEVEL is none of ${LOG_LEVELS.join(", ")}; it is not used`];
  sources["workspace.path"] = inputs.workspace.source;

  const settings: ResolvedSettings = {
    home: inputs.home,
    dataDir: inputs.dataDir,
    others: inputs.others ?? [],
    configPath: inputs.configPath,
    workspace: inputs.workspace.path,
    contextTokens: model.context_tokens === 0 ? null : model.context_tokens,
    maxOutputTokens: model.max_output_tokens,
    reasoningEffort: effort ??
      (model.reasoning_effort === "default" ? null : model.reasoning_effort),
    ...sectionsOf(config.file),
    models: { roles, fallback: model.fallback },
    routing: {
      enabled: routing.enabled,
      uncertaintyThreshold: routing.uncertainty_threshold,
      adapt: routing.adapt,
    },
    redaction: { ...redaction, enabled: inputs.flags.redact === true || redaction.enabled },
    approvals: {
      mode: mode ?? approvals.mode,
      timeoutMs: approvals.timeout_s * 1000,
    },
    accounts: config.file.accounts,
    logging: { level: isLogLevel(level) ? level : logging.level },
    terminal: { historyLines: terminal.history },
    sources,
  };

  const { provider: providerFlag, model: modelFlag, ...flags } = inputs.flags;
  return {
    settings,
    unflaggedInputs: providerFlag || modelFlag
      ? resolveSettings({ ...inputs, flags }).providerInputs
      : providerInputs,
    providerInputs,
    searchKey,
    httpProfiles,
    mcpValues,
    channelTokens,
    apiToken,
    webhookSecrets: webhookValues,
    warnings: [...config.warnings, ...missing, ...saved.problems, ...badLevel],
  };
}

function plain(key: string, value: string | undefined): Sourced | null {
  return value === undefined ? null : { value, source: "file", from: `${key} in config.toml` };
}

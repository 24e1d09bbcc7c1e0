import type { LoginId } from "../../accounts/found_login.ts";
import type { ServiceTraits } from "../../../model/services/service_traits.ts";
import type { ServiceProtocol } from "../../../model/settings.ts";

/** A model service that ward knows by name. */
export interface KnownProvider {
  readonly name: string;
  readonly protocol: ServiceProtocol;
  /** Protocol at any address but its own; missing: the same. */
  readonly elsewhere?: ServiceProtocol | undefined;
  /** Its address; null: each customer has one of their own. */
  readonly baseUrl: string | null;
  /** Further hosts that are its own. */
  readonly ownHosts?: RegExp | undefined;
  /** The address as variables of this machine say it. */
  readonly addressFrom?:
    | ((variables: Variables) => { readonly value: string; readonly name: string } | null)
    | undefined;
  /** Variable that holds its key; null: it takes none. */
  readonly keyVariable: string | null;
  /** Other ways to say the key, where that variable is not set. */
  readonly otherKey?:
    | ((variables: Variables) => { readonly value: string; readonly name: string } | null)
    | undefined;
  /** Variable by which its own SDK is pointed elsewhere, together with that key. */
  readonly baseVariable: string | null;
  /** Model when none is named; null: the first that the service lists, or none. */
  readonly defaultModel: string | null;
  /** Tokens of one request that every model of it takes that is in common use. */
  readonly contextTokens: number;
  /** In what it differs from its protocol's reference. */
  readonly traits: ServiceTraits;
  /** Logins that it takes; missing: none. */
  readonly login?: ProviderLogin | undefined;
}

/** How a service takes logins. */
export interface ProviderLogin {
  /** Those it takes, best first. */
  readonly ids: readonly LoginId[];
  /** Headers of each request that is paid by a login. */
  readonly headers: Readonly<Record<string, string>>;
  /** Header for the account's id. */
  readonly accountHeader?: string | undefined;
  /** Header for the name and version of the program, where the service asks every client for it. */
  readonly programHeader?: string | undefined;
  /** It takes no keys. */
  readonly isOnlyWay?: boolean | undefined;
}

/** Variables of the start. */
type Variables = Readonly<Record<string, string>>;

/** The same for a service that ward does not know. */
export const UNKNOWN_CONTEXT_TOKENS = 64_000;

/** Where Ollama listens unless it is told otherwise. */
const OLLAMA_ADDRESS = "http://127.0.0.1:11434";

/** Where LM Studio listens unless it is told otherwise. */
export const LM_STUDIO_ADDRESS = "http://127.0.0.1:1234/v1";

/** Known services in order of preference; with nothing chosen the first usable one is taken. */
export const KNOWN_PROVIDERS: readonly KnownProvider[] = [
  {
    name: "anthropic",
    protocol: "anthropic",
    baseUrl: "https://api.anthropic.com",
    keyVariable: "ANTHROPIC_API_KEY",
    baseVariable: "ANTHROPIC_BASE_URL",
    defaultModel: "claude-sonnet-5-5",
    contextTokens: 200_000,
    traits: {},
    login: {
      ids: ["claude", "claude_code"],
      headers: { "anthropic-beta": "oauth-2025-04-20" },
    },
  },
  {
    name: "openai",
    protocol: "openai_responses",
    // Its name also stands for "any compatible address", and those speak chat completions.
    elsewhere: "openai",
    baseUrl: "https://api.openai.com/v1",
    ownHosts: /^([a-z]+\.)?api\.openai\.com$/,
    keyVariable: "OPENAI_API_KEY",
    baseVariable: "OPENAI_BASE_URL",
    defaultModel: "gpt-5.1",
    contextTokens: 128_000,
    traits: { maxTokens: "max_completion_tokens" },
  },
  {
    name: "google",
    protocol: "gemini",
    baseUrl: "https://generativelanguage.googleapis.com",
    keyVariable: "GOOGLE_API_KEY",
    otherKey: (variables) => set(variables, "GEMINI_API_KEY"),
    baseVariable: null,
    defaultModel: "gemini-flash-latest",
    contextTokens: 200_000,
    traits: {},
  },
  chatGptLogin("chatgpt", "chatgpt"),
  // The Codex CLI's login is used only where this one is named.
  chatGptLogin("openai_codex", "codex"),
  {
    name: "copilot",
    protocol: "openai",
    baseUrl: "https://api.githubcopilot.com",
    ownHosts: /^api(\.[a-z]+)?\.githubcopilot\.com$/,
    keyVariable: null,
    baseVariable: null,
    defaultModel: "gpt-4o",
    contextTokens: 64_000,
    traits: { cacheKey: false },
    login: {
      ids: ["copilot"],
      isOnlyWay: true,
      programHeader: "editor-version",
      headers: {
        // It takes ids of programs that it knows; ward has none of its own.
        "copilot-integration-id": "vscode-chat",
        "openai-intent": "conversation-edits",
        "x-github-api-version": "2025-10-01",
        "x-initiator": "user",
      },
    },
  },
  compatible("openrouter", "https://openrouter.ai/api/v1", "openrouter/auto", {
    effort: "reasoning",
    cacheMarksFor: "anthropic/",
    reasoningBack: "reasoning_details",
  }),
  compatible("groq", "https://api.groq.com/openai/v1", "openai/gpt-oss-120b", {
    maxTokens: "max_completion_tokens",
    cacheKey: false,
  }),
  compatible("deepseek", "https://api.deepseek.com/v1", "deepseek-chat", {
    images: false,
    cacheKey: false,
    effort: "none",
    reasoningBack: "reasoning_content",
  }),
  compatible("mistral", "https://api.mistral.ai/v1", "mistral-large-latest", {
    cacheKey: false,
    callIds: "nine",
  }),
  compatible("xai", "https://api.x.ai/v1", "grok-4", { cacheKey: false }),
  compatible("together", "https://api.together.xyz/v1", "openai/gpt-oss-120b", { cacheKey: false }),
  compatible("moonshot", "https://api.moonshot.ai/v1", "kimi-k2.6", {
    effort: "none",
    reasoningBack: "reasoning_content",
  }),
  {
    ...compatible("qwen", "https://dashscope-intl.aliyuncs.com/compatible-mode/v1", "qwen-plus", {
      cacheKey: false,
      effort: "none",
    }),
    ownHosts: /^(dashscope(-\w+)?\.aliyuncs\.com|portal\.qwen\.ai)$/,
    otherKey: (variables) => set(variables, "DASHSCOPE_API_KEY"),
    login: { ids: ["qwen_code"], headers: {} },
  },
  {
    name: "azure",
    protocol: "azure",
    baseUrl: null,
    ownHosts: /\.(openai|cognitiveservices|services\.ai)\.azure\.com$/,
    keyVariable: "AZURE_OPENAI_API_KEY",
    baseVariable: "AZURE_OPENAI_ENDPOINT",
    // A model is named by the deployment that its owner made.
    defaultModel: null,
    contextTokens: 128_000,
    traits: { maxTokens: "max_completion_tokens" },
  },
  {
    name: "bedrock",
    protocol: "bedrock",
    baseUrl: bedrockAddress("us-east-1"),
    ownHosts: /^bedrock-runtime(-fips)?\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$/,
    addressFrom(variables) {
      const region = set(variables, "AWS_REGION") ?? set(variables, "AWS_DEFAULT_REGION");
      if (!region || !/^[a-z]{2}(-[a-z]+)+-\d+$/.test(region.value)) return null;
      return { value: bedrockAddress(region.value), name: region.name };
    },
    keyVariable: "AWS_BEARER_TOKEN_BEDROCK",
    otherKey(variables) {
      const id = set(variables, "AWS_ACCESS_KEY_ID");
      const secret = set(variables, "AWS_SECRET_ACCESS_KEY");
      if (!id || !secret) return null;
      const token = set(variables, "AWS_SESSION_TOKEN");
      const parts = [id, secret, ...token ? [token] : []];
      return { value: parts.map(({ value }) => value).join(":"), name: id.name };
    },
    baseVariable: null,
    // Which model may be used in which region is the account's own matter.
    defaultModel: null,
    contextTokens: 128_000,
    traits: {},
  },
  {
    name: "lmstudio",
    protocol: "openai",
    baseUrl: LM_STUDIO_ADDRESS,
    keyVariable: null,
    baseVariable: null,
    defaultModel: null,
    contextTokens: 32_000,
    traits: { cacheKey: false },
  },
  {
    name: "ollama",
    protocol: "ollama",
    baseUrl: OLLAMA_ADDRESS,
    addressFrom: (variables) =>
      variables["OLLAMA_HOST"]?.trim()
        ? { value: ollamaAddress(variables), name: "OLLAMA_HOST" }
        : null,
    keyVariable: null,
    baseVariable: null,
    defaultModel: null,
    // Ollama cuts silently at what it was started with: see docs/sessions.md.
    contextTokens: 32_000,
    traits: {},
  },
];

/** ChatGPT's own service, which is paid by a login alone. */
function chatGptLogin(name: string, id: LoginId): KnownProvider {
  return {
    name,
    protocol: "openai_responses",
    baseUrl: "https://chatgpt.com/backend-api/codex",
    keyVariable: null,
    baseVariable: null,
    defaultModel: "gpt-5.1-codex",
    contextTokens: 128_000,
    // Its list is cut to what a named version of Codex can do; other programs get little or none.
    traits: { lists: false },
    login: {
      ids: [id],
      headers: { originator: "ward" },
      accountHeader: "chatgpt-account-id",
      isOnlyWay: true,
    },
  };
}

/** An OpenAI-compatible service whose key is in `<NAME>_API_KEY`. */
function compatible(
  name: string,
  baseUrl: string,
  defaultModel: string,
  traits: ServiceTraits,
): KnownProvider {
  return {
    name,
    protocol: "openai",
    baseUrl,
    keyVariable: `${name.toUpperCase()}_API_KEY`,
    baseVariable: null,
    defaultModel,
    contextTokens: 64_000,
    traits,
  };
}

function bedrockAddress(region: string): string {
  const top = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return `https://bedrock-runtime.${region}.${top}`;
}

function set(variables: Variables, name: string): { value: string; name: string } | null {
  const value = variables[name]?.trim();
  return value ? { value, name } : null;
}

/** Whether an address is that of the service itself. */
export function isOwnAddress({ baseUrl, ownHosts }: KnownProvider, address: string): boolean {
  const { protocol, hostname } = new URL(address);
  if (baseUrl !== null && providerHost(baseUrl) === providerHost(address)) return true;
  return protocol === "https:" && ownHosts?.test(hostname) === true;
}

/** The key of a service as the variables have it, and the variable that is named for it. */
export function keyInVariables(
  { keyVariable, otherKey }: KnownProvider,
  variables: Variables,
): { readonly value: string; readonly name: string } | null {
  if (keyVariable === null) return null;
  return set(variables, keyVariable) ?? otherKey?.(variables) ?? null;
}

/** Variables that the choice of a provider reads. */
export const PROVIDER_VARIABLES: readonly string[] = [
  "WARD_PROVIDER",
  "WARD_MODEL",
  "WARD_API_KEY",
  "WARD_API_BASE",
  "OLLAMA_HOST",
  "GEMINI_API_KEY",
  "DASHSCOPE_API_KEY",
  "AWS_REGION",
  "AWS_DEFAULT_REGION",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "CODEX_HOME",
  "CLAUDE_CONFIG_DIR",
  "CODEX_REFRESH_TOKEN_URL_OVERRIDE",
  ...KNOWN_PROVIDERS.flatMap(({ keyVariable, baseVariable }) => [keyVariable, baseVariable])
    .filter((name) => name !== null),
];

/**
 * The `host:port` that a provider's compartment may reach.
 *
 * @param baseUrl A checked http or https address.
 */
export function providerHost(baseUrl: string): string {
  const { protocol, hostname, port } = new URL(baseUrl);
  return `${hostname}:${port || (protocol === "http:" ? "80" : "443")}`;
}

/**
 * Base address of this machine's Ollama. `OLLAMA_HOST` is a host, `host:port` or an address, as
 * Ollama's own programs read it; what a server listens on everywhere (`0.0.0.0`) is reached by
 * loopback. What cannot be read counts as unset.
 *
 * @default {http://127.0.0.1:11434}
 */
export function ollamaAddress(variables: Readonly<Record<string, string>>): string {
  const text = variables["OLLAMA_HOST"]?.trim() ?? "";
  const scheme = /^(https?):\/\//.exec(text)?.[0];
  const bare = scheme ? text : `http://${text}`;
  if (text === "" || !URL.canParse(bare)) return OLLAMA_ADDRESS;
  const url = new URL(bare);
  if (url.username !== "" || url.password !== "") return OLLAMA_ADDRESS;
  // `:80` is dropped by the parser, so the text says whether a port was given.
  const hasPort = /:\d+$/.test(url.host) || /:\d+(\/|$)/.test(text);
  if (!hasPort && !scheme) url.port = "11434";
  if (["0.0.0.0", "[::]"].includes(url.hostname)) url.hostname = "127.0.0.1";
  return `${url.protocol}//${url.host}${url.pathname.replace(/(?<!\/)\/+$/, "")}`;
}

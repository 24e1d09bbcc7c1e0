import type { ProviderProtocol } from "../../model/settings.ts";

/** A model service that ward knows by name. */
export interface KnownProvider {
  readonly name: string;
  readonly protocol: Exclude<ProviderProtocol, "builtin">;
  readonly baseUrl: string;
  /** Variable that holds its key; null: it takes none. */
  readonly keyVariable: string | null;
  /** Variable by which its own SDK is pointed elsewhere, together with that key. */
  readonly baseVariable: string | null;
  /** Model when none is named; null: the first that the service lists. */
  readonly defaultModel: string | null;
  /** Tokens of one request that every model of it takes that is in common use. */
  readonly contextTokens: number;
}

/** The same for a service that ward does not know. */
export const UNKNOWN_CONTEXT_TOKENS = 64_000;

/** Where Ollama listens unless it is told otherwise. */
const OLLAMA_ADDRESS = "http://127.0.0.1:11434";

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
  },
  {
    name: "openai",
    protocol: "openai",
    baseUrl: "https://api.openai.com/v1",
    keyVariable: "OPENAI_API_KEY",
    baseVariable: "OPENAI_BASE_URL",
    defaultModel: "gpt-5.1",
    contextTokens: 128_000,
  },
  compatible("openrouter", "https://openrouter.ai/api/v1", "openrouter/auto"),
  compatible("groq", "https://api.groq.com/openai/v1", "openai/gpt-oss-120b"),
  compatible("deepseek", "https://api.deepseek.com/v1", "deepseek-chat"),
  compatible("mistral", "https://api.mistral.ai/v1", "mistral-large-latest"),
  compatible("xai", "https://api.x.ai/v1", "grok-4"),
  compatible("together", "https://api.together.xyz/v1", "openai/gpt-oss-120b"),
  compatible("moonshot", "https://api.moonshot.ai/v1", "kimi-k2.6"),
  {
    name: "ollama",
    protocol: "ollama",
    baseUrl: OLLAMA_ADDRESS,
    keyVariable: null,
    baseVariable: null,
    defaultModel: null,
    // Ollama cuts silently at what it was started with: see docs/sessions.md.
    contextTokens: 32_000,
  },
];

/** An OpenAI-compatible service whose key is in `<NAME>_API_KEY`. */
function compatible(name: string, baseUrl: string, defaultModel: string): KnownProvider {
  return {
    name,
    protocol: "openai",
    baseUrl,
    keyVariable: `${name.toUpperCase()}_API_KEY`,
    baseVariable: null,
    defaultModel,
    contextTokens: 64_000,
  };
}

/** Variables that the choice of a provider reads. */
export const PROVIDER_VARIABLES: readonly string[] = [
  "WARD_PROVIDER",
  "WARD_MODEL",
  "WARD_API_KEY",
  "WARD_API_BASE",
  "OLLAMA_HOST",
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
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, "")}`;
}

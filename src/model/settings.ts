import type { ApprovalMode } from "./cells/permission.ts";
import type { ChannelSettings } from "./channels/channel.ts";
import type { SharedCaps } from "./conversation/budget.ts";
import type { LogLevel } from "./log.ts";
import type { McpServer } from "./mcp/server.ts";
import type { OAuthProvider } from "./services/oauth.ts";
import type { WebhookSettings } from "./services/webhook.ts";
import type { SlackSettings } from "./services/slack.ts";
import type { ServiceTraits } from "./services/service_traits.ts";
import type { ReasoningEffort } from "./conversation/model_stream.ts";

/** Where the value of a setting came from. */
export type SettingSource = "default" | "file" | "variable" | "flag";

/** Protocols that services speak. */
export const SERVICE_PROTOCOLS = [
  "anthropic",
  "openai",
  "openai_responses",
  "azure",
  "gemini",
  "bedrock",
  "ollama",
] as const;

/** One of {@linkcode SERVICE_PROTOCOLS}. */
export type ServiceProtocol = typeof SERVICE_PROTOCOLS[number];

/** Services that search the web. */
export const SEARCH_SERVICES = ["duckduckgo", "brave", "tavily"] as const;

/** One of {@linkcode SEARCH_SERVICES}. */
export type SearchService = typeof SEARCH_SERVICES[number];

/** What a provider can be. */
export type ProviderProtocol = ServiceProtocol | "builtin";

/** A provider that can be used, with its key still apart. */
export interface ProviderChoice {
  /** Name as configured: `anthropic`, `openai`, `ollama`, `builtin` or one of `[providers.<name>]`. */
  readonly name: string;
  readonly protocol: ProviderProtocol;
  /** In what the service differs from its protocol's reference; missing: in nothing. */
  readonly traits?: ServiceTraits | undefined;
  /** Base address; empty for `builtin`. */
  readonly baseUrl: string;
  /** Model id; empty for `builtin`. */
  readonly model: string;
  /** Why this one: `ANTHROPIC_API_KEY is set`. */
  readonly why: string;
  /** Where its key or login comes from (`variable ANTHROPIC_API_KEY`), never the key; null: none needed. */
  readonly keySource: string | null;
  /** The login that pays in place of a key, such as `claude`; missing: none. */
  readonly login?: string | undefined;
}

/** What an owner says of a command-line agent; what is missing is as ward knows it. */
export interface AgentEntry {
  readonly command?: string | undefined;
  readonly description?: string | undefined;
  readonly args?: readonly string[] | undefined;
  readonly unattended_args?: readonly string[] | undefined;
  readonly format?: "text" | "claude" | "gemini" | "codex" | undefined;
  readonly env: readonly string[];
  readonly hosts: readonly string[];
  readonly read: readonly string[];
}

/** Bounds of sub-agents. */
export interface SubAgentLimits {
  /** Sub-agents below each other. */
  readonly maxDepth: number;
  /** Model calls that one begins with. */
  readonly iterations: number;
  /** Model calls that one can come to by asking for more. */
  readonly iterationsCap: number;
  /** Characters of an answer. */
  readonly responseChars: number;
  /** Time of one, waiting for people not counted. */
  readonly timeoutMs: number;
  /** Sub-agents of one message, at every depth together. */
  readonly perTask: number;
}

/** All settings, checked, with every default filled in. See `docs/configuration.md`. */
export interface ResolvedSettings {
  /** Profile folder. */
  readonly home: string;
  /** State: database, tool outputs, canaries. */
  readonly dataDir: string;
  /** Real paths of what ward keeps for other profiles: as closed to every tool as `home`. */
  readonly others: readonly string[];
  /** Config file that was read, whether it exists or not. */
  readonly configPath: string;
  /** Absolute real path of the workspace. */
  readonly workspace: string;
  /** Tokens of one request, its answer included; null: what is safe for the provider. */
  readonly contextTokens: number | null;
  readonly maxOutputTokens: number;
  /** How long a model may think; null: the service's own default. */
  readonly reasoningEffort: ReasoningEffort | null;
  readonly commands: {
    /** Prefix rules; `["*"]` allows all. */
    readonly allow: readonly string[];
    /** `allow`: a line with operators passes when each program does; `ask`: it is always asked about. */
    readonly operators: "allow" | "ask";
    readonly timeoutMs: number;
    /** Commands in the background at once. */
    readonly backgroundMax: number;
    readonly backgroundMs: number;
    /** Further patterns of variable names that never reach a child. */
    readonly scrubExtra: readonly string[];
    /** What a program changes must have been seen in the session. */
    readonly verifyPaths: boolean;
    /** Commands without a sandbox (REDUCED). Off by default. */
    readonly withoutSandbox: boolean;
  };
  readonly limits: {
    /** Model calls in a turn. */
    readonly iterations: number;
    readonly turnMs: number;
    /** From where on a turn goes in circles. */
    readonly stall: {
      /** The same call with the same result, in a row. */
      readonly sameCalls: number;
      /** Two calls by turns, how often each. */
      readonly alternations: number;
      /** Rounds in a row in which every call failed. */
      readonly failedRounds: number;
      /** Rounds in a row in which every call was refused. */
      readonly refusedRounds: number;
    };
    /** Bounds of one call of a model. */
    readonly model: {
      /** Until the first byte; 0: none. */
      readonly firstByteMs: number;
      /** Between two pieces of an answer; 0: none. */
      readonly stallMs: number;
      /** The whole answer; 0: none. */
      readonly streamMs: number;
      /** Tries of one call, the first one included. */
      readonly tries: number;
      /** All waits between tries together. */
      readonly waitMs: number;
    };
    /** Memory of one program in the cell, bytes. */
    readonly memoryBytes: number;
    /** Processes and threads of a cell. */
    readonly processes: number;
    /** Largest file a program may write, bytes. */
    readonly fileBytes: number;
    /** CPU seconds of one program. */
    readonly cpuSeconds: number;
  };
  /** Models beside the chosen one, as `provider/model`. */
  readonly models: {
    /** By role; missing: as its default. */
    readonly roles: Readonly<Record<string, string | undefined>>;
    /** Asked in this order when the one before does not answer. */
    readonly fallback: readonly string[];
  };
  readonly routing: {
    readonly enabled: boolean;
    readonly uncertaintyThreshold: number;
    readonly adapt: boolean;
  };
  readonly redaction: {
    readonly enabled: boolean;
    readonly categories: readonly string[];
    /** Regular expressions of the user, by name. */
    readonly patterns: Readonly<Record<string, string>>;
  };
  /** null: there are none. */
  readonly subAgents: SubAgentLimits | null;
  /** Other command-line agents. */
  readonly delegation: {
    readonly enabled: boolean;
    /** Start them so that they ask nobody. */
    readonly unattended: boolean;
    readonly timeoutMs: number;
    readonly maxOutputChars: number;
    /** Largest workspace that is copied for one. */
    readonly copyBytes: number;
  };
  /** What `[agents.<name>]` says of them. */
  readonly agents: Readonly<Record<string, AgentEntry>>;
  readonly budget: SharedCaps & {
    /** Tokens of a task (a message and its answer), input and output. */
    readonly taskTokens: number;
    /** null: no cap. */
    readonly taskUsd: number | null;
    /** Share of a cap from which on it is warned of. */
    readonly warnAt: number;
    /** What happens under a cap of money to a call whose price is not known. */
    readonly unknownPrice: "refuse" | "count_tokens";
  };
  readonly web: {
    /** Hosts of private networks and ports of their own that may be reached; canonical. */
    readonly hosts: readonly string[];
    readonly search: SearchService;
    /** null: the service's own address. */
    readonly searchBase: string | null;
  };
  readonly browser: {
    readonly enabled: boolean;
    /** null: the one that is found. */
    readonly program: string | null;
    readonly width: number;
    readonly height: number;
    readonly timeoutMs: number;
  };
  readonly http: {
    /** Longest time of one request. */
    readonly timeoutMs: number;
    /** A longer answer is cut there. */
    readonly responseBytes: number;
  };
  readonly oauth: {
    /** Where the browser brings codes. */
    readonly callbackUrl: string;
    /** Services that can be connected. */
    readonly providers: readonly OAuthProvider[];
  };
  readonly acp: {
    /** Whether commands may run in an editor's terminals, outside of the cells. */
    readonly terminals: boolean;
  };
  readonly mcp: {
    /** Tokens of all schemas of served tools in a request. */
    readonly schemaTokens: number;
  };
  /** Servers of the Model Context Protocol, without those of the workspace. */
  readonly mcpServers: readonly McpServer[];
  readonly slack: SlackSettings;
  /** Bots of chat services, their tokens apart. */
  readonly channels: readonly ChannelSettings[];
  readonly daemon: {
    /** Conversations that are worked on at once. */
    readonly conversations: number;
    /** What is in hand may take so long when ward is told to stop. */
    readonly shutdownMs: number;
    /** After its last message a conversation's cell is kept so long. */
    readonly idleMs: number;
    /** Where the HTTP API listens, and further names that it is called by. */
    readonly api: {
      readonly hostname: string;
      readonly port: number;
      readonly names: readonly string[];
    };
  };
  /** Webhooks, their secrets apart. */
  readonly webhooks: readonly WebhookSettings[];
  /** Files of chats. */
  readonly files: {
    /** Largest one that is taken or sent. */
    readonly maxBytes: number;
    /** Folders whose files may be sent, as written. */
    readonly outbox: readonly string[];
    /** Those that came in are kept so long. */
    readonly keptMs: number;
  };
  readonly approvals: {
    /** How much is asked. */
    readonly mode: ApprovalMode;
    /** 0 waits until answered. */
    readonly timeoutMs: number;
  };
  /** What `[accounts.<name>]` says of login services. */
  readonly accounts: Readonly<Record<string, Readonly<Record<string, string | undefined>>>>;
  readonly logging: { readonly level: LogLevel };
  readonly terminal: {
    /** Lines of the prompt that are kept; 0: none. */
    readonly historyLines: number;
  };
  /** Source of each setting by dotted key. */
  readonly sources: Readonly<Record<string, SettingSource>>;
}

/** Saved secrets that a provider could need. Holds keys: never log or store it. */
export interface SavedSecrets {
  /** By name; `from` says where it is kept: `the keychain, saved as "openai"`. */
  readonly keys: Readonly<Record<string, { readonly value: string; readonly from: string }>>;
  /** Texts of logins by the name of their secret. @default {} */
  readonly logins?: Readonly<Record<string, string>> | undefined;
  /** What could not be opened, for the user. */
  readonly problems: readonly string[];
}

/** Nothing is saved. */
export const NOTHING_SAVED: SavedSecrets = { keys: {}, problems: [] };

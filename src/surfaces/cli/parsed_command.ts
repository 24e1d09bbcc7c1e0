import type { ChannelsCommand } from "./commands/channels.ts";
import type { McpCommand } from "./commands/mcp.ts";
import type { ServiceCommand } from "./commands/service.ts";
import type { OnboardStep } from "../../model/onboarding.ts";
import type { LogLevel } from "../../model/log.ts";
import type { ReasoningEffort } from "../../model/conversation/model_stream.ts";
import type { ApprovalMode, GrantableKind } from "../../model/cells/permission.ts";

/** Shells that `ward completion` knows. */
export const COMPLETION_SHELLS = ["bash", "zsh", "fish", "powershell"] as const;

/** One of {@linkcode COMPLETION_SHELLS}. */
export type CompletionShell = typeof COMPLETION_SHELLS[number];

/** Flags that every command takes. */
export interface CommonFlags {
  /** Print JSON instead of text. */
  readonly json: boolean;
  /** Show causes of errors. */
  readonly debug: boolean;
  /** Folder the agent works in, as typed; relative to the user's folder. */
  readonly workspace: string | null;
  /** Name of the profile as given, checked; null: the one that is active. */
  readonly profile: string | null;
  /** `provider/model`, a model or a provider; `?`: asked for. Only where a model is used. */
  readonly model: string | null;
}

/** What a line of `ward cost` is for. */
export const COST_KEYS = ["day", "model", "session", "task", "call"] as const;

/** One of {@linkcode COST_KEYS}; a task is a message and its answer. */
export type CostKey = typeof COST_KEYS[number];

/** How long a grant made by hand lives. */
export type ScopeFlag =
  | { readonly type: "once" | "session" | "always" }
  | { readonly type: "for"; readonly ms: number };

/** A command line that was understood; nothing has been looked up or touched. */
export type ParsedCommand =
  | { readonly type: "help"; readonly text: string }
  | { readonly type: "version" } & CommonFlags
  | { readonly type: "completion"; readonly shell: CompletionShell | null } & CommonFlags
  | {
    readonly type: "agent";
    /** null: from standard input, or line by line in a terminal. */
    readonly message: string | null;
    readonly resume:
      | { readonly type: "no" }
      | { readonly type: "latest" }
      | { readonly type: "id"; readonly id: string };
    readonly provider: string | null;
    /** Files as typed, relative to the user's folder. */
    readonly images: readonly string[];
    readonly effort: ReasoningEffort | null;
    /** How much is asked; null: as set. */
    readonly mode: ApprovalMode | null;
    /** List what would be touched and run nothing. */
    readonly plan: boolean;
    /** Manifest that nothing may go beyond, as typed. */
    readonly lock: string | null;
    /** Where the manifest of what was touched goes, as typed. */
    readonly observe: string | null;
    /** Hide secrets from models, whatever the configuration says. */
    readonly redact: boolean;
    /** Show how the model was chosen. */
    readonly explainRoute: boolean;
    readonly quiet: boolean;
  } & CommonFlags
  | { readonly type: "acp" } & CommonFlags
  | { readonly type: "start" } & CommonFlags
  | { readonly type: "permissions" } & CommonFlags
  | {
    readonly type: "explain";
    readonly permission: GrantableKind | null;
    /** As typed; a path is relative to the user's folder, words are joined by a space. */
    readonly value: string | null;
  } & CommonFlags
  | {
    readonly type: "grant";
    readonly permission: GrantableKind | null;
    readonly value: string | null;
    readonly scope: ScopeFlag;
    /** How often it may be used; null: as often as the scope says. */
    readonly uses: number | null;
    /** null: the compartment that the kind belongs to. */
    readonly compartment: string | null;
  } & CommonFlags
  | { readonly type: "grants" } & CommonFlags
  | { readonly type: "revoke"; readonly id: string | null } & CommonFlags
  | {
    readonly type: "doctor";
    readonly prove: boolean;
    /** Ask nothing over the network. */
    readonly offline: boolean;
    readonly fix: boolean;
    /** Mend without asking. */
    readonly yes: boolean;
  } & CommonFlags
  | {
    readonly type: "status";
    /** What is running, until it is stopped. */
    readonly live: boolean;
  } & CommonFlags
  | {
    readonly type: "audit";
    /** Rows to print, newest last. */
    readonly limit: number;
  } & CommonFlags
  | { readonly type: "audit_verify" } & CommonFlags
  | {
    readonly type: "logs";
    /** Newest lines to print. */
    readonly limit: number;
    readonly follow: boolean;
    /** This level and those before it; null: all that was logged. */
    readonly level: LogLevel | null;
  } & CommonFlags
  | { readonly type: "instructions" } & CommonFlags
  | {
    readonly type: "instructions_approve";
    /** As typed; null: all that wait. */
    readonly name: string | null;
    /** Do not ask. */
    readonly yes: boolean;
  } & CommonFlags
  | { readonly type: "instructions_revoke"; readonly name: string | null } & CommonFlags
  | {
    readonly type: "cost";
    readonly scope:
      /** The last days, each by model. */
      | { readonly type: "days" | "all" }
      /** `2026-11-27`; null: today (UTC). */
      | { readonly type: "day"; readonly date: string | null }
      | { readonly type: "session"; readonly id: string };
    /** What a line is for; null: what fits the scope. */
    readonly by: CostKey | null;
  } & CommonFlags
  | {
    readonly type: "cost_lift";
    /** Beginning of an id; null: the session that was used last. */
    readonly session: string | null;
    /** Lift without asking. */
    readonly yes: boolean;
  } & CommonFlags
  | {
    readonly type: "models";
    /** Name of one provider; null: all that are set up. */
    readonly provider: string | null;
    /** Ask the services also where a fresh list is kept. */
    readonly refresh: boolean;
  } & CommonFlags
  | {
    readonly type: "sessions";
    /** Newest sessions to list. */
    readonly limit: number;
  } & CommonFlags
  | {
    readonly type: "session_show";
    /** An id or its beginning, as typed; null: asked for. */
    readonly id: string | null;
    /** Newest messages to print. */
    readonly limit: number;
  } & CommonFlags
  | { readonly type: "session_search"; readonly query: string; readonly limit: number }
    & CommonFlags
  | {
    readonly type: "session_export";
    readonly id: string | null;
    readonly format: "md" | "json";
    /** As typed, relative to the user's folder; null: standard output. */
    readonly output: string | null;
    /** Replace a file that is there. */
    readonly force: boolean;
  } & CommonFlags
  | {
    readonly type: "session_delete";
    readonly ids: readonly string[];
    readonly olderThanMs: number | null;
    /** Do not ask. */
    readonly yes: boolean;
  } & CommonFlags
  | {
    readonly type: "onboard";
    readonly provider: string | null;
    readonly apiBase: string | null;
    /** `role=model`, as typed. */
    readonly roles: readonly string[] | null;
    /** The key comes from standard input. */
    readonly keyStdin: boolean;
    readonly allow: readonly string[] | null;
    readonly skip: readonly OnboardStep[];
    readonly yes: boolean;
    readonly dryRun: boolean;
  } & CommonFlags
  | AccountCommand
  | OAuthCommand
  | McpCommand
  | ChannelsCommand
  | ConfigCommand
  | ServiceCommand
  | ProfileCommand
  | SecretsCommand
  | BackupCommand;

/** `ward auth …`, `connect` and `disconnect`: logins at model services. */
export type AccountCommand =
  & CommonFlags
  & (
    | {
      readonly type: "auth_claude_login";
      /** False: the code is pasted, because the browser is on another machine. */
      readonly browser: boolean;
    }
    | { readonly type: "auth_claude_status" }
    | { readonly type: "auth_claude_logout" }
    | { readonly type: "auth_codex_status" }
    | { readonly type: "auth_codex_refresh" }
    /** `name`: as typed; null: chosen from a menu. `browser`: as at `auth_claude_login`. */
    | { readonly type: "connect"; readonly name: string | null; readonly browser: boolean }
    | { readonly type: "connect_status" }
    /** `name`: as typed, or `all`; null: chosen from a menu. */
    | { readonly type: "disconnect"; readonly name: string | null; readonly yes: boolean }
  );

/** `ward oauth …`; a name is as typed, null: chosen from a menu. */
export type OAuthCommand =
  & CommonFlags
  & (
    | { readonly type: "oauth_providers" }
    | { readonly type: "oauth_list" }
    | {
      readonly type: "oauth_connect";
      readonly name: string | null;
      readonly browser: boolean;
      /** Ask for the client also where one is saved. */
      readonly newClient: boolean;
    }
    | { readonly type: "oauth_refresh"; readonly name: string | null }
    | { readonly type: "oauth_remove"; readonly name: string | null; readonly yes: boolean }
  );

/** `ward secrets …`; a value is never part of one. */
export type SecretsCommand =
  & CommonFlags
  & (
    | {
      readonly type: "secrets_set";
      readonly name: string | null;
      /** More words were given: a value, by mistake. */
      readonly hasMore: boolean;
    }
    | { readonly type: "secrets_list" }
    | { readonly type: "secrets_rm"; readonly name: string | null }
    /** `yes`: without a question. */
    | { readonly type: "secrets_rotate"; readonly yes: boolean }
  );

/** `ward backup …` and `ward restore`; a file is as typed. */
export type BackupCommand =
  & CommonFlags
  & (
    /** `file`: null: in the profile's own folder. */
    | { readonly type: "backup_create"; readonly file: string | null; readonly passphrase: boolean }
    | { readonly type: "backup_list" }
    /** `file`: null: the newest of the profile. */
    | { readonly type: "backup_verify"; readonly file: string | null }
    | {
      readonly type: "restore";
      readonly file: string | null;
      /** Put the configuration back too. */
      readonly config: boolean;
      /** Do not ask. */
      readonly yes: boolean;
    }
  );

/** `ward config …`; an argument that was left out is null. */
export type ConfigCommand =
  & CommonFlags
  & (
    | { readonly type: "config_path" }
    | { readonly type: "config_check" }
    | { readonly type: "config_example" }
    | { readonly type: "config_get"; readonly key: string | null }
    | {
      readonly type: "config_set";
      readonly key: string | null;
      /** Words as typed. */
      readonly value: readonly string[] | null;
      readonly yes: boolean;
    }
    | { readonly type: "config_unset"; readonly key: string | null }
    | { readonly type: "config_edit"; readonly yes: boolean }
    | { readonly type: "config_restore"; readonly backup: string | null; readonly yes: boolean }
  );

/** `ward profile …`; a name that was left out is null. */
export type ProfileCommand =
  & CommonFlags
  & (
    | { readonly type: "profile_list" }
    /** Without a name: the one that is active. */
    | { readonly type: "profile_show"; readonly name: string | null }
    | { readonly type: "profile_use"; readonly name: string | null }
    | { readonly type: "profile_add"; readonly name: string | null }
    /** `yes`: without a question. */
    | { readonly type: "profile_rm"; readonly name: string | null; readonly yes: boolean }
  );

/** What `ward doctor` found, before it is judged. No secret is in it: sources, never values. */
import type { AuditVerdict } from "../../model/audit.ts";
import type { PathFact } from "../../model/cells/path_fact.ts";
import type { Grant } from "../../model/cells/permission.ts";
import type { ProviderChoice } from "../../model/settings.ts";

/** A failure as it is told. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

/** `config.toml`. */
export interface ConfigFacts {
  readonly file: PathFact;
  /** What is wrong with it; null: nothing, or there is no file. */
  readonly problem: Problem | null;
  /** Keys with an address that is not https and not on this machine. */
  readonly clearText: readonly string[];
}

/** Settings that concern safety; null in {@linkcode DoctorFacts} while the file is broken. */
export interface SafetySettings {
  readonly allow: readonly string[];
  readonly withoutSandbox: boolean;
}

/** Ward's folders and the files in them that matter. */
export interface FolderFacts {
  /** Folders above the home of a named profile: whoever can change them can exchange it. */
  readonly above: readonly PathFact[];
  readonly home: PathFact;
  readonly data: PathFact;
  /** Files with keys: `database.key`, `database.salt`. */
  readonly keys: readonly PathFact[];
  /** Files of the store. */
  readonly state: readonly PathFact[];
  /** Whether files that are there can be written; null: there are none. */
  readonly writable: boolean | null;
  /** Temporary files that a killed ward left. */
  readonly leftovers: readonly PathFact[];
}

/** The state database, looked at in a copy. */
export type DatabaseFacts =
  | { readonly type: "none" }
  /** It was not opened. */
  | { readonly type: "closed"; readonly problem: Problem; readonly keySource: string | null }
  | {
    readonly type: "open";
    readonly keySource: "variable" | "keychain" | "file";
    readonly sizeBytes: number;
    /** What SQLite's own check found; null: nothing. */
    readonly damage: string | null;
    readonly audit: AuditVerdict;
    readonly grants: readonly Grant[];
  };

/** Whether a cell could be started and proved itself. */
export interface SandboxFacts {
  /** What holds it, such as `bubblewrap`; null: nothing does. */
  readonly name: string | null;
  /** What its proof could not show, and so is not counted on. */
  readonly notHeld: readonly string[];
  /** Better ones that do not hold here, and why. */
  readonly passedOver: readonly { readonly name: string; readonly cause: string }[];
  readonly cause: string | null;
  readonly fix: string | null;
  /** It could not be tried at all; `cause` says why. */
  readonly untried: boolean;
}

/** What the system says of user namespaces, without which no sandbox of today holds. */
export interface NamespaceFacts {
  /** Ubuntu's `kernel.apparmor_restrict_unprivileged_userns`; null: there is no such setting. */
  readonly apparmorRestricts: number | null;
  /** Debian's `kernel.unprivileged_userns_clone`. */
  readonly userClone: number | null;
  /** `user.max_user_namespaces`. */
  readonly maxUser: number | null;
  /** Whether ward runs in a container of Docker or Podman. */
  readonly isContainer: boolean;
}

/** A key that was found, or not, for a provider. */
export interface KeyFact {
  /** Name of the provider; `model` for the general key. */
  readonly provider: string;
  /** `variable OPENAI_API_KEY`, `providers.lab.api_key in config.toml`; null: none. */
  readonly from: string | null;
  /** Whether it stands in the file itself. */
  readonly isPlain: boolean;
  /** Variable that the file names and that is not set. */
  readonly missingVariable: string | null;
  /** Saved secret that the file names and that is not there. */
  readonly missingSecret: string | null;
}

/** A login that was found. */
export interface LoginFact {
  readonly id: string;
  readonly provider: string;
  readonly from: string;
  readonly state: "good" | "due" | "stale" | "broken";
  readonly problem: string | null;
  readonly mend: string;
  /** Used only where its provider is named. */
  readonly onlyNamed: boolean;
  /** Its file, where it is another program's: link followed. */
  readonly file: PathFact | null;
}

/** The model service. */
export interface ProviderFacts {
  readonly keys: readonly KeyFact[];
  /** Saved secrets that cannot be used, one sentence each. */
  readonly savedProblems: readonly string[];
  readonly logins: readonly LoginFact[];
  readonly choice: ProviderChoice | null;
  /** Why there is no choice. */
  readonly problem: Problem | null;
  /** `host:port` of the choice. */
  readonly host: string | null;
  readonly reach:
    /** `isLoginDue`: asking would renew the login, and a look changes nothing. */
    | { readonly type: "skipped"; readonly isLoginDue?: boolean }
    /** `models`: null when the service does not list them. */
    | { readonly type: "reached"; readonly models: readonly string[] | null }
    | { readonly type: "failed"; readonly problem: Problem };
  /** Ollama on this machine; null: it was not asked. */
  readonly ollama: { readonly host: string; readonly models: number | null } | null;
}

/** A program that a rule names. */
export interface ProgramFact {
  readonly name: string;
  /** Absolute; null: not on this machine. */
  readonly path: string | null;
  /**
   * Its file, link followed, and the folders it was looked for in, as far as no program before it
   * named them.
   */
  readonly places: readonly PathFact[];
}

/** Everything the checks look at. */
export interface DoctorFacts {
  /** The user; null where there are none. */
  readonly uid: number | null;
  readonly osHome: string;
  /** Why the active profile could not be taken. */
  readonly profileProblem: Problem | null;
  readonly config: ConfigFacts;
  readonly settings: SafetySettings | null;
  readonly folders: FolderFacts;
  readonly database: DatabaseFacts;
  readonly workspace:
    | { readonly path: string; readonly source: string; readonly exists: boolean }
    | Problem;
  readonly environment: {
    readonly removed: readonly string[];
    readonly trusted: readonly string[];
    readonly loader: readonly string[];
    readonly proxies: readonly string[];
  };
  readonly sandbox: SandboxFacts;
  /** Looked at only where no sandbox holds. */
  readonly namespaces: NamespaceFacts | null;
  /** Whether code can be made from text in the kernel. */
  readonly makesCode: boolean;
  readonly hasPrlimit: boolean;
  /** The system, as `Deno.build.os` names it. */
  readonly os: string;
  readonly programs: readonly ProgramFact[];
  readonly provider: ProviderFacts;
  /** Why `--prove` could not be done; null: it was, or was not asked for. */
  readonly proveProblem: Problem | null;
}

/** What `permissions`, `status`, `doctor` and `audit` print: plain facts, no secrets. */
import type { HeldSession, SessionActivity } from "./conversation/activity.ts";
import type { CostSum } from "./conversation/usage.ts";
import type { ApprovalMode, Grant, PermissionSet } from "./cells/permission.ts";
import type { ProfileSource } from "./profile.ts";
import type { SettingSource } from "./settings.ts";

/** A compartment as `ward permissions` shows it. */
export interface CompartmentRow {
  readonly compartment: string;
  readonly kind: "kernel" | "thread" | "cell";
  readonly purpose: string;
  /** Today's values, grants included. */
  readonly permissions: PermissionSet;
  /** `running`, `not started`, `off`: with the reason, if any. */
  readonly state: string;
}

/** A grant with what is left of it. */
export interface ListedGrant extends Grant {
  /** Until it ends by the clock; null: it does not. */
  readonly leftMs: number | null;
}

/** What a session read from outside, and whether it is bound by that. */
export interface TaintState {
  readonly sessionId: string;
  /** Of what binds it; where it is lifted, of all. */
  readonly sources: readonly string[];
  /** The first reading of those, ms since the epoch. */
  readonly atMs: number;
  /** The user lifted it. */
  readonly isLifted: boolean;
}

/** `ward permissions`. */
export interface PermissionsReport {
  readonly rows: readonly CompartmentRow[];
  /** How much is asked. */
  readonly mode: ApprovalMode;
  /** Of the open session, else of the newest in this workspace; null: it read nothing. */
  readonly outside: TaintState | null;
  readonly grants: readonly ListedGrant[];
}

/** `ward permissions explain`. */
export interface ExplainReport {
  readonly permission: string;
  /** As resolved: an absolute path, words, a host, a name. */
  readonly value: string;
  /** One answer a compartment that the kind concerns. */
  readonly answers: readonly {
    readonly compartment: string;
    readonly answer: "allow" | "ask" | "deny";
    /** Which rule, in a sentence. */
    readonly rule: string;
    /** The command that would change it; null when nothing would. */
    readonly command: string | null;
  }[];
}

/** A layer of protection and whether it holds. */
export interface LayerState {
  readonly name: "policy" | "runtime" | "os";
  readonly state: "in force" | "reduced" | "off";
  /** What holds, or what is missing. */
  readonly detail: string;
  /** What to do; null when there is nothing to do, or nothing is known. */
  readonly fix: string | null;
}

/** A provider that was found, and by what. */
export interface FoundSource {
  readonly provider: string;
  /** `variable GROQ_API_KEY`, `ward's own login of Claude`, `this machine`; never a key. */
  readonly from: string;
  /** Why it is not used as it is; null: it could be. */
  readonly problem: string | null;
}

/** `ward status`. */
export interface StatusReport {
  readonly version: string;
  /** `name` null: a home that `WARD_HOME` names and that is no profile. */
  readonly profile: { readonly name: string | null; readonly source: ProfileSource };
  readonly home: string;
  readonly configPath: string;
  /** Whether the file exists. */
  readonly hasConfig: boolean;
  readonly workspace: { readonly path: string; readonly source: SettingSource };
  readonly provider: {
    /** null: what is configured cannot be used. */
    readonly name: string | null;
    /** Why this one, or why none. */
    readonly why: string;
    /** Where its key comes from, never the key. */
    readonly keySource: string | null;
    /** Empty for the built-in assistant. */
    readonly model: string;
  };
  /** Models by what they are used for; empty where no provider can be used. */
  readonly roles: readonly {
    readonly role: string;
    /** `provider/model`; null: none. */
    readonly model: string | null;
    readonly from: string;
    readonly problem: string | null;
  }[];
  /** What could pay for a model here, in the order of preference; those that cannot say why. */
  readonly found: readonly FoundSource[];
  /** How much is asked, and by what that is set. */
  readonly mode: { readonly name: ApprovalMode; readonly source: SettingSource };
  /** As in `ward permissions`. */
  readonly outside: TaintState | null;
  readonly layers: readonly LayerState[];
  /** The HTTP API of `ward start`; null: it is off, having no token. */
  readonly api: {
    readonly address: string;
    /** Where its token comes from, never the token. */
    readonly tokenSource: string;
  } | null;
  /** Each webhook, and what was or is still to be told to it. */
  readonly webhooks: readonly WebhookState[];
  /** Limits that the machine cannot enforce. */
  readonly limitsNotInForce: readonly string[];
  readonly warnings: readonly string[];
}

/** A webhook as it stands. */
export interface WebhookState {
  readonly name: string;
  readonly url: string;
  readonly pending: number;
  /** Of the newest that were told or given up. */
  readonly delivered: number;
  readonly givenUp: number;
  /** Why the newest try failed, or why it is told nothing; null: neither. */
  readonly problem: string | null;
}

/** A conversation that is open now. */
export interface LiveConversation extends SessionActivity {
  /** null: the process cannot be told, or it is a sub-agent of the one above. */
  readonly holder: HeldSession["holder"];
}

/** `ward status --live`, at one moment. */
export interface LiveReport {
  readonly version: string;
  /** As in {@linkcode StatusReport}. */
  readonly profile: string | null;
  readonly mode: ApprovalMode;
  /** As they were proven when the view began. */
  readonly layers: readonly LayerState[];
  /** Calls of models that have ended today (UTC). */
  readonly today: {
    /** `2026-11-27`. */
    readonly date: string;
    readonly sum: CostSum;
    /** Caps of a day as set; null: none. */
    readonly caps: { readonly tokens: number | null; readonly usd: number | null };
  };
  /** Caps that are reached, of today and of the sessions below, in words. */
  readonly reached: readonly string[];
  readonly conversations: readonly LiveConversation[];
}

/** One thing that must fail. */
export interface ProveLine {
  readonly id: string;
  /** What was tried: `read a secret file outside`. */
  readonly what: string;
  readonly refused: boolean;
  /** It cannot be tried here, and counts as not held. @default false */
  readonly untried?: boolean | undefined;
  /** The layer that refused, null when none did. */
  readonly layer: "policy" | "runtime" | "os" | null;
  /** `EACCES`, `NotCapable`; null when there is none. */
  readonly errno: string | null;
  readonly detail: string;
}

/** `ward doctor --prove`. */
export interface ProveReport {
  readonly lines: readonly ProveLine[];
  /** What this machine does not have, so that nothing of it could be tried. */
  readonly notes: readonly string[];
}

/** How bad a finding of `ward doctor` is. */
export type DoctorSeverity = "ok" | "info" | "warning" | "error";

/** One finding of `ward doctor`. */
export interface DoctorCheck {
  /** Stable; see `docs/doctor.md`. */
  readonly id: string;
  /** What it is about where a check looks at several things: a path, a rule; else null. */
  readonly subject: string | null;
  readonly severity: DoctorSeverity;
  /** What was found. */
  readonly found: string;
  /** Why that is so, or why it matters; null when there is nothing to add. */
  readonly cause: string | null;
  /** What to do, a command where there is one; null when there is nothing to do. */
  readonly fix: string | null;
}

/** Something that `ward doctor --fix` mends. */
export type DoctorFix =
  | {
    readonly type: "mode";
    readonly path: string;
    /** Permission bits. */
    readonly from: number;
    readonly to: number;
  }
  | { readonly type: "make"; readonly path: string }
  | { readonly type: "remove"; readonly path: string; readonly sizeBytes: number };

/** `ward doctor`. */
export interface DoctorReport {
  readonly checks: readonly DoctorCheck[];
  /** What `--fix` would mend; after it has, what is left. */
  readonly fixes: readonly DoctorFix[];
  /** What `--fix` mended. */
  readonly mended: readonly DoctorFix[];
  /** With `--prove`, else null. */
  readonly prove: ProveReport | null;
}

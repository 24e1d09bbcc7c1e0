/** Logins that were found on this machine, as the choice of a provider sees them. */
import type { AccountName, LoginReport } from "../../model/services/account.ts";
import type { Access } from "./access.ts";

/** A login by whose it is: ward's own, and those of other programs, which ward only reads. */
export type LoginId = AccountName | "claude_code" | "qwen_code";

/** A login that was found. Holds the way to its tokens: never log or store it. */
export interface FoundLogin {
  readonly id: LoginId;
  /** Provider that it is for. */
  readonly provider: string;
  /** `own`: made by ward. `program`: made by another program of the user. */
  readonly kind: "own" | "program";
  /** For people: `ward's own login of Claude`, `the login of Claude Code in "…"`. */
  readonly from: string;
  readonly state: Exclude<LoginReport["state"], "none">;
  /** Why it cannot be used, in a sentence; null: it can. */
  readonly problem: string | null;
  /** Command that makes it good. */
  readonly mend: string;
  /** Address of the model service as the login says it, not checked yet; null: the usual one. */
  readonly apiBase: string | null;
  /** Used only where its provider is named. */
  readonly onlyNamed: boolean;
  readonly access: Access;
}

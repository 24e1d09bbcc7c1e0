/**
 * What programs can do, as data: risk and a word of what they touch. The first row that names a
 * program counts, raised by those of its rules that fit the call. A program that has no row is
 * {@linkcode UNKNOWN_PROGRAM}, which is not low.
 *
 * Sources: GTFOBins, the manuals of coreutils 9, git 2, docker 29, kubectl 1.34, npm 11.
 */
import type { Risk } from "../../model/cells/permission.ts";
import { FAR_PROGRAMS } from "./programs_far.ts";
import { LOCAL_PROGRAMS } from "./programs_local.ts";

/** What makes a call of a program worse than the program is by itself. All that is given must fit. */
export interface RiskRule {
  /** First words that are no options: `push`, `compose down`; alternatives separated by `|`. */
  readonly subcommand?: string;
  /** An option that is there: `-f`, `--force`; single letters are found in clusters too. */
  readonly options?: string;
  /** Fits a word that is no option and not the subcommand. */
  readonly operand?: RegExp;
  readonly risk: Risk;
  readonly touches: string;
}

/** A row of the table. */
export interface ProgramRow {
  /** Names, separated by spaces. */
  readonly programs: string;
  readonly risk: Risk;
  readonly touches: string;
  /** Its arguments are programs: an answer is for one exact call. */
  readonly runsOthers?: true;
  /** The words behind its own options are a call of their own, which counts too. */
  readonly wraps?: true;
  /** Changes the files it names: they must have been looked at. */
  readonly changes?: "all" | "last" | "all but the first";
  /** Options that come before the subcommand with a value of their own. */
  readonly valueOptions?: string;
  readonly rules?: readonly RiskRule[];
}

/** What is said of a program without a row. */
export const UNKNOWN_PROGRAM: Pick<ProgramRow, "risk" | "touches"> = {
  risk: "medium",
  touches: "not known: ward has no entry for this program",
};

/** A file of the machine named by its path: whoever wrote it decides what it does. */
export const PROGRAM_BY_PATH: Pick<ProgramRow, "risk" | "touches"> = {
  risk: "high",
  touches: "runs the code in that file",
};

/** The table. */
export const PROGRAMS: readonly ProgramRow[] = [...LOCAL_PROGRAMS, ...FAR_PROGRAMS];

/** Parts of a path that hold keys and logins: a call that names one is critical. */
export const SECRET_PARTS: RegExp =
  /(?:^|[/=:@'"])(?:\.env(?:\.(?!example|sample|template)[\w-]+)?|\.ssh|id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?|authorized_keys|\.aws|\.kube|\.gnupg|\.docker|\.netrc|\.pgpass|\.git-credentials|\.npmrc|\.pypirc|shadow|sudoers|master\.key|credentials(?:\.json)?|secrets?(?:\.(?:json|ya?ml|toml|enc))?|[^/=:@'"]*\.(?:pem|p12|pfx|keystore|jks))(?=$|[/'":])/;

/** Places of the system: a call that names one is high at least. */
export const SYSTEM_PLACES: RegExp = /^\/(?:etc|boot|sys|proc|dev(?!\/null$))(?:\/|$)/;

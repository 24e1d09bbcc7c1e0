/** What the allow-list really allows. */
import { prefixRule } from "../commands/rules.ts";
import type { DoctorCheck } from "../../model/report.ts";
import { hasArgumentRule } from "../commands/argument_rules.ts";
import { DEFAULT_ALLOW } from "../commands/rules.ts";
import type { PathFact } from "../../model/cells/path_fact.ts";
import type { DoctorFacts, ProgramFact } from "./facts.ts";
import { count, finding, octal, shellWord } from "./finding.ts";
import { abilitiesOf, type ProgramAbility } from "./program_table.ts";

/** What bounds a program that starts others. */
type Bound = "cell" | "nothing";

/** Programs that can do more than their name says, are missing, or can be replaced by others. */
export function judgePrograms(facts: DoctorFacts): DoctorCheck[] {
  const { settings, sandbox, database } = facts;
  if (!settings) {
    return [finding("programs.escape", "info", "Programs: not looked at", {
      cause: "which are allowed is not known while the configuration is broken",
    })];
  }
  if (sandbox.name === null && !sandbox.untried && !settings.withoutSandbox) return [];
  const bound = sandbox.name === null && !sandbox.untried ? "nothing" : "cell";
  const grants = database.type === "open"
    ? database.grants.filter(({ permission, value }) =>
      // What covers one exact call was looked at by whoever allowed it.
      permission === "run" && prefixRule(value) !== null
    ).map(({ value }) => value)
    : [];
  const rules = [...new Set([...settings.allow, ...grants])].filter((rule) => rule !== "*");
  const judged = rules.flatMap((rule) => judgeRule(rule, bound));
  const held = rules.filter((rule) => isHeld(rule, startsOthers(abilitiesOf(firstWord(rule)))));
  return [
    ...(judged.some(({ id }) => id === "programs.escape") ? [] : [
      finding(
        "programs.escape",
        "ok",
        held.length === 0
          ? `${count(rules.length, "rule")}: none starts other programs`
          : `${count(rules.length, "rule")}; ${
            [...new Set(held.map(firstWord))].join(", ")
          } could start others: ward asks before the options for that`,
      ),
    ]),
    ...judged,
    ...judgeMissing(facts.programs),
    ...facts.programs.flatMap((program) => judgePlaces(program, facts.uid)),
  ];
}

/** One rule of the allow-list or of a grant. */
export function judgeRule(rule: string, bound: Bound): DoctorCheck[] {
  const program = firstWord(rule);
  const abilities = abilitiesOf(program);
  const starts = startsOthers(abilities);
  if (isHeld(rule, starts || abilities.includes("file-write"))) return [];
  const how = bound === "nothing"
    ? "no sandbox holds it: it reaches all that you reach"
    : "the cell holds it: it finds only allowed programs and reaches only the workspace";
  if (starts) {
    const isWhole = !/\s/.test(rule.trim());
    const severity = bound === "nothing" ? "error" : isWhole ? "warning" : "info";
    const git = program === "git"
      ? "; hooks, aliases, pagers and helpers of a repository are put out of force"
      : "";
    return [
      finding(
        "programs.escape",
        severity,
        `"${rule}" runs unasked, and ${program} can ${inWords(abilities)}`,
        {
          subject: rule,
          cause: how + git,
          fix: isWhole
            ? `Allow less than all of ${program}: name its first words, such as "${program} …"`
            : null,
        },
      ),
    ];
  }
  if (abilities.includes("file-write") || (bound === "nothing" && abilities.length > 0)) {
    return [
      finding(
        "programs.files",
        bound === "nothing" ? "warning" : "info",
        `"${rule}" runs unasked, and ${program} can ${inWords(abilities)}`,
        { subject: rule, cause: how },
      ),
    ];
  }
  return [];
}

/**
 * Whether ward's rules on arguments keep a rule harmless: they hold for the rules of the default
 * list alone, and only where there are some for the program.
 */
function isHeld(rule: string, matters: boolean): boolean {
  const words = rule.split(/\s+/).filter((word) => word !== "");
  return matters && DEFAULT_ALLOW.includes(words.join(" ")) && hasArgumentRule(words);
}

function startsOthers(abilities: readonly ProgramAbility[]): boolean {
  return abilities.includes("shell") || abilities.includes("command");
}

const IN_WORDS: Readonly<Record<ProgramAbility, string>> = {
  "shell": "start a shell",
  "command": "start other programs",
  "file-read": "read any file it can open",
  "file-write": "write any file it can open",
};

function inWords(abilities: readonly ProgramAbility[]): string {
  return abilities.map((one) => IN_WORDS[one]).join(", ");
}

function judgeMissing(programs: readonly ProgramFact[]): DoctorCheck[] {
  const missing = programs.filter(({ path }) => path === null).map(({ name }) => name);
  return missing.length === 0 ? [] : [
    finding("programs.missing", "info", `Allowed but not on this machine: ${missing.join(", ")}`, {
      cause: "no folder of PATH has them",
    }),
  ];
}

/** Whether another user could put something else in a program's place. */
function judgePlaces({ name, places }: ProgramFact, uid: number | null): DoctorCheck[] {
  return places.flatMap((place) => {
    const why = replaceable(place, uid);
    return why === null ? [] : [
      finding("programs.replaceable", why.severity, `${name}: ${why.text}`, {
        subject: place.path,
        cause: "whoever can write there decides what runs under that name",
        fix: why.fix,
      }),
    ];
  });
}

function replaceable(
  { path, mode, uid: owner }: PathFact,
  uid: number | null,
): { severity: "warning" | "error"; text: string; fix: string } | null {
  if (mode === null) return null;
  // A sticky folder keeps files from being replaced, not another program from being put before one.
  if ((mode & 0o002) !== 0) {
    return {
      severity: "error",
      text: `any user can change "${path}" (mode ${octal(mode)})`,
      fix: `chmod o-w ${shellWord(path)}`,
    };
  }
  if (owner !== null && uid !== null && owner !== 0 && owner !== uid) {
    return {
      severity: "warning",
      text: `"${path}" belongs to user ${owner}`,
      fix: `ls -ld ${shellWord(path)}; take the folder out of PATH if you do not trust that user`,
    };
  }
  return null;
}

function firstWord(rule: string): string {
  return rule.trim().split(/\s+/)[0] ?? "";
}

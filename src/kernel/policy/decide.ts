/**
 * Policy, the first of the three layers: who may, by which rule, and what grant would change it.
 * It gives good messages and asks people; it is not what holds. The runtime's lists and the cell's
 * mounts are computed from the same settings and grants and refuse without it.
 */
import { assertNever } from "../../base/app_error.ts";
import type {
  Access,
  Decision,
  Grant,
  GrantRequest,
  PermissionKind,
  Risk,
} from "../../model/cells/permission.ts";
import { coversWords, findRule } from "../commands/rules.ts";
import {
  isSystemPath,
  MASKED_IN_HOME,
  normalizePath,
  protectedEntry,
  within,
} from "../../model/cells/paths.ts";
import { decideNet } from "./decide_net.ts";
import type { PolicyState } from "./state.ts";

/** Programs whose arguments are programs: an answer covers this one call's first words only. */
const INTERPRETERS = new Set(
  ("sh bash zsh dash fish ksh python python2 python3 perl ruby node deno bun lua php awk gawk mawk " +
    "osascript tclsh env xargs sudo su doas nohup setsid timeout nice watch ssh script expect make")
    .split(" "),
);

/** Programs that destroy or reach far by their nature. */
const CRITICAL = new Set(
  "rm rmdir dd mkfs shred sudo su doas chmod chown truncate kill".split(" "),
);

/**
 * Decides on one access.
 *
 * @param access What a tool call will touch.
 * @param state Settings and grants of this moment.
 */
export function decide(access: Access, state: PolicyState): Decision {
  const decision = held(access, decideAccess(access, state), state);
  const { profile } = state;
  if (!profile || decision.type === "allow") return decision;
  // What is told must act on this profile when it is pasted.
  const named = (text: string) => forProfile(text, profile);
  if (decision.type === "deny") {
    return { ...decision, ...(decision.hint ? { hint: named(decision.hint) } : {}) };
  }
  return { ...decision, grant: { ...decision.grant, command: named(decision.grant.command) } };
}

/**
 * What asks although it is allowed: after the session read from outside, all that has side effects
 * and no answer of the user since; on the word of somebody who is not trusted, everything.
 */
function held(access: Access, decision: Decision, { taint, trusted }: PolicyState): Decision {
  if (decision.type !== "allow" || access.permission === "net") return decision;
  const acts = access.permission !== "read";
  const isAnswered = decision.grantId !== undefined;
  if (trusted && (taint === null || !acts || isAnswered)) return decision;
  const why = trusted
    ? `this session read ${sourcesText(taint?.sources ?? [])}: what has side effects asks`
    : "it was not asked for by somebody who is trusted";
  if (access.permission === "shell") return ask("run", `line:${access.line}`, "high", why, true);
  if (access.permission !== "run") {
    return ask(access.permission, access.path, acts ? "medium" : "low", why);
  }
  return ask("run", suggestedRule(access.words), programRisk(access.words[0] ?? ""), why);
}

function sourcesText(sources: readonly string[]): string {
  const [first = "from outside", ...rest] = sources;
  return rest.length === 0 ? first : `${first} and ${rest.length} more`;
}

/** A told command, or a text with one, for the profile that the command line named. */
export function forProfile(text: string, profile: string | null | undefined): string {
  return profile ? text.replace(GRANT, `ward -p ${profile} permissions grant `) : text;
}

/** Beginning of the commands that are told. */
const GRANT = "ward permissions grant ";

function decideAccess(access: Access, all: PolicyState): Decision {
  if (access.permission === "net") return decideNet(access, all);
  const grants = all.grants.filter(({ compartment }) => compartment === "hands");
  const state = { ...all, grants };
  switch (access.permission) {
    case "read":
    case "write":
      return decidePath(access.permission, access.path, state);
    case "run":
      return decideRun(access.words, state);
    case "shell":
      return decideLine(access.line, access.why, state);
    default:
      return assertNever(access);
  }
}

function decidePath(kind: "read" | "write", given: string, state: PolicyState): Decision {
  const path = normalizePath(given, state.workspace);
  const real = state.realPath(path);
  const granted = pathGrant(kind, path, state.grants);
  const inWorkspace = within(state.workspace, path);
  const holds = (own: string) =>
    within(own, path) || within(own, real) ||
    // A grant of a folder above it would hold it too; in the workspace itself it is masked.
    (!inWorkspace && within(path, own));
  if (kind === "write" && !inWorkspace && isSystemPath(real)) {
    return never("folders of the system are never written by tools");
  }
  if (kind === "write" && state.selfPaths.some(holds)) {
    return never("ward's own code and runtime are never written by its tools");
  }
  if (within(state.outputDir, path) && kind === "read") {
    return { type: "allow", rule: "saved tool outputs are readable" };
  }
  // The default workspace lies in ward's home; any other may contain it.
  const isOwnWorkspace = inWorkspace && within(state.home, state.workspace);
  const own = [state.home, state.dataDir, ...state.others];
  if (!isOwnWorkspace && own.some(holds)) {
    return never("ward's home holds its keys and state; no tool and no grant reaches it");
  }
  const masked = MASKED_IN_HOME.map((name) => `${state.osHome}/${name}`)
    .find((entry) => within(entry, path));
  if (masked && !granted) {
    return ask(kind, path, "critical", `keys and logins in the home folder are masked: ${masked}`);
  }
  // A grant is for what is there, not for what a link in its place leads to.
  if (granted && (within(granted.value, real) || (inWorkspace && within(state.workspace, real)))) {
    return { type: "allow", rule: `grant ${granted.id}`, grantId: granted.id };
  }
  if (!inWorkspace) {
    if (real !== path) {
      return {
        type: "deny",
        rule: `"${path}" is a link to "${real}", outside the workspace`,
        hint: `Use "${real}" itself`,
      };
    }
    return ask(kind, path, kind === "read" ? "medium" : "high", "outside the workspace");
  }
  if (kind === "write" && within(state.workspace, real)) {
    const entry = protectedEntry(state.workspace, path);
    if (entry) {
      return ask(
        "write",
        entry,
        "high",
        "what it says acts outside ward later (editor, git, agents)",
      );
    }
  }
  if (!within(state.workspace, real)) {
    const target = pathGrant(kind, real, state.grants);
    if (target) return { type: "allow", rule: `grant ${target.id}`, grantId: target.id };
    // Said here for the message; the cell's mounts are what refuses.
    return {
      type: "deny",
      rule: `"${path}" is a link that leads outside the workspace, to "${real}"`,
      hint: `To allow it: ${grantCommand(kind, real)}`,
    };
  }
  return { type: "allow", rule: "in the workspace" };
}

function decideRun(words: readonly string[], state: PolicyState): Decision {
  const program = words[0] ?? "";
  if (state.sandbox === "none" && !state.commandsWithoutSandbox) {
    return never(
      "REDUCED: no OS sandbox holds commands here, so they are off",
      "Run `ward doctor` for the fix, or set commands.without_sandbox = true to run them unconfined",
    );
  }
  const rule = findRule(state.allow, [...words]);
  const grant = state.grants.find((g) =>
    g.permission === "run" && !g.value.startsWith("line:") && coversWords(g.value, [...words])
  );
  if (!rule && !grant && state.findProgram(program) === null) {
    return never(`there is no program "${program}" on this machine`);
  }
  // After the session read from outside only an answer since then counts.
  if (rule && !(grant && state.taint)) return { type: "allow", rule: `commands.allow: ${rule}` };
  if (grant) return { type: "allow", rule: `grant ${grant.id}`, grantId: grant.id };
  const value = suggestedRule(words);
  return ask("run", value, programRisk(program), `"${value}" is not on the allow-list`);
}

function decideLine(line: string, why: string, state: PolicyState): Decision {
  if (state.sandbox === "none") {
    if (!state.commandsWithoutSandbox) return decideRun(["sh"], state);
    return never(
      `REDUCED: such a line runs in a cell of its own, and there is none here (${why})`,
      "Put it as plain programs, or run `ward doctor` for the fix",
    );
  }
  const grant = state.grants.find((g) => g.permission === "run" && g.value === `line:${line}`);
  if (grant) return { type: "allow", rule: `grant ${grant.id}`, grantId: grant.id };
  return ask("run", `line:${line}`, "high", `not taken apart by ward's grammar: ${why}`, true);
}

/** The grant that covers a path, if any. What may be written may be read. */
function pathGrant(kind: "read" | "write", path: string, grants: readonly Grant[]): Grant | null {
  return grants.find((grant) =>
    (grant.permission === kind || (kind === "read" && grant.permission === "write")) &&
    within(grant.value, path)
  ) ?? null;
}

/**
 * The prefix rule that one answer should cover: the program and its subcommand, so that the next
 * call of the same kind does not ask again; for an interpreter as much as names what it runs.
 */
export function suggestedRule(words: readonly string[]): string {
  const short = shortRule(words);
  // A rule of the default list does not cover options that start programs or write: name them.
  return coversWords(short, words) ? short : words.map(quoteWord).join(" ");
}

function shortRule(words: readonly string[]): string {
  const [program = "", first, second] = words;
  const plain = (word: string | undefined) => word !== undefined && /^[a-z][\w:.-]*$/i.test(word);
  if (INTERPRETERS.has(program)) return words.slice(0, 6).map(quoteWord).join(" ");
  if (CRITICAL.has(program)) return words.slice(0, 6).map(quoteWord).join(" ");
  if (!plain(first)) return quoteWord(program);
  if (first === "run" && plain(second)) return `${program} ${first} ${second}`;
  return `${quoteWord(program)} ${first}`;
}

/** A word as a POSIX shell reads it as this one word. */
export function quoteWord(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function programRisk(program: string): Risk {
  if (CRITICAL.has(program)) return "critical";
  return INTERPRETERS.has(program) ? "high" : "medium";
}

/** The command line that gives a grant. */
export function grantCommand(kind: PermissionKind, value: string, scope = "--always"): string {
  return `ward permissions grant ${kind} ${pasteable(value)} ${scope}`;
}

/**
 * A word on one line, to be pasted into bash or zsh: what is not plainly visible is written as an
 * escape, so that a value cannot pass for further lines of what ward says.
 */
function pasteable(word: string): string {
  if (!/[^\P{C}]|[^\P{Z} ]/u.test(word)) return quoteWord(word);
  const escaped = Array.from(word, (char) => {
    const code = char.codePointAt(0) ?? 0;
    if (char === "'" || char === "\\") return `\\${char}`;
    if (char === "\n") return "\\n";
    if (!/[^\P{C}]|[^\P{Z} ]/u.test(char)) return char;
    return `\\U${code.toString(16).padStart(8, "0")}`;
  });
  return `$'${escaped.join("")}'`;
}

function ask(
  permission: PermissionKind,
  value: string,
  risk: Risk,
  rule: string,
  onceOnly = false,
): Decision {
  const grant: GrantRequest = {
    compartment: "hands",
    permission,
    value,
    risk,
    command: grantCommand(permission, value, onceOnly ? "--once" : "--always"),
    ...(onceOnly ? { onceOnly } : {}),
  };
  return { type: "ask", rule, grant };
}

function never(rule: string, hint?: string): Decision {
  return { type: "deny", rule, ...(hint ? { hint } : {}) };
}

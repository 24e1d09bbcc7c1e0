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
} from "../../model/cells/permission.ts";
import { EXACT, findRule, grantCovers, LINE } from "../commands/rules.ts";
import {
  isSystemPath,
  MASKED_IN_HOME,
  normalizePath,
  protectedEntry,
  within,
} from "../../model/cells/paths.ts";
import { type Assessment, commandRisk } from "../risk/command_risk.ts";
import { LINE_RISK, pathRisk } from "../risk/request_risk.ts";
import { decideMcp } from "./decide_mcp.ts";
import { decideNet } from "./decide_net.ts";
import { decideSetting } from "./decide_setting.ts";
import { forProfile, grantCommand, lastingFor } from "./grant_command.ts";
import { sinceRead, sourcesText } from "./taint.ts";
import { pathWidths, runWidths, type Widths } from "./widths.ts";
import type { PolicyState } from "./state.ts";

const ACTS_LATER = "what it says acts outside ward later (editor, git, agents)";

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
  const { grant } = decision;
  const widths = grant.widths?.map((one) => ({ ...one, command: named(one.command) }));
  return { ...decision, grant: { ...grant, command: named(grant.command), widths } };
}

/**
 * What asks although it is allowed: after the session read from outside, all that has side effects
 * and no answer of the user since; on the word of somebody who is not trusted, everything.
 */
function held(access: Access, decision: Decision, { taint, trusted }: PolicyState): Decision {
  if (access.permission === "net" || access.permission === "mcp") return decision;
  const isHeld = !trusted || (taint !== null && access.permission !== "read");
  // No mode answers what is asked for that reason.
  if (decision.type === "ask" && isHeld) {
    const rule = sinceRead(decision.rule, trusted ? taint : null);
    return { ...decision, rule, grant: { ...decision.grant, everyMode: true } };
  }
  if (decision.type !== "allow" || access.permission === "setting") return decision;
  const acts = access.permission !== "read";
  const isAnswered = decision.grantId !== undefined;
  if (trusted && (taint === null || !acts || isAnswered)) return decision;
  const why = trusted
    ? `this session read ${sourcesText(taint?.sources ?? [])}: what has side effects asks`
    : "it was not asked for by somebody who is trusted";
  const everyMode = true;
  if (access.permission === "shell") {
    return ask("run", one(LINE + access.line), LINE_RISK, why, { onceOnly: true, everyMode });
  }
  if (access.permission !== "run") {
    const { permission, path } = access;
    return ask(permission, one(path), pathRisk(permission, path, "workspace"), why, { everyMode });
  }
  const widths = runWidths(access.words, taint !== null);
  return ask("run", widths, commandRisk(access.words), why, { everyMode });
}

function decideAccess(access: Access, all: PolicyState): Decision {
  if (access.permission === "net") return decideNet(access, all);
  if (access.permission === "mcp") return decideMcp(access, all);
  if (access.permission === "setting") return decideSetting(access);
  const grants = all.grants.filter(({ compartment }) => compartment === "hands");
  const state = { ...all, grants };
  switch (access.permission) {
    case "read":
    case "write":
      return decidePath(access.permission, access.path, state);
    case "run":
      return decideRun(access.words, state, access.unseen);
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
    const why = `keys and logins in the home folder are masked: ${masked}`;
    return ask(kind, one(path), pathRisk(kind, path, "masked"), why, { everyMode: true });
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
    // Of another workspace they act outside ward too.
    if (kind === "write" && protectedEntry("", path) !== null) {
      return ask(kind, one(path), pathRisk(kind, path, "protected"), ACTS_LATER, {
        everyMode: true,
      });
    }
    const widths = pathWidths(kind, path, state);
    return ask(kind, widths, pathRisk(kind, path, "outside"), "outside the workspace");
  }
  if (kind === "write" && within(state.workspace, real)) {
    const entry = protectedEntry(state.workspace, path);
    if (entry) {
      return ask(
        "write",
        one(entry),
        pathRisk("write", path, "protected"),
        ACTS_LATER,
        { everyMode: true },
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

function decideRun(
  words: readonly string[],
  state: PolicyState,
  unseen: readonly string[] = [],
): Decision {
  const program = words[0] ?? "";
  if (state.sandbox === "none" && !state.commandsWithoutSandbox) {
    return never(
      "REDUCED: no OS sandbox holds commands here, so they are off",
      "Run `ward doctor` for the fix, or set commands.without_sandbox = true to run them unconfined",
    );
  }
  const rule = findRule(state.allow, [...words]);
  const covering = state.grants.filter((g) =>
    g.permission === "run" && grantCovers(g.value, words)
  );
  const blind = state.verifyPaths ? unseen.find(isThere(state)) : undefined;
  // Of what nobody looked at only an answer to this very call counts: it named what it changes.
  const exact = covering.filter(({ value }) => value.startsWith(EXACT));
  const grant = bestOf(blind === undefined ? covering : exact);
  if (!rule && !grant && state.findProgram(program) === null) {
    return never(`there is no program "${program}" on this machine`);
  }
  if (blind !== undefined && grant === null) {
    const widths = runWidths(words, true).widths.slice(0, 1);
    const why = `it changes "${blind}", which nobody looked at or named in this session: list or ` +
      "read it first (commands.verify_paths)";
    return ask("run", { value: widths[0]?.value ?? "", widths }, commandRisk(words), why);
  }
  // After the session read from outside only an answer since then counts.
  if (rule && !(grant && (state.taint || blind))) {
    return { type: "allow", rule: `commands.allow: ${rule}` };
  }
  if (grant) return { type: "allow", rule: `grant ${grant.id}`, grantId: grant.id };
  const widths = runWidths(words, state.taint !== null);
  const named = widths.value.replace(EXACT, "");
  return ask("run", widths, commandRisk(words), `"${named}" is not on the allow-list`);
}

function decideLine(line: string, why: string, state: PolicyState): Decision {
  if (state.sandbox === "none") {
    if (!state.commandsWithoutSandbox) return decideRun(["sh"], state);
    return never(
      `REDUCED: such a line runs in a cell of its own, and there is none here (${why})`,
      "Put it as plain programs, or run `ward doctor` for the fix",
    );
  }
  const grant = bestOf(
    state.grants.filter((g) => g.permission === "run" && g.value === LINE + line),
  );
  if (grant) return { type: "allow", rule: `grant ${grant.id}`, grantId: grant.id };
  const told = `not taken apart by ward's grammar: ${why}`;
  return ask("run", one(LINE + line), LINE_RISK, told, { onceOnly: true });
}

/** Of a pattern the folder counts: what is not there yet is made, not changed. */
function isThere(state: PolicyState): (path: string) => boolean {
  return (path) => {
    const at = path.search(/[*?[{]/);
    return state.exists(at < 0 ? path : path.slice(0, path.lastIndexOf("/", at)) || "/");
  };
}

/** The grant that covers a path, if any. What may be written may be read. */
function pathGrant(kind: "read" | "write", path: string, grants: readonly Grant[]): Grant | null {
  return bestOf(
    grants.filter((grant) =>
      (grant.permission === kind || (kind === "read" && grant.permission === "write")) &&
      within(grant.value, path)
    ),
  );
}

/** Of the grants that cover an access one without a count, so that no use is taken in vain. */
function bestOf(grants: readonly Grant[]): Grant | null {
  return grants.find(({ usesLeft }) => usesLeft === undefined) ?? grants[0] ?? null;
}

function ask(
  permission: PermissionKind,
  { value, widths }: Widths,
  { risk, touches }: Assessment,
  rule: string,
  only: Pick<GrantRequest, "onceOnly" | "everyMode"> = {},
): Decision {
  const command = grantCommand(permission, value, only.onceOnly ? "--once" : lastingFor(risk));
  return {
    type: "ask",
    rule,
    grant: { compartment: "hands", permission, value, risk, touches, command, widths, ...only },
  };
}

/** A value that has no other width. */
function one(value: string): Widths {
  return { value, widths: [] };
}

function never(rule: string, hint?: string): Decision {
  return { type: "deny", rule, ...(hint ? { hint } : {}) };
}

/** Holds claims against the audit log. Pure. */
import type { AuditRow } from "../../model/audit.ts";
import { commandRisk } from "../risk/command_risk.ts";
import { AGENT_TOOLS, LOOKING_TOOLS, TELLING_TOOLS } from "./claim_table.ts";
import type { Claim } from "./find_claims.ts";

/** A row as far as it is looked at. Ids of calls count within a session. */
type Row = Pick<AuditRow, "kind" | "subject" | "detail"> & Partial<Pick<AuditRow, "sessionId">>;

/**
 * Claims that nothing in the log can have been. In doubt one is taken as true: a command that is
 * more than a look, or a tool that this does not know, may have done anything.
 *
 * @param rows Of the session and of the sub-agents below it, oldest first.
 */
export function unproven(claims: readonly Claim[], rows: readonly Row[]): Claim[] {
  const effects = rows.filter(({ kind }) => kind === "effect");
  const done = effects.map(({ subject, detail }) => ({
    tool: subject,
    text: String(detail["effect"] ?? ""),
  }));
  const isOpen = done.some(({ tool, text }) => couldBeAnything(tool, text)) ||
    callsOf(rows).some(({ tool, ran, onlyLooked }) => ran && !onlyLooked && !isKnown(tool));
  if (isOpen) return claims.filter((claim) => claim.kind === "command" && !isShown(claim, done));
  return claims.filter((claim) => !isShown(claim, done));
}

/** Tools of which each act that is more than a look was decided on. */
const DECIDED_TOOLS: ReadonlySet<string> = new Set(["http_request", "browser"]);
/** What only asks a host, as a decision and as an effect. */
const LOOK = /^(?:GET|HEAD|OPTIONS) /;

/** The calls, whether each was let run, and whether all it was let do is to look. */
function callsOf(rows: readonly Row[]) {
  const calls: { tool: string; stopped: boolean; acts: boolean; asks: number; yes: number }[] = [];
  // Some services begin their ids anew in each turn: the newest call of an id is meant.
  const newest = new Map<string, typeof calls[number]>();
  for (const { kind, subject, detail, sessionId } of rows) {
    const id = `${sessionId ?? ""} ${detail["callId"] ?? ""}`;
    if (kind === "tool_call") {
      const stopped = detail["rejected"] !== undefined;
      const call = { tool: subject, stopped, acts: !DECIDED_TOOLS.has(subject), asks: 0, yes: 0 };
      calls.push(call);
      newest.set(id, call);
    }
    const call = newest.get(id);
    if (kind !== "decision" || !call) continue;
    const { decision, rule, value } = detail;
    const isAnswer = String(rule ?? "").startsWith("answer: ");
    if (decision === "ask") call.asks++;
    if (decision === "allow" && isAnswer) call.yes++;
    if (decision === "deny") call.stopped = true;
    if (!isAnswer && !LOOK.test(String(value ?? ""))) call.acts = true;
  }
  return calls.map(({ tool, stopped, acts, asks, yes }) => ({
    tool,
    ran: !stopped && (asks === 0 || yes > 0),
    onlyLooked: !acts,
  }));
}

/** Whether nothing but its effects is to be thought of when a tool ran. */
function isKnown(tool: string): boolean {
  return TELLING_TOOLS.has(tool) || LOOKING_TOOLS.has(tool) || AGENT_TOOLS.has(tool);
}

function couldBeAnything(tool: string, effect: string): boolean {
  if (LOOKING_TOOLS.has(tool) || AGENT_TOOLS.has(tool) || LOOK.test(effect)) return false;
  if (!effect.startsWith("run ")) return tool === "run" || !isKnown(tool);
  return commandRisk(effect.slice("run ".length).split(" ")).risk !== "low";
}

function isShown(
  { kind, subject }: Claim,
  done: readonly { readonly tool: string; readonly text: string }[],
): boolean {
  switch (kind) {
    case "file":
      return done.some(({ text }) =>
        /^write /.test(text) && (subject === null || text.includes(subject))
      );
    case "command":
      return done.some(({ tool, text }) =>
        text.startsWith("run ")
          ? !LOOKING_TOOLS.has(tool) && (subject === null || text.includes(subject))
          : !isKnown(tool) && !LOOK.test(text)
      );
    case "commit":
      return done.some(({ tool, text }) =>
        tool === "git_commit" || (text.startsWith("run ") && /\bgit\b/.test(text))
      );
    case "message":
    case "appointment":
    case "deal":
      return done.some(({ tool, text }) => AGENT_TOOLS.has(tool) && text.startsWith("reach "));
    case "install":
      return false;
  }
}

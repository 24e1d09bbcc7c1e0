/** Holds claims against the audit log. Pure. */
import type { AuditRow } from "../../model/audit.ts";
import { commandRisk } from "../risk/command_risk.ts";
import { AGENT_TOOLS, TELLING_TOOLS } from "./claim_table.ts";
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
  const { calls, done } = readRows(rows);
  const isOpen = done.some(couldBeAnything) ||
    calls.some(({ tool, ran, onlyLooked }) => ran && !onlyLooked && !isKnown(tool));
  if (isOpen) return claims.filter((claim) => claim.kind === "command" && !isShown(claim, done));
  return claims.filter((claim) => !isShown(claim, done));
}

/** What a tool did. */
interface Done {
  readonly tool: string;
  readonly text: string;
  /** Its call did nothing but look. */
  readonly looked: boolean;
}

/** Each act of the browser that is more than a look was decided on, whatever its plans say. */
const DECIDED_TOOLS: ReadonlySet<string> = new Set(["browser"]);
/** What only asks a host, as a decision and as an effect. */
const LOOK = /^(?:GET|HEAD|OPTIONS) /;

/** The calls, whether each was let run, and whether all it was let do is to look; and what was done. */
function readRows(rows: readonly Row[]) {
  const calls: {
    tool: string;
    looked: boolean;
    stopped: boolean;
    acts: boolean;
    asks: number;
    yes: number;
  }[] = [];
  const done: Done[] = [];
  // Some services begin their ids anew in each turn: the newest call of an id is meant.
  const newest = new Map<string, typeof calls[number]>();
  for (const { kind, subject, detail, sessionId } of rows) {
    const id = `${sessionId ?? ""} ${detail["callId"] ?? ""}`;
    if (kind === "tool_call") {
      // To run beside others is no looking: what was run is in the effects.
      const looked = detail["readOnly"] === true && !TELLING_TOOLS.has(subject);
      const stopped = detail["rejected"] !== undefined;
      const acts = !looked && !DECIDED_TOOLS.has(subject);
      const call = { tool: subject, looked, stopped, acts, asks: 0, yes: 0 };
      calls.push(call);
      newest.set(id, call);
    }
    const call = newest.get(id);
    if (kind === "effect") {
      const looked = call?.tool === subject && call.looked;
      done.push({ tool: subject, text: String(detail["effect"] ?? ""), looked });
    }
    if (kind !== "decision" || !call) continue;
    const { decision, rule, value } = detail;
    const isAnswer = String(rule ?? "").startsWith("answer: ");
    if (decision === "ask") call.asks++;
    if (decision === "allow" && isAnswer) call.yes++;
    if (decision === "deny") call.stopped = true;
    if (!isAnswer && !call.looked && !LOOK.test(String(value ?? ""))) call.acts = true;
  }
  return {
    done,
    calls: calls.map(({ tool, stopped, acts, asks, yes }) => ({
      tool,
      ran: !stopped && (asks === 0 || yes > 0),
      onlyLooked: !acts,
    })),
  };
}

/** Whether nothing but its effects is to be thought of when a tool ran. */
function isKnown(tool: string): boolean {
  return TELLING_TOOLS.has(tool) || AGENT_TOOLS.has(tool);
}

function couldBeAnything({ tool, text, looked }: Done): boolean {
  if (looked || AGENT_TOOLS.has(tool) || LOOK.test(text)) return false;
  if (!text.startsWith("run ")) return tool === "run" || !isKnown(tool);
  return commandRisk(text.slice("run ".length).split(" ")).risk !== "low";
}

function isShown(
  { kind, subject }: Claim,
  done: readonly Done[],
): boolean {
  switch (kind) {
    case "file":
      return done.some(({ text }) =>
        /^write /.test(text) && (subject === null || text.includes(subject))
      );
    case "command":
      return done.some(({ tool, text, looked }) => {
        if (looked) return false;
        return text.startsWith("run ")
          ? subject === null || text.includes(subject)
          : !isKnown(tool) && !LOOK.test(text);
      });
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

/** Holds claims against the audit log. Pure. */
import type { AuditRow } from "../../model/audit.ts";
import { commandRisk } from "../risk/command_risk.ts";
import { LOOKING_TOOLS } from "./claim_table.ts";
import type { Claim } from "./find_claims.ts";

/**
 * Claims that nothing in the log can have been. In doubt one is taken as true: a command that is
 * more than a look, or a tool that this does not know, may have done anything.
 *
 * @param rows Of the session, oldest first.
 */
export function unproven(
  claims: readonly Claim[],
  rows: readonly Pick<AuditRow, "kind" | "subject" | "detail">[],
): Claim[] {
  const effects = rows.filter(({ kind }) => kind === "effect");
  const done = effects.map(({ subject, detail }) => ({
    tool: subject,
    text: String(detail["effect"] ?? ""),
  }));
  const isOpen = done.some(({ tool, text }) => couldBeAnything(tool, text)) ||
    rows.some(({ kind, subject, detail }) =>
      kind === "tool_call" && detail["rejected"] === undefined && !KNOWN_TOOLS.has(subject) &&
      !LOOKING_TOOLS.has(subject)
    );
  if (isOpen) return claims.filter((claim) => claim.kind === "command" && !isShown(claim, done));
  return claims.filter((claim) => !isShown(claim, done));
}

/** Tools whose effects say all that they did. */
const KNOWN_TOOLS: ReadonlySet<string> = new Set([
  "write",
  "edit",
  "run",
  "git_commit",
  "manage_config",
]);

function couldBeAnything(tool: string, effect: string): boolean {
  if (LOOKING_TOOLS.has(tool) || (KNOWN_TOOLS.has(tool) && tool !== "run")) return false;
  if (!effect.startsWith("run ")) return true;
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
        !LOOKING_TOOLS.has(tool) && !/^write /.test(text) &&
        (subject === null || text.includes(subject) || !text.startsWith("run "))
      );
    case "commit":
      return done.some(({ tool, text }) => tool === "git_commit" || /\bgit\b/.test(text));
    case "message":
    case "install":
    case "appointment":
    case "deal":
      return false;
  }
}

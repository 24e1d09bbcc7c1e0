/** The command lines that give a grant, for people to paste. */
import { endOf } from "./grant_book.ts";
import type { Grant, PermissionKind, Risk } from "../../model/cells/permission.ts";

/** Beginning of the commands that are told. */
const GRANT = "ward permissions grant ";

/** A told command, or a text with one, for the profile that the command line named. */
export function forProfile(text: string, profile: string | null | undefined): string {
  return profile ? text.replace(GRANT, `ward -p ${profile} permissions grant `) : text;
}

/** The command line that gives a grant. */
export function grantCommand(kind: PermissionKind, value: string, scope = "--always"): string {
  return `${GRANT}${kind} ${pasteable(value)} ${scope}`;
}

/** How long a grant is that is told of: what is critical is nobody's to allow for good unasked. */
export function lastingFor(risk: Risk): string {
  return risk === "critical" ? "--once" : "--always";
}

/** The command line that gives a grant once more, for as long and as often as is left of it. */
export function grantAgain(grant: Grant, nowMs: number): string {
  const { compartment, permission, value, usesLeft } = grant;
  const place = ["hands", "session"].includes(compartment) ? "" : ` --compartment ${compartment}`;
  const endsAt = endOf(grant.scope);
  const time = endsAt === null ? "--always" : `--for ${Math.ceil((endsAt - nowMs) / 60_000)}m`;
  const uses = usesLeft === undefined ? "" : ` --uses ${usesLeft}`;
  return `${grantCommand(permission, value, time)}${uses}${place}`;
}

/** A word as a POSIX shell reads it as this one word. */
export function quoteWord(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
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

import { createTwoFilesPatch } from "diff";
import { type Output, paint } from "../output.ts";
import { revealHidden } from "../sanitize_terminal.ts";

/** What `ward onboard` would write, as data. */
export interface OnboardReport {
  readonly path: string;
  /** Unified diff of the file without any secret; empty when nothing changes. */
  readonly diff: string;
  /** Name that a key is saved under; null: none. */
  readonly savesKey: string | null;
  readonly written: boolean;
}

/** Unified diff of two texts of the configuration. */
export function configDiff(path: string, before: string, after: string): string {
  if (before === after) return "";
  return createTwoFilesPatch(before === "" ? "/dev/null" : path, path, before, after, "", "", {
    context: 2,
  }).replace(/^(?:Index: .*\n)?=+\n/, "");
}

/** Rows of a diff with nothing hidden, in colours where there are any. */
export function diffRows(diff: string, output: Output): string[] {
  const tone = (line: string) =>
    line.startsWith("+") ? "green" as const : line.startsWith("-") ? "red" as const : null;
  return diff.trimEnd().split("\n").map((line) => {
    const color = tone(line);
    const shown = revealHidden(line);
    return color ? paint(output, color, shown) : shown;
  });
}

/** The diff for people. */
export function formatOnboardPlan({ path, diff, savesKey }: OnboardReport, output: Output): string {
  const lines = diff === "" ? [`${revealHidden(path)} stays as it is`] : diffRows(diff, output);
  if (savesKey !== null) {
    lines.push(`A key is saved as "${savesKey}": in the keychain, or sealed where none works`);
  }
  return lines.join("\n") + "\n";
}

import { MANIFEST_KINDS } from "../../../kernel/manifest/manifest.ts";
import type { TouchRow } from "../../../kernel/manifest/touch_watch.ts";
import { type Output, paint } from "../output.ts";
import { revealHidden } from "../sanitize_terminal.ts";

/** `ward agent --plan` for people: what would be touched, and what of it would ask or be refused. */
export function formatTouched(rows: readonly TouchRow[], output: Output): string {
  if (rows.length === 0) return "Would touch nothing\n";
  const tones = { allow: "green", ask: "yellow", deny: "red" } as const;
  const words = { allow: "passes", ask: "asks", deny: "refused" } as const;
  const lines = MANIFEST_KINDS.flatMap((kind) =>
    rows.filter((row) => row.kind === kind).map(({ value, decision, rule }) =>
      `  ${kind.padEnd(5)}  ${revealHidden(value)}  ` +
      paint(output, tones[decision], `${words[decision]}: ${revealHidden(rule)}`)
    )
  );
  return `${paint(output, "bold", "Would touch")}\n${lines.join("\n")}\n`;
}

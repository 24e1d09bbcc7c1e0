import type { KeyValue } from "../../../kernel/settings/values.ts";
import { type Output, paint } from "../output.ts";
import { revealHidden } from "../sanitize_terminal.ts";

/** A value as a script takes it: a text as it is, everything else as TOML writes it. */
export function formatValue(value: unknown): string {
  return revealHidden(typeof value === "string" ? value : JSON.stringify(value));
}

/** Values of several keys for people: `key = value`, and where it comes from. */
export function formatKeyValues(values: readonly KeyValue[], output: Output): string {
  return values.map(({ key, value, source }) => {
    const shown = value === null ? paint(output, "dim", "not set") : revealHidden(
      JSON.stringify(value),
    );
    return `${key} = ${shown}${
      source === "default" ? "" : paint(output, "dim", `  # ${source}`)
    }\n`;
  }).join("");
}

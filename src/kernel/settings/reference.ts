import { type KeyRow, keyRows } from "./schema/walk.ts";

/** Longest list that is printed in a cell of the table. */
const MAX_IN_TABLE = 4;

/**
 * The keys of `config.toml` as Markdown, for `docs/configuration.md`: one table, and below it the
 * defaults that are too long for a cell. Printed from the schema; a test keeps the page equal.
 */
export function configReference(): string {
  const rows = keyRows();
  const table = rows.map((row) =>
    `| \`${row.key}\` | ${cell(row.description)} | ${cell(row.allowed)} | ${standardText(row)} |`
  );
  const long = rows.filter((row) => isLong(row.standard)).map((row) =>
    `Default of \`${row.key}\`: ${
      (row.standard as readonly string[]).map((one) => `\`${one}\``).join(", ")
    }`
  );
  return [
    "| Key | What it is | Allowed | Default |",
    "| --- | --- | --- | --- |",
    ...table,
    ...long.flatMap((line) => ["", line]),
  ].join("\n");
}

function standardText({ key, standard, defaultText }: KeyRow): string {
  if (isLong(standard)) return `see below (${(standard as readonly unknown[]).length} rules)`;
  if (standard !== undefined) return `\`${JSON.stringify(standard)}\``;
  return defaultText ?? (key.endsWith("api_key") ? "none" : "not set");
}

function isLong(standard: unknown): boolean {
  return Array.isArray(standard) && standard.length > MAX_IN_TABLE;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

import { stringify } from "smol-toml";
import { type KeyRow, keyRows } from "./schema/walk.ts";

/** Widest line of prose. */
const COLUMNS = 98;

/**
 * A `config.toml` with every key, its default and its description, all commented out: `# ` begins
 * prose, `#` alone a line that can be switched on by taking it away.
 */
export function configExample(): string {
  const lines = [
    "# Every key of config.toml with its default, or with an example where there is none.",
    "# Take the # off a key and off the header above it.",
  ];
  let table = "";
  for (const row of keyRows()) {
    const parts = row.key.split(".").map((part, at, all) =>
      part === "<name>" ? EXAMPLE_NAMES[all[at - 1] ?? ""] ?? "" : part
    );
    const header = parts.slice(0, -1).join(".");
    if (header !== table) lines.push("", `#[${header}]`);
    table = header;
    lines.push(
      "",
      ...wrapped(`${row.description}. Allowed: ${row.allowed}${defaultOf(row)}`),
      ...stringify({ [parts.at(-1) ?? ""]: row.standard ?? row.example ?? "" }).trimEnd()
        .split("\n").map((line) => `#${line}`),
    );
  }
  return lines.join("\n") + "\n";
}

/** What stands for a name, by table: a provider of one's own, a login, a pattern. */
const EXAMPLE_NAMES: Readonly<Record<string, string>> = {
  providers: "lab",
  accounts: "claude",
  agents: "mine",
  http_profiles: "work",
  patterns: "ticket",
  mcpServers: "docs",
  channels: "telegram",
  webhooks: "ops",
  env: "DOCS_TOKEN",
  headers: "Authorization",
};

function defaultOf({ standard, defaultText }: KeyRow): string {
  return standard !== undefined ? "" : `. Default: ${defaultText ?? "none"}`;
}

function wrapped(text: string): string[] {
  const rows: string[] = [];
  let row = "#";
  for (const word of text.split(/\s+/)) {
    if (row.length + 1 + word.length > COLUMNS && row !== "#") {
      rows.push(row);
      row = "#";
    }
    row += ` ${word}`;
  }
  return [...rows, row];
}

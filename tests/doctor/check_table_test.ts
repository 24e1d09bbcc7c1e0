import assert from "node:assert/strict";
import { checkReference, CHECKS } from "../../src/kernel/doctor/check_table.ts";

/** Frozen: scripts look for these. */
const IDS = [
  "home.mode",
  "home.profile",
  "home.writable",
  "config.file",
  "config.syntax",
  "config.unknown_key",
  "config.value",
  "config.mode",
  "commands.allow_all",
  "commands.without_sandbox",
  "environment.variables",
  "workspace.choice",
  "layers.runtime",
  "layers.sandbox",
  "limits.prlimit",
  "limits.root_processes",
  "programs.escape",
  "programs.files",
  "programs.missing",
  "programs.replaceable",
  "keys.<provider>",
  "secrets.saved",
  "logins.state",
  "logins.mode",
  "provider.choice",
  "provider.address",
  "provider.reachable",
  "provider.model",
  "provider.ollama",
  "data.mode",
  "data.leftovers",
  "key.source",
  "database.open",
  "database.integrity",
  "audit.chain",
  "grants.broad",
  "prove",
];

Deno.test("ids of doctor's checks are frozen", () => {
  assert.deepEqual(CHECKS.map(({ id }) => id), IDS);
});

Deno.test("docs/doctor.md has the table of the checks", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/doctor.md", import.meta.url));
  const rows = (text: string) =>
    text.split("\n").filter((line) => line.startsWith("| `"))
      .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()).join("|"));
  const printed = rows(checkReference());
  assert.deepEqual(rows(page).filter((row) => printed.includes(row)), printed);
});

import assert from "node:assert/strict";
import { nearest } from "../../src/kernel/settings/nearest.ts";
import { configReference } from "../../src/kernel/settings/reference.ts";
import { keyRows } from "../../src/kernel/settings/schema/walk.ts";

const PAGE = new URL("../../docs/configuration.md", import.meta.url);
const BEGIN = "<!-- printed from src/kernel/settings/schema.ts -->";
const END = "<!-- end -->";

/** Line ends and column widths are the formatter's business. */
const squeezed = (text: string) => text.replace(/\s+/g, " ").replace(/-{3,}/g, "---").trim();

Deno.test("docs/configuration.md lists the keys as the schema has them", async () => {
  const page = await Deno.readTextFile(PAGE);
  const begin = page.indexOf(BEGIN) + BEGIN.length;
  const end = page.indexOf(END);
  assert.ok(begin > BEGIN.length && end > begin);
  // WARD_UPDATE_DOCS=1 prints the page anew.
  if (Deno.env.get("WARD_UPDATE_DOCS")) {
    const text = `${page.slice(0, begin)}\n\n${configReference()}\n\n${page.slice(end)}`;
    return await Deno.writeTextFile(PAGE, text);
  }
  assert.equal(squeezed(page.slice(begin, end)), squeezed(configReference()));
});

Deno.test("every key has a sentence, what is allowed, and a default or a word for it", () => {
  const rows = keyRows();
  assert.ok(rows.length > 20);
  for (const row of rows) {
    assert.ok(row.description.length > 5 && row.allowed.length > 3, row.key);
    assert.ok(row.standard !== undefined || row.defaultText || row.secret, row.key);
  }
});

Deno.test("nearest finds what was meant, and nothing when nothing is near", () => {
  const words = ["agent", "audit", "status", "permissions"];
  assert.equal(nearest("agnet", words), "agent");
  assert.equal(nearest("Status", words), "status");
  assert.equal(nearest("permisions", words), "permissions");
  assert.equal(nearest("frobnicate", words), null);
  assert.equal(nearest("", words), null);
});

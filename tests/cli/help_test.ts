/** The help that every command has, and the page that is printed from it. */
import assert from "node:assert/strict";
import { commandPages, fill } from "../../scripts/docs.ts";
import { describeCommands, helpOf } from "../../src/surfaces/cli/command_help.ts";

const ROOT = new URL("../../", import.meta.url);

Deno.test("help: every command says what it does, and shows an example of itself", () => {
  const commands = describeCommands();
  assert.ok(commands.length > 20);
  for (const { path, aliases, summary, description, options } of commands) {
    const line = ["ward", ...path].join(" ");
    const help = helpOf(path);
    assert.ok(description.length > 10, `${line}: describe it`);
    assert.ok(path.length === 0 || summary.length > 5, `${line}: summary`);
    const example = help.slice(help.indexOf("\nExample:\n"));
    const named = [line, ...aliases.map((name) => line.replace(/\S+$/, name))];
    assert.ok(named.some((one) => example.includes(one)), `${line}: show an example of it`);
    for (const option of options) assert.ok(option.summary, `${line} ${option.names}`);
  }
});

Deno.test("docs/commands.md is what --help prints; to print it anew: deno task docs", async () => {
  const page = await Deno.readTextFile(new URL("docs/commands.md", ROOT));
  const printed = fill(page, "the command line", commandPages());
  assert.ok(page === printed, "docs/commands.md is out of date: run `deno task docs`");
});

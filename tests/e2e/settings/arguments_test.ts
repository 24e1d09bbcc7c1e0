/** An argument that is left out: a question in a terminal, an error that names it elsewhere. */
import assert from "node:assert/strict";
import { COMPLETION_SHELLS } from "../../../src/surfaces/cli/parsed_command.ts";
import { terminalTest } from "../kit/forms.ts";
import { inTerminal } from "../kit/terminal.ts";
import { makeScratch, SOURCE, ward } from "../kit/ward_process.ts";

terminalTest("permissions: what was left out is asked for in a terminal", async () => {
  using scratch = makeScratch();
  const options = { env: scratch.env, cwd: scratch.workspace };
  const run = ["permissions", "grant", "--always"];
  await inTerminal([...SOURCE, ...run], options, async (pane) => {
    await pane.waitFor("What kind");
    await pane.write("read");
    await pane.waitFor('matching "read"');
    await pane.type("Enter");
    await pane.waitFor("File or folder to read:");
    await pane.write("/srv");
    await pane.type("Enter");
    assert.match(await pane.waitFor("EXIT="), /read +\/srv[^]*EXIT=0/);
  });
  await inTerminal([...SOURCE, "permissions", "revoke"], options, async (pane) => {
    await pane.waitFor("read /srv");
    await pane.type("Enter");
    assert.match(await pane.waitFor("EXIT="), /Revoked \w+\nEXIT=0/);
  });
  assert.deepEqual(
    JSON.parse((await ward(scratch, ["permissions", "grants", "--json"])).stdout),
    [],
  );
});

terminalTest(
  "completion: a menu with the user's shell marked; what is chosen goes to the file",
  async () => {
    using scratch = makeScratch();
    const file = `${scratch.folder}/script`;
    const line = `${SOURCE.map((word) => `'${word}'`).join(" ")} completion > '${file}'`;
    const env = { ...scratch.env, SHELL: "/usr/bin/fish" };
    await inTerminal(["/bin/sh", "-c", line], { env, cwd: scratch.workspace }, async (pane) => {
      await pane.waitFor("> 3  fish");
      await pane.type("Up", "Enter");
      assert.match(await pane.waitFor("EXIT="), /which shell\?: zsh\nEXIT=0/);
    });
    assert.match(Deno.readTextFileSync(file), /^#compdef ward/);
  },
);

Deno.test("completion --json is one document with the shell and the same script", async () => {
  using scratch = makeScratch();
  for (const shell of COMPLETION_SHELLS) {
    const plain = await ward(scratch, ["completion", shell]);
    const { code, stdout, stderr } = await ward(scratch, ["completion", shell, "--json"]);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.deepEqual(JSON.parse(stdout), { shell, script: plain.stdout });
  }
});

Deno.test("out of a terminal the missing argument and the usage are named, exit code 2", async () => {
  using scratch = makeScratch();
  for (
    const [line, name] of [
      ["permissions grant", "<kind>"],
      ["permissions grant run", "<value>"],
      ["permissions explain", "<kind>"],
      ["permissions revoke", "<id>"],
      ["secrets rm", "<name>"],
      ["config unset", "<key>"],
      ["completion", "<shell>"],
    ] as const
  ) {
    const { code, stdout, stderr } = await ward(scratch, line.split(" "));
    assert.deepEqual([code, stdout], [2, ""], line);
    const command = line.split(" ").slice(0, 2).join(" ");
    assert.match(stderr, new RegExp(`Missing argument ${name}\n  Usage: ward ${command} <`));
  }
});

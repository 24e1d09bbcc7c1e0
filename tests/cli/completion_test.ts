/** The completion scripts: in a real bash, and as far as other shells are there to read them. */
import assert from "node:assert/strict";
import { completionScript } from "../../src/surfaces/cli/completion/completion_script.ts";
import { COMPLETION_SHELLS } from "../../src/surfaces/cli/parsed_command.ts";

/** Words that bash offers after each line; the last word is the one that is completed. */
async function offered(lines: readonly string[], cwd: string): Promise<string[][]> {
  const ask = lines.map((line) => {
    const words = line.split(" ").map((word) => `'${word}'`).join(" ");
    return `COMP_WORDS=(${words}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); COMPREPLY=()
      _ward; printf '%s,' "\${COMPREPLY[@]}"; echo`;
  });
  const script = `${completionScript("bash")}\n${ask.join("\n")}`;
  const { stdout, stderr, success } = await new Deno.Command("/bin/bash", {
    args: ["--norc", "--noprofile", "-u", "-c", script],
    clearEnv: true,
    env: { HOME: cwd, PATH: "/usr/bin:/bin" },
    cwd,
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  assert.equal(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout).trimEnd().split("\n")
    .map((line) => line.split(",").filter((word) => word !== ""));
}

const hasBash = await Deno.stat("/bin/bash").then(() => true, () => false);

Deno.test({
  name: `completion in bash: commands, options, choices, profiles, folders${
    hasBash ? "" : ", skipped: no bash"
  }`,
  ignore: !hasBash,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.mkdir(`${folder}/.ward/profiles/work`, { recursive: true });
      await Deno.mkdir(`${folder}/a folder`);
      const cases: [line: string, words: string[]][] = [
        ["ward prof", ["profile"]],
        ["ward profile r", ["rm"]],
        ["ward instance r", ["rm"]],
        ["ward --json audit v", ["verify"]],
        ["ward agent --mo", ["--mode", "--model"]],
        ["ward agent --work", ["--workspace"]],
        ["ward logs --level w", ["warn"]],
        ["ward completion p", ["powershell"]],
        ["ward -p w", ["work"]],
        ["ward profile use d", ["default"]],
        // The value of an option is no command, and what follows it is.
        ["ward -p profile stat", ["status"]],
        ["ward -m audit v", ["version"]],
        ["ward agent -w a", ["a folder"]],
        ["ward nothing x", []],
      ];
      const words = await offered(cases.map(([line]) => line), folder);
      assert.deepEqual(words, cases.map(([, wanted]) => wanted));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/** How each shell only reads a script. */
const READERS = {
  zsh: ["zsh", "-n"],
  fish: ["fish", "--no-execute"],
} as const;

for (const [shell, [program, ...args]] of Object.entries(READERS)) {
  const path = ["/usr/bin", "/bin", "/usr/local/bin"].map((folder) => `${folder}/${program}`)
    .find((one) => {
      try {
        return Deno.statSync(one).isFile;
      } catch {
        return false;
      }
    });
  Deno.test({
    name: `completion: ${shell} reads the script${path ? "" : `, skipped: no ${shell}`}`,
    ignore: path === undefined,
    async fn() {
      const file = await Deno.makeTempFile();
      await Deno.writeTextFile(file, completionScript(shell as "zsh" | "fish"));
      const { success, stderr } = await new Deno.Command(path!, { args: [...args, file] }).output();
      await Deno.remove(file);
      assert.ok(success, new TextDecoder().decode(stderr));
    },
  });
}

Deno.test("completion: every shell's script has the commands, and nothing that expands by itself", () => {
  for (const shell of COMPLETION_SHELLS) {
    const script = completionScript(shell);
    for (const word of ["permissions", "--follow", "explain"]) assert.ok(script.includes(word));
    assert.ok(!script.includes("undefined") && !script.includes("[object"), shell);
  }
});

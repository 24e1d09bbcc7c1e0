// deno-lint-ignore-file no-console
// Prints, as JSON, what programs in a cell can do to mounts below the workspace, by the machine's
// best sandbox or, with the argument `unshare`, by that. Started in a mount namespace of its own.
import { makeHands } from "./hands_kit.ts";

const [by = "", names = "[]", shellScript = ""] = Deno.args;
const folders = JSON.parse(names) as string[];
async function run(program: string, args: readonly string[]): Promise<void> {
  const output = await new Deno.Command(program, { args: [...args] }).output();
  if (!output.success) throw new Error(new TextDecoder().decode(output.stderr));
}

await using kit = await makeHands({
  allow: ["sh", "cat", "mv"],
  machine: (machine) => by === "unshare" ? { ...machine, bwrap: null } : machine,
  async prepare({ workspace }) {
    for (const name of folders) {
      const at = `${workspace}/${name}`;
      await Deno.mkdir(at, { recursive: true });
      for (
        const args of [
          ["-t", "tmpfs", "-o", "suid,dev,exec", "tmpfs", at],
          ["-o", "remount,suid,dev,exec", at],
        ]
      ) {
        await run("/usr/bin/mount", args);
      }
      await Deno.writeTextFile(`${at}/inside`, "seen\n");
      await Deno.mkdir(`${at}/.git/hooks`, { recursive: true });
      await Deno.writeTextFile(`${at}/.git/config`, "");
    }
  },
});
await Deno.writeTextFile(`${kit.workspace}/try`, shellScript);
const outcome = await kit.run("sh try").catch((error) => ({ stdout: "", stderr: String(error) }));
const { kind, cause } = await kit.hands.sandbox();
const outside = await Deno.readTextFile("/proc/self/mountinfo");
const { stdout, stderr } = outcome;
console.log(JSON.stringify({ kind, cause, stdout, stderr, outside, workspace: kit.workspace }));
await kit.hands.router.end();
for (const name of folders) await run("/usr/bin/umount", ["-l", `${kit.workspace}/${name}`]);

/** What is outside a workspace, as one text: any change of it shows. */

/** Names, kinds, sizes, modes and contents below a folder. */
export async function snapshot(folder: string): Promise<string> {
  const lines: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    const info = await Deno.lstat(path);
    lines.push(
      `${path} ${info.mode} ${info.size} ${entry.isFile ? await Deno.readTextFile(path) : ""}`,
    );
    if (entry.isDirectory) lines.push(await snapshot(path));
  }
  return lines.sort().join("\n");
}

/** Runs `sh` outside of every cell, as whoever planted something would. */
export async function plant(script: string, cwd: string): Promise<void> {
  const output = await new Deno.Command("/bin/sh", { args: ["-ec", script], cwd }).output();
  if (!output.success) throw new Error(new TextDecoder().decode(output.stderr));
}

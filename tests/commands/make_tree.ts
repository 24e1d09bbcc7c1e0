/** A small project with a git repository, the same bytes each time. */
export async function makeTree(folder: string): Promise<void> {
  const write = (path: string, text: string) => Deno.writeTextFile(`${folder}/${path}`, text);
  for (const name of ["src/lib", "docs"]) {
    await Deno.mkdir(`${folder}/${name}`, { recursive: true });
  }
  await write("README.md", "# Sample\n\nA small project.\n\n## Use\n\nRun it.\n\nSee docs.\n");
  await write("notes.md", "this is a note\nbuy milk\nfoo\n");
  await write("docs/guide.md", "# Guide\n\nIt costs $5.\n\tTabbed\n");
  await write("data.csv", "name,age,city\nada,36,london\nbob,7,paris\ncy,99,rome\n");
  const levels = ["INFO", "WARN", "ERROR", "INFO"];
  const log = Array.from(
    { length: 40 },
    (_, i) => `10:0${i % 10} ${levels[i % 4]} code=${i % 3}\n`,
  );
  await write("log.txt", log.join(""));
  await write("empty.txt", "");
  await write("with space.txt", "spaced\n");
  await write(".hidden", "secret plan\n");
  await write(
    "src/app.ts",
    'import { x } from "./util.ts";\n// TODO: more\nexport function app() {\n  return x;\n}\n',
  );
  await write("src/util.ts", "export const x = 1;\nexport function util() {}\n// TODO: less\n");
  await write("src/lib/deep.ts", 'import "../app.ts";\nexport const deep = true;\n');
  const git = async (...args: string[]) => {
    const output = await new Deno.Command("git", {
      args: ["-c", "user.name=Tester", "-c", "user.email=t@example.com", ...args],
      cwd: folder,
      clearEnv: true,
      env: {
        PATH: "/usr/bin:/bin",
        HOME: "/nonexistent",
        GIT_CONFIG_NOSYSTEM: "1",
        GIT_AUTHOR_DATE: "2026-01-02T03:04:05Z",
        GIT_COMMITTER_DATE: "2026-01-02T03:04:05Z",
      },
    }).output();
    if (!output.success) throw new Error(new TextDecoder().decode(output.stderr));
  };
  await git("init", "-q", "-b", "main");
  await git("add", "README.md", "src");
  await git("commit", "-q", "-m", "First");
  await git("add", ".");
  await git("commit", "-q", "-m", "Notes and data");
  await write("notes.md", "this is a note\nbuy milk\nfoo\nand more\n");
  await git("commit", "-q", "-a", "-m", "More notes");
  await write("README.md", "# Sample\n\nA small project, changed.\n\n## Use\n\nRun it.\n");
}

// deno-lint-ignore-file no-console
/**
 * Prints the parts of the docs that come from code, or with `--check` says which are out of date.
 */
import { compartments } from "../src/compartments/table.ts";

const root = new URL("../", import.meta.url);

/** Values that stand for a profile's own in the printed table. */
const EXAMPLE = {
  workspace: "the workspace",
  dataDir: "data folder",
  outputDir: "saved outputs",
  programs: ["allowed programs"],
  sandbox: "bubblewrap",
  commandsWithoutSandbox: false,
  helpers: ["bwrap", "keychain command"],
  providers: [{ name: "<provider>", host: "its one host" }],
  grants: [],
} as const;

/** The compartment table as Markdown. */
export function compartmentTable(): string {
  const cells = (values: readonly string[]) =>
    values.length === 0 ? "–" : values.map((value) => value === "*" ? "any" : value).join(", ");
  const rows = compartments(EXAMPLE).map((spec) =>
    `| \`${spec.id}\` (${spec.purpose}) | ${spec.kind} | ${cells(spec.permissions.read)} | ${
      cells(spec.permissions.write)
    } | ${cells(spec.permissions.net)} | ${cells(spec.permissions.run)} |`
  );
  return [
    "| Compartment | Kind | Read | Write | Net | Run |",
    "| --- | --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

/** Puts printed text between its marks. */
function fill(text: string, mark: string, printed: string): string {
  const start = `<!-- printed from ${mark} -->`;
  const from = text.indexOf(start);
  const to = text.indexOf("<!-- end -->", from);
  if (from < 0 || to < 0) throw new Error(`The mark of ${mark} is missing`);
  return `${text.slice(0, from + start.length)}\n\n${printed}\n\n${text.slice(to)}`;
}

if (import.meta.main) {
  const path = new URL("docs/permissions.md", root);
  const before = await Deno.readTextFile(path);
  const draft = fill(before, "src/compartments/table.ts", compartmentTable());
  const beside = new URL(".tmp/permissions.md", root);
  await Deno.mkdir(new URL(".tmp/", root), { recursive: true });
  await Deno.writeTextFile(beside, draft);
  // Formatted as the repository is, so that the check compares like with like.
  await new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", "--no-config", "--line-width=100", beside.pathname],
  }).output();
  const after = await Deno.readTextFile(beside);
  if (Deno.args.includes("--check")) {
    if (after !== before) {
      console.error("docs/permissions.md is out of date: deno run -A scripts/docs.ts");
      Deno.exit(1);
    }
  } else await Deno.writeTextFile(path, after);
}

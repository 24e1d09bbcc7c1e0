// deno-lint-ignore-file no-console
/**
 * Prints the parts of the docs that come from code, or with `--check` says which are out of date.
 */
import { CHANNEL_SERVICES } from "../src/kernel/channels/services.ts";
import { CHANNEL_KINDS } from "../src/model/channels/channel.ts";
import { chatCommandTable } from "../src/kernel/channels/commands.ts";
import { compartments } from "../src/compartments/table.ts";
import { configReference } from "../src/kernel/settings/reference.ts";
import { type Role, ROLE_TEXTS, type RoleRow, ROLES } from "../src/kernel/policy/roles.ts";
import { priceTable } from "../src/kernel/models/prices/price_table.ts";
import { supportTable } from "../src/kernel/models/providers/support_table.ts";
import { describeCommands, helpOf } from "../src/surfaces/cli/command_help.ts";

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
  logins: [{ name: "<account>", hosts: ["its login service"], listens: 0 }],
  mcpLogins: ["<server>"],
  slack: "slack.com",
  api: "daemon.bind:daemon.port",
  channels: CHANNEL_KINDS.map((kind) => ({
    name: `<a bot of ${kind}>`,
    kind,
    hosts: CHANNEL_SERVICES[kind].hosts,
  })),
  browser: { program: "the browser", profile: "its profile" },
  servers: [
    { alias: "<service>", host: "its host", programs: [], read: [], write: [] },
    {
      alias: "<program>",
      host: null,
      programs: ["its command"],
      read: ["what its entry names"],
      write: ["what its entry names"],
    },
  ],
  proxied: [{ cell: "<cell>", socket: "its socket", hosts: ["its granted hosts"] }],
  request: { addresses: ["the checked address of this request"], port: 443 },
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

/** The table of roles as Markdown. */
export function roleTable(): string {
  const word = (value: string | boolean) => value === true ? "yes" : value === false ? "no" : value;
  const names = Object.keys(ROLES) as Role[];
  return [
    `| | ${names.join(" | ")} |`,
    `| --- | ${names.map(() => "---").join(" | ")} |`,
    ...Object.entries(ROLE_TEXTS).map(([key, text]) =>
      `| ${text} | ${names.map((name) => word(ROLES[name][key as keyof RoleRow])).join(" | ")} |`
    ),
  ].join("\n");
}

/** Puts printed text between its marks. */
export function fill(text: string, mark: string, printed: string): string {
  const start = `<!-- printed from ${mark} -->`;
  const from = text.indexOf(start);
  const to = text.indexOf("<!-- end -->", from);
  if (from < 0 || to < 0) throw new Error(`The mark of ${mark} is missing`);
  return `${text.slice(0, from + start.length)}\n\n${printed}\n\n${text.slice(to)}`;
}

/** The help of every command as Markdown; what all of them take stands once. */
export function commandPages(): string {
  return describeCommands().map(({ path }) => {
    const help = helpOf(path);
    const own = path.length === 0 ? help : help.replace(/\nGlobal Options:\n(?: .*\n)+/, "");
    return `## ${["ward", ...path].join(" ")}\n\n\`\`\`text\n${own.trimEnd()}\n\`\`\``;
  }).join("\n\n");
}

/** The pages with printed parts: file, mark, what is printed. */
export const PRINTED: readonly (readonly [string, string, () => string])[] = [
  ["docs/permissions.md", "src/compartments/table.ts", compartmentTable],
  ["docs/permissions.md", "src/kernel/policy/roles.ts", roleTable],
  ["docs/configuration.md", "src/kernel/settings/schema.ts", configReference],
  ["docs/channels.md", "src/kernel/channels/commands.ts", chatCommandTable],
  ["docs/models.md", "src/kernel/models/providers/support_table.ts", supportTable],
  ["docs/budget.md", "src/kernel/models/prices/price_table.ts", priceTable],
  ["docs/commands.md", "the command line", commandPages],
];

if (import.meta.main) {
  let stale = false;
  for (const [name, mark, print] of PRINTED) {
    const path = new URL(name, root);
    const before = await Deno.readTextFile(path);
    const draft = fill(before, mark, print());
    const beside = new URL(".tmp/printed.md", root);
    await Deno.mkdir(new URL(".tmp/", root), { recursive: true });
    await Deno.writeTextFile(beside, draft);
    // Formatted as the repository is, so that the check compares like with like.
    await new Deno.Command(Deno.execPath(), {
      args: ["fmt", "--quiet", "--no-config", "--line-width=100", beside.pathname],
    }).output();
    const after = await Deno.readTextFile(beside);
    if (after === before) continue;
    stale = true;
    if (Deno.args.includes("--check")) console.error(`${name} is out of date: deno task docs`);
    else await Deno.writeTextFile(path, after);
  }
  if (stale && Deno.args.includes("--check")) Deno.exit(1);
}

/** `ward mcp install`: writes the entry of this ward into the file of an editor, once it was seen. */
import { print, type ProfileContext } from "../context.ts";
import { argumentOr, prompterOf } from "../../prompting.ts";
import { ownCommand } from "../../start/own_command.ts";
import { workspaceOf } from "../../start/process.ts";
import { AppError, UsageError } from "../../../base/app_error.ts";
import { readEditorFile, replaceEditorFile } from "../../../host/files/editor_file.ts";
import { systemClock, systemRandom } from "../../../host/process/system.ts";
import { addServer } from "../../../kernel/editors/add_server.ts";
import { editorPath, type EditorRow, EDITORS } from "../../../kernel/editors/editor_table.ts";
import { createRedactor } from "../../../kernel/redaction/create_redactor.ts";
import { REDACTION_CATEGORIES } from "../../../kernel/redaction/patterns.ts";
import { nearest } from "../../../kernel/settings/nearest.ts";
import { configDiff, diffRows } from "../../../surfaces/cli/format/format_onboard.ts";
import type { ParsedCommand } from "../../../surfaces/cli/parsed_command.ts";
import { revealHidden } from "../../../surfaces/cli/sanitize_terminal.ts";

/** Name of the entry. */
const NAME = "ward";

/** Shows the change, asks, and writes. @returns 1 when the user says no. */
export async function mcpInstall(
  command: Extract<ParsedCommand, { type: "mcp_install" }>,
  context: ProfileContext,
): Promise<number> {
  const { stderr } = context;
  const editor = await chosenEditor(command.editor, context);
  const path = pathOf(editor, command.workspace, context);
  const entry = { ...startOf(command, context), ...editor.extra, ...homeOf(context) };
  const before = readEditorFile(path);
  const after = addServer(before, { key: editor.key, name: NAME, entry }, path);
  const report = { editor: editor.name, file: path, changed: after !== before, entry };
  if (!report.changed) {
    print(
      context,
      { ...report, backup: null },
      () => `${editor.title} has this ward already (${revealHidden(path)})\n`,
    );
    return 0;
  }
  stderr.write(diffRows(shownDiff(path, before, after), stderr).join("\n") + "\n");
  if (command.dryRun) {
    print(context, { ...report, changed: false, backup: null }, () => "Nothing was written\n");
    return 0;
  }
  if (!command.yes) {
    const prompter = prompterOf(context);
    if (!prompter) {
      throw new UsageError("editor.confirm", `Would change "${path}"`, {
        hint: "Add --yes to do it, or --dry-run to see it",
      });
    }
    if (!await prompter.confirm({ title: `Write this to ${revealHidden(path)}?` })) return 1;
  }
  const backup = replaceEditorFile(path, { before, after }, systemClock);
  const kept = backup === null ? "" : `; the old one is ${revealHidden(backup)}`;
  print(
    context,
    { ...report, backup },
    () => `Wrote ${revealHidden(path)}${kept}. ${editor.then}\n`,
  );
  return 0;
}

async function chosenEditor(given: string | null, context: ProfileContext): Promise<EditorRow> {
  const name = await argumentOr(context, given, {
    name: "<editor>",
    usage: "ward mcp install <editor>",
    ask: (prompter) =>
      prompter.choose({
        title: "Which editor",
        items: EDITORS.map((one) => ({ value: one.name, label: one.title })),
      }),
  });
  const editor = EDITORS.find((one) => one.name === name);
  if (editor) return editor;
  const names = EDITORS.map((one) => one.name);
  const near = nearest(name, new Set(names));
  throw new UsageError(
    "editor.unknown",
    `Ward does not know the editor "${name}"` + (near ? `; did you mean "${near}"?` : ""),
    { hint: `It knows ${names.join(", ")}; docs/editors.md has the block for others` },
  );
}

function pathOf(editor: EditorRow, workspace: string | null, context: ProfileContext): string {
  const { profile } = context;
  const { variables } = profile.environment;
  const path = editorPath(editor, {
    os: Deno.build.os,
    home: profile.osHome,
    config: variables["XDG_CONFIG_HOME"] ?? null,
    roaming: variables["APPDATA"] ?? null,
    // Only where a file of a project is meant is there a project.
    workspace: workspace === null ? profile.cwd : workspaceOf(profile, workspace).path,
  });
  if (path !== null) return path;
  throw new AppError("editor.unknown", `There is no ${editor.title} on this system`);
}

/** The command of the entry. */
function startOf(
  { workspace }: { readonly workspace: string | null },
  { profile }: ProfileContext,
): { readonly command: string; readonly args: readonly string[] } {
  const { name, source } = profile.paths.profile;
  const own = ownCommand(profile);
  return {
    command: own.program,
    args: [
      ...own.args,
      ...source === "flag" && name !== null ? ["-p", name] : [],
      ...workspace === null ? [] : ["-w", workspaceOf(profile, workspace).path],
      "mcp",
      "serve",
      "self",
    ],
  };
}

/** The variable that names the home, for programs that are started without it. */
function homeOf({ profile: { environment: { variables } } }: ProfileContext) {
  const home = variables["WARD_HOME"];
  return home === undefined ? {} : { env: { WARD_HOME: home } };
}

/** The change without keys of other servers. */
function shownDiff(path: string, before: string, after: string): string {
  const categories = REDACTION_CATEGORIES.filter((one) =>
    !["emails", "ip_addresses"].includes(one)
  );
  const hidden = createRedactor(
    { enabled: true, categories, patterns: {} },
    () => [],
    systemRandom,
  );
  const clean = (text: string) => hidden?.redact(text) ?? text;
  return configDiff(path, clean(before), clean(after));
}

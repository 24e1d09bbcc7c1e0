/** `ward config edit`: the file in the user's editor, checked before anything counts. */
import { fileName } from "./config.ts";
import { changeChecked } from "./config_change.ts";
import { print, type ProfileContext } from "../context.ts";
import { prompterOf } from "../../prompting.ts";
import { AppError, UsageError } from "../../../base/app_error.ts";
import { readConfigFile } from "../../../host/files/config_file.ts";
import { changedMeanwhile } from "../../../host/files/config_writer.ts";
import { editFile, findEditor } from "../../../host/process/editor.ts";
import { writeWhole } from "../../../host/files/write_whole.ts";
import { configExample } from "../../../kernel/settings/example.ts";
import { parseConfig } from "../../../kernel/settings/parse_config.ts";
import type { ParsedCommand } from "../../../surfaces/cli/parsed_command.ts";
import { reportError } from "../../../surfaces/cli/report_error.ts";

/** Edits a copy; it takes the file's place when it passes the check. */
export async function configEdit(
  command: Extract<ParsedCommand, { type: "config_edit" }>,
  context: ProfileContext,
): Promise<number> {
  const { paths, environment } = context.profile;
  const prompter = prompterOf(context);
  if (!prompter) {
    throw new UsageError("config_file.no_terminal", "Cannot open an editor: this is no terminal", {
      hint: "Use `ward config set <key> <value>`",
    });
  }
  const name = fileName(paths.configPath);
  const editor = findEditor(environment);
  const { text } = readConfigFile(paths.configPath, paths.home);
  const draft = `${paths.home}/config.draft.toml`;
  // What an edit that was not finished left behind is the user's; it is gone on with.
  const left = readConfigFile(draft, paths.home).text;
  const goesOn = left !== null &&
    await prompter.confirm({ title: "Go on with the draft of an earlier edit?", initial: true });
  if (!goesOn) writeWhole(draft, text ?? configExample());
  for (;;) {
    await editFile(editor, draft, environment);
    const edited = readConfigFile(draft, paths.home).text ?? "";
    try {
      parseConfig(edited, name);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      reportError(error, context.stderr, { json: false, debug: false });
      if (await prompter.confirm({ title: "Edit again?", initial: true })) continue;
      throw new AppError("settings.not_changed", "Nothing was changed", {
        hint: `Your draft is in "${draft}"; \`ward config edit\` goes on with it`,
      });
    }
    const change = await changeChecked(context, command.yes, (now) => {
      if (now !== (text ?? "")) throw changedMeanwhile(paths.configPath);
      return text === null && edited === configExample() ? null : edited;
    });
    Deno.removeSync(draft);
    print(context, change, () => change.changed ? `Changed ${name}\n` : "Nothing was changed\n");
    return 0;
  }
}

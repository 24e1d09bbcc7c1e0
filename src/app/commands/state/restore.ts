/** `ward restore`: the state of a backup in the place of the profile's. */
import { backupKey, pathOf } from "./backup.ts";
import { print, type ProfileContext } from "../context.ts";
import { checkBackup } from "../../backup/check.ts";
import { withStoreThread } from "../../backup/profile_state.ts";
import { restoreBackup } from "../../backup/restore.ts";
import { statePlaces } from "../../keys/state_places.ts";
import { argumentOr, prompterOf } from "../../prompting.ts";
import { UsageError } from "../../../base/app_error.ts";
import { exists } from "../../../host/files/file_exists.ts";
import { databaseExists } from "../../../host/keys/database_key.ts";
import { systemClock } from "../../../host/process/system.ts";
import { forProfile, grantAgain } from "../../../kernel/policy/grant_command.ts";
import { formatBackup, formatRestored } from "../../../surfaces/cli/format/format_backup.ts";
import { revealHidden } from "../../../surfaces/cli/sanitize_terminal.ts";
import type { ParsedCommand } from "../../../surfaces/cli/parsed_command.ts";

/** Restores one. */
export async function restore(
  command: Extract<ParsedCommand, { type: "restore" }>,
  context: ProfileContext,
): Promise<number> {
  const { paths: { home, dataDir, configPath }, form, environment: { variables } } =
    context.profile;
  const given = await argumentOr(context, command.file, {
    name: "<file>",
    usage: "ward restore <file>",
    ask: (prompter) => prompter.text({ title: "Backup to restore (a file)" }),
  });
  const file = pathOf(context, given);
  if (command.config && configPath !== `${home}/config.toml`) {
    throw new UsageError("restore.config", "Cannot put the configuration back", {
      hint: `WARD_CONFIG names another file, "${configPath}"; restore without --config`,
    });
  }
  const key = await backupKey(file, context);
  // Before anything is asked: a backup that is not whole replaces nothing.
  const checked = await checkBackup({ file, key, form, scratch: home });
  if (databaseExists(dataDir) && !command.yes) {
    const what = `the present state of "${revealHidden(home)}" goes to a folder beside it`;
    const prompter = prompterOf(context);
    if (prompter === null) {
      throw new UsageError("restore.not_confirmed", `Restoring replaces what is there: ${what}`, {
        hint: `To do it without a question: ward restore ${given} --yes`,
      });
    }
    context.stderr.write(formatBackup(checked));
    if (!await prompter.confirm({ title: `Put this in place? ${what}` })) {
      context.stderr.write("Nothing was changed\n");
      return 1;
    }
  }
  const config = command.config || !exists(configPath) && configPath === `${home}/config.toml`;
  Deno.mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const restored = await withStoreThread(form, dataDir, (store, module) =>
    restoreBackup({
      file,
      key,
      places: statePlaces({ home, dataDir, variables }),
      variable: variables["WARD_ENCRYPTION_KEY"],
      store,
      module,
      config,
      nowMs: systemClock.now(),
    }));
  const { paths: { profile } } = context.profile;
  const named = profile.source === "flag" ? profile.name : null;
  const notGranted = restored.notGranted.map((grant) =>
    forProfile(grantAgain(grant, systemClock.now()), named)
  );
  print(context, { ...restored, notGranted }, () => formatRestored({ ...restored, notGranted }));
  return 0;
}

/** `ward secrets rotate-key`: the state of a profile under another key. */
import { print, type ProfileContext } from "../context.ts";
import { readSecret } from "../secrets.ts";
import { listBackups } from "./backup.ts";
import { withStoreThread } from "../../backup/profile_state.ts";
import { rotateKey } from "../../keys/rotate_key.ts";
import { statePlaces } from "../../keys/state_places.ts";
import { prompterOf } from "../../prompting.ts";
import { UsageError } from "../../../base/app_error.ts";
import {
  type DatabaseKey,
  findDatabaseKey,
  newDatabaseKey,
  nextVariableKey,
} from "../../../host/keys/database_key.ts";
import { revealHidden } from "../../../surfaces/cli/sanitize_terminal.ts";
import type { ParsedCommand } from "../../../surfaces/cli/parsed_command.ts";

/** Changes the key of the database. */
export async function secretsRotate(
  command: Extract<ParsedCommand, { type: "secrets_rotate" }>,
  context: ProfileContext,
): Promise<number> {
  const { paths: { home, dataDir }, form, environment: { variables } } = context.profile;
  const places = statePlaces({ home, dataDir, variables });
  const variable = variables["WARD_ENCRYPTION_KEY"];
  const key = await findDatabaseKey({ home, dataDir, variable, keychain: places.keychain });
  const next = key.source === "variable"
    ? await askVariable(context, variable ?? "")
    : { keyHex: newDatabaseKey(), salt: null };
  // Sealed by the present key: nobody can open them afterwards.
  const lost = (await listBackups(home, key)).filter(({ opens }) => opens === true).length;
  if (!command.yes && !await confirm(context, key, lost)) {
    context.stderr.write("Nothing was changed\n");
    return 1;
  }
  const { keyHex: newKeyHex, salt } = next;
  const rows = await withStoreThread(
    form,
    dataDir,
    (store, module) => rotateKey({ places, store, module, key, newKeyHex, salt }),
  );
  const todo = key.source === "variable"
    ? "Set WARD_ENCRYPTION_KEY to the new value wherever you start ward; the former opens " +
      "nothing any more"
    : null;
  const changed = rows === null ? 0 : Object.values(rows).reduce((sum, count) => sum + count, 0);
  const data = { changed: true, kept: key.source, rows, lostBackups: lost, todo };
  print(context, data, () =>
    [
      `The state of "${revealHidden(home)}" is under a new key, kept in ${placeText(key)}; ` +
      `${changed} rows were checked`,
      ...lost === 0
        ? []
        : [`Backups sealed by the former key (${lost}) cannot be opened any more: run ward backup`],
      ...todo === null ? [] : [todo],
    ].join("\n") + "\n");
  return 0;
}

/** The next value of the variable; typed twice, or piped in. */
async function askVariable(
  context: ProfileContext,
  current: string,
): Promise<{ keyHex: string; salt: string | null }> {
  const value = await readSecret("New value of WARD_ENCRYPTION_KEY", context);
  if (prompterOf(context) && await readSecret("The same again", context) !== value) {
    throw new UsageError("key.not_the_same", "The two values are not the same", {
      hint: "Nothing was changed; run ward secrets rotate-key again",
    });
  }
  if (value.toLowerCase() === current.toLowerCase()) {
    throw new UsageError("key.same", "That is the present key", {
      hint: "Give another one: 64 hex digits, or a passphrase; nothing was changed",
    });
  }
  return await nextVariableKey(value);
}

/** Whether the user agrees; without a terminal the command line itself does. */
async function confirm(
  context: ProfileContext,
  key: DatabaseKey,
  lost: number,
): Promise<boolean> {
  const prompter = prompterOf(context);
  if (prompter === null) return true;
  return await prompter.confirm({
    title:
      `Put the state under a new key? The present one (in ${placeText(key)}) opens it no more` +
      (lost === 0 ? "" : `, and nobody can open backups that it seals (${lost})`),
  });
}

function placeText({ source }: DatabaseKey): string {
  switch (source) {
    case "variable":
      return "WARD_ENCRYPTION_KEY";
    case "keychain":
      return "the keychain";
    case "file":
      return "database.key";
  }
}

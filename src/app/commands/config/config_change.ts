/** `ward config set`, `unset` and `restore`: what changes the file. */
import { fileName } from "./config.ts";
import { print, type ProfileContext } from "../context.ts";
import { argumentOr, prompterOf } from "../../prompting.ts";
import { AppError, UsageError } from "../../../base/app_error.ts";
import { readConfigFile } from "../../../host/files/config_file.ts";
import {
  changeConfig,
  changedMeanwhile,
  type ConfigBackup,
  type ConfigChange,
  listBackups,
} from "../../../host/files/config_writer.ts";
import { systemClock } from "../../../host/process/system.ts";
import {
  keyPath,
  knownPath,
  newOpenings,
  setKey,
  unsetKey,
  valueFromWords,
} from "../../../kernel/settings/edit_config.ts";
import { parseConfig } from "../../../kernel/settings/parse_config.ts";
import type { FileSettings } from "../../../kernel/settings/schema/schema.ts";
import { keyRows, knownKeys, valueKind } from "../../../kernel/settings/schema/walk.ts";
import { HIDDEN, keyValues } from "../../../kernel/settings/values.ts";
import type { ParsedCommand } from "../../../surfaces/cli/parsed_command.ts";
import { formatValue } from "../../../surfaces/cli/format/format_config.ts";
import type { Prompter } from "../../../surfaces/prompts/prompter.ts";

type Command<T extends ParsedCommand["type"]> = Extract<ParsedCommand, { type: T }>;

/** Sets one key. */
export async function configSet(
  command: Command<"config_set">,
  context: ProfileContext,
): Promise<number> {
  const name = fileName(context.profile.paths.configPath);
  const usage = "ward config set <key> <value...>";
  const key = await argumentOr(context, command.key, {
    name: "<key>",
    usage,
    ask: (prompter) => askKey(prompter, context),
  });
  const path = knownPath(key, name);
  const words = await argumentOr(context, command.value, {
    name: "<value>",
    usage,
    ask: (prompter) => askValue(prompter, path),
  });
  const value = valueFromWords(path, words);
  const change = await changeChecked(context, command.yes, (text) => {
    return setKey(text, path, value, name);
  });
  print(
    context,
    { key, ...change },
    () => change.changed ? `${key} = ${formatValue(value)}\n` : `${key} had this value already\n`,
  );
  return 0;
}

/** Takes one key or table out. */
export async function configUnset(
  command: Command<"config_unset">,
  context: ProfileContext,
): Promise<number> {
  const { configPath } = context.profile.paths;
  const key = await argumentOr(context, command.key, {
    name: "<key>",
    usage: "ward config unset <key>",
    ask: (prompter) => askSetKey(prompter, context),
  });
  const name = fileName(configPath);
  const change = await changeChecked(context, false, (text) => {
    const after = unsetKey(text, keyPath(key), name);
    if (after === null) knownPath(key, name);
    return after;
  });
  print(
    context,
    { key, ...change },
    () => change.changed ? `${key} is not set any more\n` : `${key} is not in ${name}\n`,
  );
  return 0;
}

/** Puts a backup back. */
export async function configRestore(
  command: Command<"config_restore">,
  context: ProfileContext,
): Promise<number> {
  const { paths } = context.profile;
  const backups = listBackups(paths);
  if (backups.length === 0) {
    throw new UsageError("config_file.no_backup", "There is no backup of the configuration yet", {
      hint: "Each change by `ward config` makes one",
    });
  }
  const wanted = await argumentOr(context, command.backup, {
    name: "<backup>",
    usage: `ward config restore latest|${backups.map(({ name }) => name).join("|")}`,
    ask: (prompter) =>
      prompter.choose({
        title: "Which backup",
        items: backups.map(({ name }, index) => ({
          value: name,
          label: name,
          detail: index === 0 ? "newest" : undefined,
        })),
      }),
  });
  const backup: ConfigBackup | undefined = wanted === "latest"
    ? backups[0]
    : backups.find(({ name }) => name === wanted);
  if (!backup) {
    throw new UsageError("config_file.no_backup", `There is no backup "${wanted}"`, {
      hint: `Allowed: latest, ${backups.map(({ name }) => name).join(", ")}`,
    });
  }
  const text = readConfigFile(backup.path, paths.home).text ?? "";
  parseConfig(text, `backup ${backup.name}`);
  const change = await changeChecked(context, command.yes, () => text);
  print(
    context,
    { restored: backup.name, ...change },
    () =>
      change.changed
        ? `Restored ${backup.name}\n`
        : `The configuration is already as in ${backup.name}\n`,
  );
  return 0;
}

/**
 * Changes the file after asking about what the change opens. The question is asked without the
 * lock, so that it holds nobody up; what was agreed to is then only done to the text it was about.
 *
 * @param change Gives the new text, checked against the schema; null for no change.
 */
export async function changeChecked(
  context: ProfileContext,
  yes: boolean,
  change: (text: string) => string | null,
): Promise<ConfigChange> {
  const { paths } = context.profile;
  const { text } = readConfigFile(paths.configPath, paths.home);
  const after = change(text ?? "");
  if (after === null) return { changed: false, backup: null };
  const opens = await askAboutOpenings(context, { before: text, after, yes });
  return await changeConfig(paths, systemClock, (now) => {
    if (now === (text ?? "")) return after;
    if (opens) throw changedMeanwhile(paths.configPath);
    return change(now);
  });
}

/**
 * Asks; comes back when the change may be made.
 *
 * @returns Whether it opens anything.
 * @throws {UsageError} `settings.needs_yes` where nobody can say yes.
 * @throws {AppError} `settings.not_changed` when it is a no.
 */
export async function askAboutOpenings(
  context: ProfileContext,
  { before, after, yes }: { before: string | null; after: string; yes: boolean },
): Promise<boolean> {
  const name = fileName(context.profile.paths.configPath);
  const openings = newOpenings(fileOrNull(before, name), parseConfig(after, name).file);
  if (openings.length === 0 || yes) return openings.length > 0;
  const prompter = prompterOf(context);
  if (!prompter) {
    throw new UsageError("settings.needs_yes", `This opens ward up:\n${openings.join("\n")}`, {
      hint: "Add --yes if you mean it; nothing was changed",
    });
  }
  for (const opening of openings) context.stderr.write(`! ${opening}\n`);
  if (await prompter.confirm({ title: "This opens ward up. Change it?" })) return true;
  throw new AppError("settings.not_changed", "Nothing was changed");
}

function fileOrNull(text: string | null, name: string): FileSettings | null {
  try {
    return parseConfig(text, name).file;
  } catch {
    return null;
  }
}

async function askKey(prompter: Prompter, context: ProfileContext): Promise<string> {
  const { profile } = context;
  const values = profile.config.ok
    ? keyValues(profile.config.parsed, profile.environment.variables, [])
    : [];
  const key = await prompter.choose({
    title: "Which key",
    items: keyRows().map(({ key, description }) => {
      const now = values.find((one) => one.key === key);
      const value = now?.value === null || now === undefined ? "" : `${formatValue(now.value)}  `;
      return { value: key, label: key, detail: `${value}${description}` };
    }),
  });
  if (!key.includes("<name>")) return key;
  const name = await prompter.text({
    title: "Name of the provider",
    check: (text) =>
      /^(?!builtin$)[a-z0-9][a-z0-9_-]*$/.test(text)
        ? null
        : "Allowed: lower-case letters, digits, - and _",
  });
  return key.replace("<name>", name);
}

async function askValue(prompter: Prompter, path: readonly string[]): Promise<string[]> {
  const key = path.join(".");
  if (knownKeys(path).length > 0) return [""];
  const pattern = path[0] === "providers" ? ["providers", "<name>", ...path.slice(2)] : path;
  const row = keyRows().find((one) => one.key === pattern.join("."));
  const isList = valueKind(path) === "list";
  const hint = isList ? ", with commas" : "";
  const text = await prompter.text({ title: `${key} (${row?.allowed ?? "a value"}${hint})` });
  if (!isList || text.startsWith("[")) return [text];
  return text.split(",").map((word) => word.trim()).filter((word) => word !== "");
}

/** A key that the file has; of a broken file it must be typed. */
async function askSetKey(prompter: Prompter, context: ProfileContext): Promise<string> {
  const { config, environment } = context.profile;
  if (!config.ok) return await prompter.text({ title: "Key to take out" });
  const set = keyValues(config.parsed, environment.variables, [])
    .filter(({ key }) => config.parsed.isSet(key));
  if (set.length === 0) {
    throw new UsageError("config_file.empty", "The configuration sets no key", {
      hint: "See `ward config example` for all keys",
    });
  }
  return await prompter.choose({
    title: "Which key",
    items: set.map(({ key, value }) => ({
      value: key,
      label: key,
      detail: value === HIDDEN ? HIDDEN : formatValue(value),
    })),
  });
}

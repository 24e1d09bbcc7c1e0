/** `ward config`: works on the file itself, also when it is broken. Here: what only reads. */
import { print, type ProfileContext } from "../context.ts";
import { exists } from "../../../host/files/file_exists.ts";
import { knownPath } from "../../../kernel/settings/edit_config.ts";
import { configExample } from "../../../kernel/settings/example.ts";
import type { ParsedConfig } from "../../../kernel/settings/parse_config.ts";
import { keyValues } from "../../../kernel/settings/values.ts";
import { formatKeyValues, formatValue } from "../../../surfaces/cli/format/format_config.ts";

/** Prints where `config.toml` is, whether it exists or not. */
export function configPath(context: ProfileContext): number {
  const { configPath } = context.profile.paths;
  print(context, { path: configPath }, () => configPath + "\n");
  return 0;
}

/** Prints values in force; 1 when the one key that was asked for has none. */
export function configGet(key: string | null, context: ProfileContext): number {
  const { environment, paths } = context.profile;
  const path = key === null ? [] : knownPath(key, fileName(paths.configPath));
  const values = keyValues(shown(context), environment.variables, path);
  const [first] = values;
  if (first && first.key === key) {
    print(context, first, () => first.value === null ? "" : formatValue(first.value) + "\n");
    return first.value === null ? 1 : 0;
  }
  print(context, values, () => formatKeyValues(values, context.stdout));
  return 0;
}

/** Says whether the file is in order; what is wrong with it is the error. */
export function configCheck(context: ProfileContext): number {
  const { config, paths: { configPath, warnings }, configWarnings } = context.profile;
  if (!config.ok) throw config.error;
  const all = [...warnings, ...configWarnings, ...config.parsed.warnings];
  const isThere = exists(configPath);
  print(
    context,
    { path: configPath, exists: isThere, warnings: all },
    () =>
      [
        ...all.map((warning) => `! ${warning}`),
        isThere ? `${configPath} is in order` : `${configPath} is not there: defaults are in force`,
      ].join("\n") + "\n",
  );
  return 0;
}

/** Prints every key with its default and description. */
export function configExampleText(context: ProfileContext): number {
  const text = configExample();
  print(context, { text }, () => text);
  return 0;
}

/** The name of the file as messages show it. */
export function fileName(configPath: string): string {
  return configPath.replace(/^.*\//, "");
}

/** What the configuration says, or what is wrong with it. One that others can change is shown. */
function shown({ profile: { config } }: ProfileContext): ParsedConfig {
  if (config.ok) return config.parsed;
  if (config.exposed) return config.exposed;
  throw config.error;
}

import type { ParsedConfig } from "./parse_config.ts";
import { valueAt } from "./parse_config.ts";
import { KEY_VARIABLES } from "./resolve.ts";
import type { SecretSetting } from "./schema/keys.ts";
import { keyRows } from "./schema/walk.ts";

/** A key with the value in force, for `ward config get`. */
export interface KeyValue {
  readonly key: string;
  /** null: not set, and no default. A secret is never here, only how it is named. */
  readonly value: unknown;
  /** `default`, `config.toml`, `variable WARD_MODEL`. */
  readonly source: string;
}

/** Stands for a secret that is written out. */
export const HIDDEN = "(not shown)";

/**
 * The values in force at a path and below it.
 *
 * @param path Empty for all.
 * @param variables Those ward took at its start.
 */
export function keyValues(
  config: ParsedConfig,
  variables: Readonly<Record<string, string>>,
  path: readonly string[],
): KeyValue[] {
  const prefix = path.join(".");
  return keyRows().flatMap((row) =>
    row.key.includes("<name>")
      ? namesIn(config, row.key).map((name) => ({ ...row, key: row.key.replace("<name>", name) }))
      : [row]
  ).filter(({ key }) => prefix === "" || key === prefix || key.startsWith(`${prefix}.`))
    .map(({ key, secret }) => {
      const variable = KEY_VARIABLES[key];
      const overlay = variable === undefined ? undefined : variables[variable]?.trim();
      const value = overlay || valueAt(config.file, key.split("."));
      return {
        key,
        value: value === undefined ? null : secret ? secretText(value) : value,
        source: overlay ? `variable ${variable}` : config.isSet(key) ? "config.toml" : "default",
      };
    });
}

/** Names that are in a table of names. */
function namesIn(config: ParsedConfig, key: string): string[] {
  const table = key.slice(0, key.indexOf(".<name>")).split(".");
  return Object.keys(valueAt(config.file, table) ?? {});
}

function secretText(value: unknown): string {
  const secret = value as SecretSetting | string;
  if (typeof secret !== "string") {
    if (secret.type === "variable") return `\${${secret.name}}`;
    if (secret.type === "saved") {
      return secret.name === null ? "keychain" : `keychain:${secret.name}`;
    }
  }
  return HIDDEN;
}

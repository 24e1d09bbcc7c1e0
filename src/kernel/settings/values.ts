import type { ParsedConfig } from "./parse_config.ts";
import { valueAt } from "./parse_config.ts";
import { KEY_VARIABLES } from "./resolve.ts";
import type { SecretSetting } from "./schema/keys.ts";
import type { FileSettings } from "./schema/schema.ts";
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
  return keyRows().flatMap((row) => namedKeys(config.file, row.key).map((key) => ({ ...row, key })))
    .filter(({ key }) => prefix === "" || key === prefix || key.startsWith(`${prefix}.`))
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

/** A key of the schema as keys of a file: one for each name where it stands in a table of names. */
export function namedKeys(file: FileSettings, key: string): string[] {
  const at = key.indexOf(".<name>");
  if (at < 0) return [key];
  const names = Object.keys(valueAt(file, key.slice(0, at).split(".")) ?? {});
  return names.flatMap((name) => namedKeys(file, key.replace("<name>", name)));
}

/** Whether a key holds a secret, also one in a table of names. */
export function isSecretKey(path: readonly string[]): boolean {
  return keyRows().some(({ key, secret }) => {
    const parts = key.split(".");
    return secret && parts.length === path.length &&
      parts.every((part, at) => part === "<name>" || part === path[at]);
  });
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

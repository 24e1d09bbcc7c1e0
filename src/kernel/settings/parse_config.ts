import { parse, TomlError } from "smol-toml";
import * as z from "zod";
import { UsageError } from "../../base/app_error.ts";
import { keyLines, type PathPart } from "./key_lines.ts";
import { nearest } from "./nearest.ts";
import { CONFIG_VERSION, configSchema, type FileSettings } from "./schema/schema.ts";
import { webhookSecrets } from "./api_settings.ts";
import { channelSecrets } from "./channel_settings.ts";
import { profileSecrets } from "./http_settings.ts";
import { mcpValueEntries, mcpVariables } from "./mcp_settings.ts";
import { type KeyText, keyTexts, type SecretSetting } from "./schema/keys.ts";
import { knownKeys, nameText, schemaAt } from "./schema/walk.ts";

/** A config file that passed the check. */
export interface ParsedConfig {
  /** Values, with defaults where the file says nothing. */
  readonly file: FileSettings;
  /** Whether the file itself gives a key, by dotted path. */
  isSet(key: string): boolean;
  /** What works but should be changed; never a secret. */
  readonly warnings: readonly string[];
}

/**
 * Checks the text of `config.toml`.
 *
 * @param text The file's text; null when there is no file, which is not an error.
 * @param fileName Name for the messages, such as `config.toml`.
 * @throws {UsageError} `settings.syntax` with line and column, `settings.invalid` with all wrong
 * keys, one a line: `config.toml:LINE: key "x": found …, allowed …`.
 */
export function parseConfig(text: string | null, fileName: string): ParsedConfig {
  const raw = text === null ? {} : parseToml(text, fileName);
  const lines = keyLines(text ?? "");
  const at = (path: readonly PathPart[]) => {
    const line = lines.lineOf(path);
    return line === null ? fileName : `${fileName}:${line}`;
  };
  // Before all else: what a newer form changed would show up as any number of wrong keys.
  if (typeof raw["version"] === "number" && raw["version"] > CONFIG_VERSION) {
    throw new UsageError(
      "settings.newer",
      `${at(["version"])}: key "version": found ${raw["version"]}, allowed ${CONFIG_VERSION}: ` +
        "a newer ward wrote this file",
      { hint: "Use that version of ward; nothing was changed" },
    );
  }
  // A file is checked once: writing code for that takes longer than the check.
  const result = configSchema.safeParse(raw, { jitless: true });
  if (!result.success) {
    const problems = result.error.issues.flatMap((issue) => describe(issue, raw, at));
    throw new UsageError("settings.invalid", problems.join("\n"), {
      hint: "Correct the file; nothing was changed",
    });
  }
  const file = result.data;
  return {
    file,
    isSet: (key) => valueAt(raw, key.split(".")) !== undefined,
    warnings: configWarnings(file, at),
  };
}

/** Names of the variables that the file takes secrets from. */
export function referencedVariables(file: FileSettings): string[] {
  const secrets = [
    file.model.api_key,
    file.web.search_key,
    ...Object.values(file.providers).map((one) => one.api_key),
    ...profileSecrets(file).map(({ setting }) => setting),
    ...channelSecrets(file).map(({ setting }) => setting),
    ...webhookSecrets(file).map(({ setting }) => setting),
  ];
  const names = [
    ...secrets.flatMap((one) => one?.type === "variable" ? [one.name] : []),
    ...mcpValueEntries(file).flatMap(mcpVariables),
  ];
  return [...new Set(names)];
}

/**
 * Parses a text as TOML, without looking at keys.
 *
 * @throws {UsageError} `settings.syntax` with line and column.
 */
export function parseToml(text: string, fileName: string): Record<string, unknown> {
  try {
    // A byte-order mark is legal before a TOML document but not known to the parser.
    return parse(text.replace(/^\ufeff/, ""));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // Only the first line: the rest of the message quotes the file, which may hold a key.
    const what = error.message.split("\n")[0]?.replace(/^Invalid TOML document: /, "") ?? "";
    throw new UsageError(
      "settings.syntax",
      `${fileName}:${error.line}:${error.column}: the file is not TOML: ${what}`,
      { hint: "Correct the file; nothing was changed" },
    );
  }
}

function describe(
  issue: z.core.$ZodIssue,
  raw: unknown,
  at: (path: readonly PathPart[]) => string,
): string[] {
  const path = issue.path.map((part) => typeof part === "number" ? part : String(part));
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((name) => unknownKey(path, name, at([...path, name])));
  }
  const like: unknown = issue.code === "custom" ? issue.params?.["like"] : undefined;
  if (typeof like === "string") {
    const allowed = "names that differ in more than their case";
    return [
      `${at(path)}: key ${shown(path)}: found a name like "${clip(like)}", allowed ${allowed}`,
    ];
  }
  const schema = schemaAt(path);
  const text: KeyText | null | undefined = issue.code === "invalid_key"
    ? nameText(path.slice(0, -1))
    : schema && keyTexts.get(schema);
  const allowed = text?.allowed ??
    `a table with ${knownKeys(path).join(", ")}`;
  const found = issue.code === "invalid_key"
    ? `the name "${clip(String(path.at(-1)))}"`
    : foundText(valueAt(raw, path), !text || text.secret === true);
  return [`${at(path)}: key ${shown(path)}: found ${found}, allowed ${allowed}`];
}

/**
 * The message about a key that is not in the schema.
 *
 * @param path The table it is looked for in.
 * @param where `config.toml:4`.
 */
export function unknownKey(path: readonly PathPart[], name: string, where: string): string {
  const known = knownKeys(path);
  const meant = nearest(name, known);
  const elsewhere = meant === null ? sectionOf(name) : null;
  const near = meant !== null
    ? `; did you mean "${dotted([...path, meant])}"?`
    : elsewhere !== null
    ? `; did you mean "${elsewhere}"?`
    : "";
  const allowed = known.length > 0 ? `, allowed ${known.join(", ")}` : "";
  return `${where}: key ${shown([...path, name])}: found an unknown key${allowed}${near}`;
}

/** Full key of a name that stands in the wrong section, if just one section has it. */
function sectionOf(name: string): string | null {
  const owners = knownKeys([]).filter((section) => knownKeys([section]).includes(name));
  return owners.length === 1 ? `${owners[0]}.${name}` : null;
}

function foundText(value: unknown, hidden: boolean): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value instanceof Date) return "a date";
  if (typeof value === "object" && value !== null) return "a table";
  // An address with a user name in it holds a password.
  if (hidden || (typeof value === "string" && value.includes("@"))) {
    return typeof value === "string" ? "a text (not shown)" : `a ${typeof value}`;
  }
  return typeof value === "string" ? JSON.stringify(clip(value)) : String(value);
}

function clip(value: string): string {
  return value.length > 60 ? value.slice(0, 60) + "…" : value;
}

const dotted = (path: readonly PathPart[]) => path.join(".");
const shown = (path: readonly PathPart[]) => JSON.stringify(clip(dotted(path)));

/** The value at a path of plain objects and lists; undefined when there is none. */
export function valueAt(raw: unknown, path: readonly PathPart[]): unknown {
  let value = raw;
  for (const part of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) {
      return undefined;
    }
    value = (value as Record<PathPart, unknown>)[part];
  }
  return value;
}

/** Names of the saved secrets that the file takes keys from. */
export function savedNames(file: FileSettings): string[] {
  const names = Object.entries(file.providers).flatMap(([provider, { api_key }]) =>
    [provider, savedName(api_key, provider)].filter((name) => name !== null)
  );
  const more = [
    savedName(file.model.api_key, file.model.provider),
    savedName(file.web.search_key, file.web.search),
    ...profileSecrets(file).map(({ setting, savedAs }) => savedName(setting, savedAs)),
    ...channelSecrets(file).map(({ setting, savedAs }) => savedName(setting, savedAs)),
    ...webhookSecrets(file).map(({ setting, savedAs }) => savedName(setting, savedAs)),
    ...mcpValueEntries(file).map(({ setting, savedAs }) =>
      setting.type === "saved" ? setting.name ?? savedAs : null
    ),
  ].filter((name) => name !== null);
  return [...new Set([...names, ...more])];
}

/** Name of the saved secret that a key is taken from; null when it is none. */
export function savedName(
  secret: SecretSetting | undefined,
  provider: string | undefined,
): string | null {
  return secret?.type === "saved" ? secret.name ?? provider ?? "model" : null;
}

function configWarnings(
  file: FileSettings,
  at: (path: readonly PathPart[]) => string,
): string[] {
  const warnings: string[] = [];
  const check = (
    path: string[],
    part: { api_key?: unknown; api_base?: string | undefined },
    [keyName, baseName, saved] = ["api_key", "api_base", path[1] ?? "model"],
  ) => {
    const keyPath = [...path, keyName];
    if ((part.api_key as { type?: string } | undefined)?.type === "plain") {
      warnings.push(
        `${at(keyPath)}: key ${shown(keyPath)} holds the key itself; save it instead: ` +
          `ward secrets set ${saved}, then "keychain"`,
      );
    }
    const basePath = [...path, baseName];
    if (part.api_base !== undefined && sendsInTheClear(part.api_base)) {
      warnings.push(
        `${at(basePath)}: key ${shown(basePath)} is not https: prompts and keys can be read on ` +
          "the way",
      );
    }
  };
  check(["model"], file.model);
  for (const [name, one] of Object.entries(file.providers)) check(["providers", name], one);
  const { search, search_key: api_key, search_base: api_base } = file.web;
  check(["web"], { api_key, api_base }, ["search_key", "search_base", search]);
  return warnings;
}

/** Whether an address sends prompts and keys over a network in the clear. */
export function sendsInTheClear(address: string): boolean {
  const { protocol, hostname } = new URL(address);
  const here = hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
  return protocol === "http:" && !here;
}

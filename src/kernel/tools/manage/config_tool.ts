import * as z from "zod";
import { AppError } from "../../../base/app_error.ts";
import type { Access, SettingAccess } from "../../../model/cells/permission.ts";
import type { ToolResult } from "../../../model/conversation/tool.ts";
import type { Tool } from "../../ports.ts";
import {
  knownPath,
  newOpenings,
  setKey,
  unsetKey,
  valueFromWords,
} from "../../settings/edit_config.ts";
import { parseConfig } from "../../settings/parse_config.ts";
import { knownKeys } from "../../settings/schema/walk.ts";
import { isSecretKey, type KeyValue, keyValues } from "../../settings/values.ts";

/** What the tool works with. */
export interface ConfigToolDeps {
  /** Name of the file, for messages. */
  readonly fileName: string;
  /** Variables that ward took at its start; some win over the file. */
  readonly variables: Readonly<Record<string, string>>;
  /** The file as it is now; empty when there is none. */
  readText(): string;
  /**
   * Writes the new text, with a backup of the old one.
   *
   * @throws {AppError} `config_file.changed` when the file is not `before` any more.
   */
  writeText(before: string, after: string): Promise<void>;
}

const schema = z.strictObject({
  action: z.enum(["list", "get", "set", "unset"]),
  key: z.string().optional(),
  value: z.union([z.string(), z.array(z.string())]).optional(),
});

type Arguments = z.infer<typeof schema>;

/**
 * Keys that change how answers come about and nothing else. Every other one is about what ward may
 * do, whom it trusts, where it sends what, or what it may spend: a key that is new is one of those.
 */
const HARMLESS = /^(?:routing\..+|model\.(?:reasoning_effort|context_tokens|max_output_tokens))$/;

/** The tool `manage_config`: reads settings without their secrets; each change is asked about. */
export function createConfigTool(deps: ConfigToolDeps): Tool<Arguments> {
  return {
    name: "manage_config",
    description: "Read ward's settings, or change one (the user is asked; from the next start on)",
    schema,
    flags: {
      readOnly: false,
      externalSideEffect: false,
      needsApproval: true,
      idempotent: true,
      highImpactWrite: true,
    },
    plan(args) {
      const { action, key } = args;
      if (action === "list" || action === "get") {
        return {
          accesses: [],
          title: key === undefined ? "read settings" : `read setting ${key}`,
          readOnly: true,
          execute: () => Promise.resolve(read(deps, args)),
        };
      }
      const change = planChange(deps, args);
      return {
        accesses: [change.access] satisfies Access[],
        title: `${action} setting ${key}`,
        readOnly: false,
        async execute() {
          await deps.writeText(change.before, change.after);
          const summary = `${change.access.change}; it counts from the next start of ward`;
          return { ok: true, content: summary, summary, effects: [`setting ${key}`] };
        },
      };
    },
  };
}

function read(deps: ConfigToolDeps, { key, action }: Arguments): ToolResult {
  if (action === "get" && key === undefined) throw needsKey(action);
  const path = key === undefined ? [] : knownPath(key, deps.fileName);
  const values = valuesOf(deps, deps.readText(), path);
  const summary = values.length === 1 ? "1 setting" : `${values.length} settings`;
  return { ok: true, content: values.map(line).join("\n"), summary, effects: [] };
}

/** The change as it would be; checked against the schema before anybody is asked. */
function planChange(
  deps: ConfigToolDeps,
  { action, key, value }: Arguments,
): { before: string; after: string; access: SettingAccess } {
  if (key === undefined) throw needsKey(action);
  const { fileName } = deps;
  const path = knownPath(key, fileName);
  if (knownKeys(path).length > 0) {
    throw new AppError(
      "tools.setting_table",
      `"${key}" is a table: change one key of it at a time`,
    );
  }
  if (isSecretKey(path)) {
    throw new AppError(
      "tools.setting_secret",
      `"${key}" is a secret, which no tool reads or sets`,
      {
        hint: "Tell the user to run: ward secrets set <name>",
      },
    );
  }
  const before = deps.readText();
  let after: string | null;
  if (action === "unset") after = unsetKey(before, path, fileName);
  else {
    if (value === undefined) throw new AppError("tools.no_value", "set needs a value");
    const words = typeof value === "string" ? [value] : value;
    after = setKey(before, path, valueFromWords(path, words), fileName);
  }
  if (after === null || after === before) {
    throw new AppError("tools.no_change", `"${key}" is so already: nothing would change`);
  }
  const shown = (text: string) => valuesOf(deps, text, path).map(valueText).join(", ");
  return {
    before,
    after,
    access: {
      permission: "setting",
      key,
      change: `${key}: ${shown(before)} → ${shown(after)}`,
      opens: newOpenings(parseConfig(before, fileName).file, parseConfig(after, fileName).file),
      guards: !HARMLESS.test(key),
    },
  };
}

function valuesOf(deps: ConfigToolDeps, text: string, path: readonly string[]): KeyValue[] {
  return keyValues(parseConfig(text, deps.fileName), deps.variables, path);
}

function line(value: KeyValue): string {
  return `${value.key} = ${valueText(value)} (${value.source})`;
}

function valueText({ value }: KeyValue): string {
  return value === null ? "not set" : JSON.stringify(value);
}

function needsKey(action: string): AppError {
  return new AppError("tools.no_key", `${action} needs a key, such as "model.name"`);
}

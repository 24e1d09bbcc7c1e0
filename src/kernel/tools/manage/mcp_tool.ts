import * as z from "zod";
import { AppError } from "../../../base/app_error.ts";
import type { SettingAccess } from "../../../model/cells/permission.ts";
import type { ToolResult } from "../../../model/conversation/tool.ts";
import { ALIAS } from "../../../model/mcp/server.ts";
import type { Tool, ToolPlan } from "../../ports.ts";
import { type ServerEntry, setEntry, setEntryValue, unsetEntry } from "../../mcp/entries.ts";
import { newOpenings } from "../../settings/edit_config.ts";
import { quoteWord } from "../../policy/grant_command.ts";
import { savedSecretOf } from "../../settings/mcp_settings.ts";
import { parseConfig } from "../../settings/parse_config.ts";

/** A server as the tool tells of it. */
export interface ServerLine {
  readonly alias: string;
  /** Its program with arguments, or its address. */
  readonly place: string;
  /** `used, 12 tools`, `disabled`. */
  readonly state: string;
}

/** What the tool works with. */
export interface McpToolDeps {
  readonly fileName: string;
  readText(): string;
  /** See `ConfigToolDeps.writeText`. */
  writeText(before: string, after: string): Promise<void>;
  list(): Promise<readonly ServerLine[]>;
  /** Ends a server, or all; the next call starts it anew, without a wait. @returns False: there is none. */
  restart(alias: string): Promise<boolean>;
}

/** Commands that a model may add by itself, once the user agreed; of any other the user is told what it is. */
export const KNOWN_COMMANDS: ReadonlySet<string> = new Set([
  "npx",
  "uvx",
  "node",
  "python",
  "python3",
]);

const schema = z.strictObject({
  action: z.enum(["list", "add", "remove", "enable", "disable", "set_env", "restart"]),
  name: z.string().regex(ALIAS).optional(),
  command: z.string().min(1).max(1024).optional(),
  args: z.array(z.string().max(4096)).max(64).optional(),
  url: z.string().min(1).max(2048).optional(),
  description: z.string().max(1000).optional(),
  /** Of set_env. */
  variable: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/).optional(),
});

type Arguments = z.infer<typeof schema>;

/**
 * The tool `manage_mcp`: lists servers, changes their entries and starts one again. Each change is
 * asked about; no value of a variable passes through a model.
 */
export function createMcpTool(deps: McpToolDeps): Tool<Arguments> {
  return {
    name: "manage_mcp",
    description: "List, add, remove, enable, disable or restart MCP servers; set_env names a " +
      "variable whose value the user saves. The user is asked, and approves a new server's tools",
    schema,
    flags: {
      readOnly: false,
      externalSideEffect: true,
      needsApproval: true,
      idempotent: true,
      highImpactWrite: true,
    },
    plan(args) {
      const { action, name } = args;
      if (action === "list") {
        return free("list MCP servers", true, async () => listed(await deps.list()));
      }
      if (name === undefined) throw new AppError("tools.no_id", `${action} needs a name`);
      if (action === "restart") {
        return free(`restart the MCP server ${name}`, false, async () => {
          const content = await deps.restart(name)
            ? `The server "${name}" is started anew by its next call`
            : `No server "${name}" is in use`;
          return { ok: true, content, summary: content, effects: [`restart ${name}`] };
        });
      }
      return planChange(deps, args, action, name);
    },
  };
}

function free(title: string, readOnly: boolean, execute: ToolPlan["execute"]): ToolPlan {
  return { accesses: [], title, readOnly, execute };
}

function listed(lines: readonly ServerLine[]): ToolResult {
  const content = lines.length === 0
    ? "No MCP server is set up"
    : lines.map(({ alias, place, state }) => `${alias}: ${place} (${state})`).join("\n");
  return { ok: true, content, summary: `${lines.length} servers`, effects: [] };
}

/** The change as it would be; checked against the schema before anybody is asked. */
function planChange(
  deps: McpToolDeps,
  args: Arguments,
  action: Exclude<Arguments["action"], "list" | "restart">,
  name: string,
): ToolPlan {
  const { fileName } = deps;
  const before = deps.readText();
  const { after, what, next, warning } = change();
  if (after === null || after === before) {
    throw new AppError("tools.no_change", `"${name}" is so already: nothing would change`);
  }
  const access: SettingAccess = {
    permission: "setting",
    key: `mcpServers.${name}`,
    change: `mcpServers.${name}: ${what}`,
    opens: [
      ...warning === null ? [] : [warning],
      ...newOpenings(parseConfig(before, fileName).file, parseConfig(after, fileName).file),
    ],
    guards: true,
  };
  return {
    accesses: [access],
    title: `${action} the MCP server ${name}`,
    readOnly: false,
    async execute() {
      await deps.writeText(before, after);
      const content = `${access.change}. ${next}`;
      return { ok: true, content, summary: content, effects: [`setting mcpServers.${name}`] };
    },
  };

  function change(): {
    readonly after: string | null;
    readonly what: string;
    readonly next: string;
    readonly warning: string | null;
  } {
    switch (action) {
      case "add": {
        const entry = entryOf(args);
        const isKnown = entry.command === undefined || KNOWN_COMMANDS.has(entry.command);
        return {
          after: setEntry(before, name, entry, fileName),
          // All that is written, so that nothing lasts that nobody saw.
          what: [
            entry.url ?? [entry.command ?? "", ...entry.args ?? []].map(quoteWord).join(" "),
            ...entry.description === undefined
              ? []
              : [`described as ${JSON.stringify(entry.description)}`],
          ].join(", "),
          next: `The user looks at its tools and approves them: ward mcp approve ${name}`,
          warning: isKnown
            ? null
            : `"${entry.command}" is none of the usual commands (${
              [...KNOWN_COMMANDS].join(", ")
            })`,
        };
      }
      case "remove":
        return {
          after: unsetEntry(before, name, fileName),
          what: "removed",
          next: "It counts from the next start of ward",
          warning: null,
        };
      case "enable":
      case "disable":
        return {
          after: setEntryValue(before, [name, "enabled"], action === "enable", fileName),
          what: `${action}d`,
          next: "It counts from the next start of ward",
          warning: null,
        };
      case "set_env": {
        const { variable } = args;
        if (variable === undefined) {
          throw new AppError("tools.no_value", "set_env needs a variable");
        }
        return {
          after: setEntryValue(before, [name, "env", variable], "keychain", fileName),
          what: `${variable} is taken from the saved secrets`,
          next:
            `The user saves its value: ward secrets set ${savedSecretOf(name, variable)}; then ` +
            `ward mcp approve ${name}`,
          warning: null,
        };
      }
    }
  }
}

function entryOf({ command, args, url, description }: Arguments): ServerEntry {
  if ((command === undefined) === (url === undefined)) {
    throw new AppError("tools.no_value", "add needs a command or a url, not both");
  }
  if (command !== undefined && /[\s;&|<>$`"'\\(){}*?!#~]/.test(command)) {
    throw new AppError("tools.bad_command", "A command is one program; its arguments are args");
  }
  return {
    ...command === undefined ? {} : { command },
    ...command === undefined || args === undefined || args.length === 0 ? {} : { args },
    ...url === undefined ? {} : { url },
    ...description === undefined ? {} : { description },
  };
}

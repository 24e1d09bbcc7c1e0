/** What `ward permissions explain` and `grant` speak of: a kind and its value, as typed or asked for. */
import type { CommandContext } from "./context.ts";
import { realPath } from "../policy.ts";
import { argumentOr } from "../prompting.ts";
import type { Ward } from "../ward.ts";
import { AppError, UsageError } from "../../base/app_error.ts";
import { isNeverPassed } from "../../kernel/commands/child_env.ts";
import { grantProgram } from "../../kernel/commands/rules.ts";
import { cellHost } from "../../kernel/net/cell_hosts.ts";
import { isSystemPath, normalizePath, within } from "../../model/cells/paths.ts";
import { GRANTABLE_KINDS, type GrantableKind } from "../../model/cells/permission.ts";

/** What is asked about or granted; what was left out is asked for. */
export async function subjectOf(
  given: { readonly permission: GrantableKind | null; readonly value: string | null },
  usage: string,
  context: CommandContext,
): Promise<{ permission: GrantableKind; value: string }> {
  const permission = await argumentOr(context, given.permission, {
    name: "<kind>",
    usage,
    ask: (prompter) =>
      prompter.choose({
        title: "What kind",
        items: GRANTABLE_KINDS.map((kind) => ({
          value: kind,
          label: kind,
          detail: KIND_TEXTS[kind],
        })),
      }),
  });
  const value = await argumentOr(context, given.value, {
    name: "<value>",
    usage,
    ask: (prompter) =>
      prompter.text({
        title: KIND_TEXTS[permission],
        check: (text) => text === "" ? "It needs a value" : null,
      }),
  });
  return { permission, value };
}

const KIND_TEXTS: Readonly<Record<GrantableKind, string>> = {
  read: "File or folder to read",
  write: "File or folder to write",
  run: "Program with its words",
  net: "Host to reach",
  env: "Variable to pass on",
  mcp: "Tool of an MCP server, as alias/tool; alias/* is all of them",
  trust: "Session whose reading from outside binds it no more",
};

/** The compartment that a kind belongs to. */
export function compartmentOf(permission: GrantableKind, value: string): string {
  if (permission === "trust") return "session";
  return permission === "mcp" ? `mcp:${value.split("/", 1)[0] ?? ""}` : "hands";
}

/** Compartments whose grants are as the question names them; a bot's are of one chat each. */
const AS_ASKED = /^(?:web|browser|slack|channel:[a-z0-9][a-z0-9_]{0,31})$/;

/** The room of another agent. */
const AGENT = /^agent:[a-z0-9][a-z0-9_-]{0,31}$/;

/** Whether a compartment besides the hands can be granted hosts. */
export function takesHosts(compartment: string): boolean {
  return AS_ASKED.test(compartment) || AGENT.test(compartment);
}

/**
 * The value as a grant holds it.
 *
 * @throws {UsageError} `permissions.not_grantable`, with the reason.
 */
export function valueFor(
  ward: Ward,
  { compartment, permission, value }: {
    readonly compartment: string;
    readonly permission: GrantableKind;
    readonly value: string;
  },
): string {
  if (AS_ASKED.test(compartment)) return value;
  // As the question names it: what an agent does with a host is more than reading.
  if (AGENT.test(compartment)) return `CONNECT ${cellHost(value.replace(/^CONNECT /, ""))}`;
  return grantableValue(ward, permission, value);
}

/** What a grant may hold, made exact; refusals name the reason. */
function grantableValue(ward: Ward, kind: GrantableKind, given: string): string {
  const refuse = (why: string, hint: string) =>
    new UsageError("permissions.not_grantable", `Cannot grant ${kind} "${given}": ${why}`, {
      hint,
    });
  switch (kind) {
    case "trust":
    case "net":
      try {
        return cellHost(given);
      } catch (error) {
        if (error instanceof AppError) throw refuse(error.message, error.hint ?? "");
        throw error;
      }
    case "env":
      if (!/^[A-Za-z_]\w*$/.test(given)) throw refuse("that is no name", "Give one name");
      if (!isNeverPassed(given, ward.start.settings.commands.scrubExtra)) return given;
      throw refuse(
        "names like this hold secrets or make programs run other code",
        "No grant passes them on",
      );
    case "mcp":
      if (/^[A-Za-z0-9][A-Za-z0-9_-]{0,31}\/\S+$/.test(given)) return given;
      throw refuse(
        "that is no tool of a server",
        "Give alias/tool, or alias/* for all of its tools",
      );
    case "run": {
      const program = grantProgram(given.trim());
      if (program === null || program === "*" || ward.facts.findProgram(program)) {
        return given.trim();
      }
      throw refuse("there is no such program on this machine", "Install it, or check the name");
    }
    default: {
      const path = realPath(absoluteValue(ward, kind, given));
      const { home, dataDir, others, workspace, selfPaths } = ward.facts;
      const isOwn = (root: string) => within(root, path) || within(path, root);
      if (path === "/") throw refuse("that is the whole machine", "Name a folder");
      if (within(home, workspace) && within(workspace, path)) return path;
      if ([home, dataDir, ...others].some(isOwn)) {
        throw refuse("ward keeps its keys and state there", "Name another folder");
      }
      if (within(workspace, path)) return path;
      if (kind === "write" && isSystemPath(path)) {
        throw refuse("the system's programs are there", "Name a folder of your own");
      }
      if (kind === "write" && selfPaths.some(isOwn)) {
        throw refuse("ward's own code is there", "Name another folder");
      }
      return path;
    }
  }
}

/** A path as the user means it: relative to the folder they stand in. */
export function absoluteValue(ward: Ward, kind: GrantableKind, value: string): string {
  if (kind !== "read" && kind !== "write") return value;
  const { variables } = ward.start.environment;
  const expanded = value === "~" || value.startsWith("~/")
    ? ward.facts.osHome + value.slice(1)
    : value;
  return normalizePath(expanded, variables["INIT_CWD"] ?? Deno.cwd());
}

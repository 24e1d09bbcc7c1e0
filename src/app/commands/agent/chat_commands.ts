/** What the slash commands of a chat do. */
import type { CommandContext } from "../context.ts";
import { cost, costReport } from "../cost.ts";
import { exportSession } from "../sessions/export.ts";
import type { Ward } from "../../ward.ts";
import { UsageError } from "../../../base/app_error.ts";
import {
  inputsFor,
  parseModelRef,
  providerNames,
} from "../../../kernel/models/providers/model_ref.ts";
import { nearest } from "../../../kernel/settings/nearest.ts";
import type { ProviderInputs } from "../../../kernel/settings/resolve.ts";
import { normalizePath } from "../../../model/cells/paths.ts";
import type { Output } from "../../../surfaces/cli/output.ts";
import { formatTrip } from "../../../surfaces/cli/format/format_cost.ts";
import { formatSessions } from "../../../surfaces/cli/format/format_sessions.ts";
import { SLASH_COMMANDS, type SlashCommand } from "../../../surfaces/terminal/slash.ts";

/** Sessions that `/sessions` shows. */
const SHOWN_SESSIONS = 8;

const NO_FLAGS = { json: false, debug: false, workspace: null, profile: null, model: null };

/** `/sessions`: the newest of this workspace. */
export async function newestSessions({ store, start }: Ward, output: Output): Promise<string> {
  const sessions = await store.listSessions({
    limit: SHOWN_SESSIONS,
    workspace: start.settings.workspace,
  });
  return formatSessions(sessions, output) +
    "Go on with one: ward agent --session <id>; the beginning of an id is enough";
}

/**
 * `/export`: the conversation as Markdown, for the user alone.
 *
 * @throws {UsageError} `session.file_exists`, `session.not_written`.
 */
export async function exportConversation(
  { file, force }: Extract<SlashCommand, { type: "export" }>,
  id: string,
  context: CommandContext,
): Promise<void> {
  const { variables } = context.ward.start.environment;
  const named = file ?? `ward-${id}.md`;
  const expanded = named.startsWith("~/") ? context.ward.facts.osHome + named.slice(1) : named;
  const path = normalizePath(expanded, variables["INIT_CWD"] ?? Deno.cwd());
  await exportSession(
    { type: "session_export", id, format: "md", output: path, force, ...NO_FLAGS },
    context,
  );
}

/** `/cost`: the turns of this session; stdout has answers and nothing else. */
export async function costOf(id: string, context: CommandContext): Promise<void> {
  await cost(
    { type: "cost", scope: { type: "session", id }, by: null, ...NO_FLAGS },
    { ...context, stdout: context.stderr, json: false },
  );
}

/** What the last turn used beside the whole session; null where no service was asked. */
export async function tripOf(id: string, { store }: Ward): Promise<string | null> {
  return formatTrip(await costReport(store, "task", { sessionId: id }));
}

/**
 * Inputs of the choice with what `/model` names: a provider, a model, or `provider/model`.
 *
 * @param current Name of the provider that answers now; a model alone is one of its own.
 * @throws {UsageError} `provider.unknown`.
 */
export function withModel(inputs: ProviderInputs, name: string, current: string): ProviderInputs {
  const names = providerNames(inputs);
  const ref = parseModelRef(name, names);
  if (ref.provider === null && current === "builtin") {
    const [first = "", ...rest] = name.split("/");
    const near = nearest(first, names);
    throw new UsageError("provider.unknown", `There is no provider "${first}"`, {
      hint: near ? `Did you mean ${[near, ...rest].join("/")}?` : "Type /model provider/model",
    });
  }
  return inputsFor(inputs, name, { current, from: "/model" });
}

/** `/help`. */
export function helpText(): string {
  const width = Math.max(...SLASH_COMMANDS.map(([name, args]) => `${name} ${args}`.length));
  const lines = SLASH_COMMANDS.map(([name, args, about]) =>
    `  ${`${name} ${args}`.padEnd(width)}  ${about}`
  );
  return [
    ...lines,
    "",
    "  Alt-Enter, Ctrl-J or a backslash at the end: a new line.",
    "  Up and Down: earlier lines; Ctrl-R searches them.",
    "  Ctrl-A E K U W Y, Alt-B F D: as in a shell. Ctrl-C: stops an answer, clears a line.",
  ].join("\n");
}

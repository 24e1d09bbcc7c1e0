/** The conversation in a terminal: lines, slash commands, answers. */
import type { CommandContext } from "../context.ts";
import {
  costOf,
  exportConversation,
  helpText,
  newestSessions,
  tripOf,
  withModel,
} from "./chat_commands.ts";
import { createInstructionReader } from "./chat_instructions.ts";
import { permissionsReport } from "../permissions.ts";
import type { Conversation } from "../../conversation/open_conversation.ts";
import { liftTaint, taintState } from "../../conversation/taint_state.ts";
import type { Interrupts } from "../../start/interrupts.ts";
import { beginProvider, type BegunProvider } from "../../provider.ts";
import { pickModel } from "../../models/pick_model.ts";
import { AppError, assertNever } from "../../../base/app_error.ts";
import { appendHistory, readHistory } from "../../../host/files/history_file.ts";
import { onTerminalResize, terminalSize } from "../../../host/process/terminal.ts";
import type { ProviderInputs } from "../../../kernel/settings/resolve.ts";
import type { InstructionFile } from "../../../model/conversation/instructions.ts";
import type { KeyInput } from "../../../surfaces/cli/key_input.ts";
import { runLineLoop } from "../../../surfaces/cli/line_loop.ts";
import { paint } from "../../../surfaces/cli/output.ts";
import type { ParsedCommand } from "../../../surfaces/cli/parsed_command.ts";
import { reportError } from "../../../surfaces/cli/report_error.ts";
import { revealHidden, sanitizeTerminal } from "../../../surfaces/cli/sanitize_terminal.ts";
import { formatPermissions } from "../../../surfaces/cli/format/format_permissions.ts";
import { formatLifted, taintLine, taintText } from "../../../surfaces/cli/format/format_taint.ts";
import { type Prompt, withPrompt } from "../../../surfaces/terminal/prompt.ts";
import { parseLine, SLASH_COMMANDS, type SlashCommand } from "../../../surfaces/terminal/slash.ts";

type Resume = Extract<ParsedCommand, { type: "agent" }>["resume"];

/** What a chat works with. */
export interface ChatParts {
  readonly context: CommandContext;
  readonly keys: KeyInput;
  readonly interrupts: Interrupts;
  open(
    resume: Resume,
    provider: Promise<BegunProvider>,
    instructions: () => Promise<readonly InstructionFile[]>,
  ): Promise<Conversation>;
  readonly first: { readonly resume: Resume; readonly provider: Promise<BegunProvider> };
  /** The terminal knows sequences: ward's own editor, not the line editing of the system. */
  readonly hasEditor: boolean;
}

/** Talks until the person leaves. @returns Exit code. */
export async function chat(parts: ChatParts): Promise<number> {
  const { context, keys, interrupts, hasEditor } = parts;
  const { ward, stderr } = context;
  const instructions = createInstructionReader(context);
  let begun = await parts.first.provider;
  let isAuto = false;
  let conversation = await parts.open(parts.first.resume, parts.first.provider, instructions);
  const say = (text: string) => stderr.write(text + "\n");
  /** Goes on with another provider, another session, or both. */
  const reopen = async (resume: Resume, inputs: ProviderInputs, { auto } = { auto: isAuto }) => {
    // Chosen before anything is closed: a mistyped name changes nothing.
    const next = await beginProvider({ ...ward.start, providerInputs: inputs }, { auto });
    isAuto = auto;
    const files = next.thread ? await instructions() : [];
    await conversation.close();
    begun = next;
    conversation = await parts.open(resume, Promise.resolve(next), () => Promise.resolve(files));
  };
  let inputs = ward.start.providerInputs;

  const command = async (asked: SlashCommand): Promise<"go on" | "leave"> => {
    switch (asked.type) {
      case "help":
        say(helpText());
        return "go on";
      case "clear":
        await reopen({ type: "no" }, inputs);
        say("A new session; the old one is kept");
        return "go on";
      case "model":
        if (asked.name !== null) {
          const name = asked.name === "?" ? await pickModel(ward.start, context) : asked.name;
          const chosen = withModel(inputs, name, begun.chosen.choice.name);
          await reopen({ type: "id", id: conversation.session.id }, chosen, { auto: false });
          inputs = chosen;
        }
        say(revealHidden(whoAnswers(begun, conversation)));
        return "go on";
      case "auto":
        inputs = ward.start.unflaggedInputs;
        await reopen({ type: "id", id: conversation.session.id }, inputs, { auto: true });
        say(revealHidden(whoAnswers(begun, conversation)));
        return "go on";
      case "cost":
        await costOf(conversation.session.id, context);
        return "go on";
      case "permissions":
        say(formatPermissions(await permissionsReport(ward), stderr).trimEnd());
        return "go on";
      case "trust": {
        const lifted = await liftTaint(ward);
        say(
          lifted ? formatLifted(lifted.before, lifted.grantId) : taintText(await taintState(ward)),
        );
        return "go on";
      }
      case "sessions":
        say(await newestSessions(ward, stderr));
        return "go on";
      case "export":
        await exportConversation(asked, conversation.session.id, context);
        return "go on";
      case "exit":
        return "leave";
      default:
        return assertNever(asked);
    }
  };
  const sayTrip = async () => {
    if (context.json) return;
    const trip = await tripOf(conversation.session.id, ward);
    if (trip !== null) say(paint(stderr, "dim", trip));
    const outside = taintLine(await taintState(ward));
    if (outside !== null) say(paint(stderr, "dim", outside));
  };
  const answer = async (text: string): Promise<"go on" | "leave"> => {
    const line = parseLine(text);
    switch (line.type) {
      case "empty":
        return "go on";
      case "unknown":
        say(paint(stderr, "yellow", `! ${sanitizeTerminal(line.message)}`));
        return "go on";
      case "message":
        await interrupts.during((signal) => conversation.say({ text: line.text }, signal));
        await sayTrip();
        return "go on";
      case "command":
        try {
          return await command(line.command);
        } catch (error) {
          // What a command cannot do must not end the conversation.
          if (!(error instanceof AppError)) throw error;
          reportError(error, stderr, { json: context.json, debug: false });
          return "go on";
        }
      default:
        return assertNever(line);
    }
  };

  const { settings } = ward.start;
  const keptLines = settings.terminal.historyLines;
  const about = `ward: ${sanitizeTerminal(whoAnswers(begun, conversation))}, in ${
    sanitizeTerminal(settings.workspace)
  }`;
  try {
    if (!hasEditor) {
      await runLineLoop({
        keys,
        stderr,
        signal: interrupts.leaving,
        about: context.json ? null : about,
        answer,
      });
      return 0;
    }
    say(paint(stderr, "dim", `${about}\nCtrl-C stops an answer; Ctrl-D or /exit leaves; /help`));
    await withPrompt({
      keys,
      stderr,
      size: terminalSize,
      onResize: onTerminalResize,
      history: readHistory(ward.data.path, keptLines),
      remember: (line) => {
        if (keptLines > 0) appendHistory(ward.data.path, line);
      },
      words: SLASH_COMMANDS.map(([name]) => name),
      onInterrupt: () => interrupts.interrupt(),
      isSameInterrupt: () => interrupts.isSame(),
    }, (prompt) => talk(prompt, interrupts.leaving, answer));
    return 0;
  } finally {
    await conversation.close();
  }
}

async function talk(
  prompt: Prompt,
  leaving: AbortSignal,
  answer: (text: string) => Promise<"go on" | "leave">,
): Promise<void> {
  while (!leaving.aborted) {
    const line = await prompt.readLine(leaving);
    if (line === null || await prompt.during(() => answer(line)) === "leave") return;
  }
}

function whoAnswers({ chosen: { choice } }: BegunProvider, conversation: Conversation): string {
  if (conversation.isRouted()) {
    const { fast, primary, smart } = conversation.models();
    return `${primary}, or ${fast} (fast) and ${smart} (smart) by the message`;
  }
  return choice.name === "builtin"
    ? "the built-in assistant, no language model"
    : `${choice.name} ${choice.model}`;
}

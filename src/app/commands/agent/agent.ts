/** `ward agent`: one answer, or a conversation in a terminal. */
import type { CommandContext } from "../context.ts";
import { type Conversation, openConversation } from "../../conversation/open_conversation.ts";
import { touching } from "./touch_flags.ts";
import { createInterrupts, type Interrupts } from "../../start/interrupts.ts";
import type { BegunProvider } from "../../provider.ts";
import { readImages } from "../../../host/files/read_image.ts";
import { absolutePath } from "../../../host/files/user_path.ts";
import { systemClock } from "../../../host/process/system.ts";
import { terminalSize } from "../../../host/process/terminal.ts";
import { MODE_TEXTS } from "../../../kernel/policy/modes.ts";
import type { InstructionFile } from "../../../model/conversation/instructions.ts";
import type { ParsedCommand } from "../../../surfaces/cli/parsed_command.ts";
import { createTerminalApprover } from "../../../surfaces/cli/approver.ts";
import type { Output } from "../../../surfaces/cli/output.ts";
import { composeMessage, readPiped } from "../../../surfaces/cli/read_message.ts";
import {
  type AnswerStream,
  createJsonRenderer,
  createTurnRenderer,
  exitCodeOf,
  type TurnRenderer,
} from "../../../surfaces/cli/renderer.ts";

type AgentCommand = Extract<ParsedCommand, { type: "agent" }>;

/** Answers and ends, or answers line by line in a terminal. */
export async function agent(
  command: AgentCommand,
  context: CommandContext,
  provider: Promise<BegunProvider>,
): Promise<number> {
  const { ward, stderr, input, keys } = context;
  const folder = ward.start.environment.variables["INIT_CWD"] ?? Deno.cwd();
  let images = readImages(
    command.images.map((file) => absolutePath(file, folder, ward.facts.osHome)),
  );
  const term = ward.start.environment.variables["TERM"] ?? "";
  const knowsSequences = term !== "" && term !== "dumb";
  const isChat = command.message === null && input.isTerminal;
  // A program reads the events: nothing of an editor or a question may stand between them.
  const hasEditor = isChat && knowsSequences && stderr.isTerminal && !command.json;
  /** The built-in assistant answers with names and lines as they are, a model in Markdown. */
  let isPlain = false;
  const touched = touching(command, ward, { folder, isChat });
  const render = await rendererOf(
    command,
    // With --plan standard output is the list.
    command.plan ? { ...context, stdout: command.json ? context.stdout : stderr } : context,
    () => isPlain,
  );
  ward.onNotice = (text) => render({ type: "notice", text });
  const interrupts = createInterrupts(systemClock);
  const approver = createTerminalApprover({
    keys,
    stderr,
    clock: systemClock,
    timeoutMs: ward.start.settings.approvals.timeoutMs,
    onInterrupt: () => interrupts.interrupt(),
    pasteMarks: hasEditor ? "kept" : knowsSequences && !command.json ? "question" : "none",
  });
  const { mode } = ward.start.settings.approvals;
  if (mode !== "default") render({ type: "notice", text: `Mode ${mode}: ${MODE_TEXTS[mode]}` });
  const open = async (
    resume: AgentCommand["resume"],
    begun: Promise<BegunProvider>,
    instructions?: () => Promise<readonly InstructionFile[]>,
  ) => {
    const conversation = await openConversation(ward, {
      provider: begun,
      resume,
      approver,
      instructions,
      watch: () => touched?.watch,
      onEvent: render,
    });
    isPlain = (await begun).chosen.choice.protocol === "builtin";
    const say: Conversation["say"] = (message, signal) => {
      // They belong to the first message.
      const shown = images;
      images = [];
      return conversation.say({ ...message, images: shown }, signal);
    };
    return { ...conversation, say };
  };
  using _ = listen(interrupts);
  if (isChat) {
    const { chat } = await import("./chat.ts");
    const first = { resume: command.resume, provider };
    return await chat({ context, keys, interrupts, open, first, hasEditor });
  }
  const piping = input.isTerminal ? null : pipedText(command.message !== null, stderr, ward.launch);
  piping?.catch(() => {});
  const conversation = await open(command.resume, provider);
  if (command.explainRoute && !conversation.isRouted()) {
    const text = `route: ${conversation.models().primary || "builtin"}, nothing to choose`;
    render({ type: "notice", text });
  }
  try {
    const { leaving } = interrupts;
    const left = Promise.withResolvers<null>();
    leaving.addEventListener("abort", () => left.resolve(null), { once: true });
    const piped = await Promise.race([piping, left.promise]);
    if (leaving.aborted) return exitCodeOf("stopped");
    const message = composeMessage(command.message, piped);
    const { outcome } = await interrupts.during((signal) => conversation.say(message, signal));
    await touched?.finish(context);
    return exitCodeOf(outcome);
  } finally {
    await conversation.close();
  }
}

/** Events as JSON, or for people; Markdown is only rendered where a person sees it. */
async function rendererOf(
  command: AgentCommand,
  { stdout, stderr }: CommandContext,
  isPlain: () => boolean,
): Promise<TurnRenderer> {
  if (command.json) return createJsonRenderer(stdout);
  const columns = () => terminalSize().columns;
  return createTurnRenderer({ stdout, stderr }, {
    quiet: command.quiet,
    explainRoute: command.explainRoute,
    ...(stderr.isTerminal ? { columns } : {}),
    stream: stdout.isTerminal
      ? await answerStream({ columns, hasStyle: stdout.hasColor }, isPlain)
      : undefined,
  });
}

async function answerStream(
  options: { columns(): number; readonly hasStyle: boolean },
  isPlain: () => boolean,
): Promise<AnswerStream> {
  const [{ createMarkdownStream }, { createPlainStream, eitherStream }] = await Promise.all([
    import("../../../surfaces/terminal/markdown/stream.ts"),
    import("../../../surfaces/terminal/plain_stream.ts"),
  ]);
  return eitherStream(isPlain, createPlainStream(options), createMarkdownStream(options));
}

/** Signals while a command runs. */
function listen(interrupts: Interrupts): Disposable {
  const interrupt = () => interrupts.interrupt();
  const terminate = () => interrupts.terminate();
  Deno.addSignalListener("SIGINT", interrupt);
  Deno.addSignalListener("SIGTERM", terminate);
  return {
    [Symbol.dispose]() {
      Deno.removeSignalListener("SIGINT", interrupt);
      Deno.removeSignalListener("SIGTERM", terminate);
    },
  };
}

/** How long a message of its own waits for the first piped byte. */
const FIRST_BYTE_MS = 3_000;

/**
 * What is piped in. With a message of its own an open but silent standard input (a script that
 * never closes it) must not hang the turn.
 *
 * @param onFirst Told when there is something, before any of it is looked at.
 */
async function pipedText(
  hasMessage: boolean,
  stderr: Output,
  onFirst: () => void,
): Promise<string | null> {
  const buffer = new Uint8Array(64 * 1024);
  const read = async () => {
    const length = await Deno.stdin.read(buffer);
    return length === null ? null : buffer.slice(0, length);
  };
  const first = read();
  const silent = Symbol("silent");
  const stop = new AbortController();
  const waited = hasMessage
    ? systemClock.delay(FIRST_BYTE_MS, stop.signal).then(() => silent, () => silent)
    : new Promise<never>(() => {});
  const chunk = await Promise.race([first, waited]);
  stop.abort();
  if (typeof chunk === "symbol") {
    stderr.write(
      "! Nothing came on standard input; going on without it (< /dev/null says so at once)\n",
    );
    return null;
  }
  if (chunk !== null) onFirst();
  async function* chunks(head: Uint8Array | null): AsyncGenerator<Uint8Array> {
    for (let next = head; next !== null; next = await read()) yield next;
  }
  return await readPiped(chunks(chunk));
}

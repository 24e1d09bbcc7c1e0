/** `ward agent`: one answer, or line by line. */
import type { CommandContext } from "./context.ts";
import { openConversation } from "../conversation.ts";
import type { BegunProvider } from "../provider.ts";
import type { Ward } from "../ward.ts";
import { systemClock } from "../../host/system.ts";
import type { TurnOutcome } from "../../model/session.ts";
import type { ParsedCommand } from "../../surfaces/cli/parsed_command.ts";
import { createTerminalApprover } from "../../surfaces/cli/approver.ts";
import type { Output } from "../../surfaces/cli/output.ts";
import { KeyInput } from "../../surfaces/cli/key_input.ts";
import { runLineLoop } from "../../surfaces/cli/line_loop.ts";
import { composeMessage, readPiped } from "../../surfaces/cli/read_message.ts";
import { createJsonRenderer, createTurnRenderer, exitCodeOf } from "../../surfaces/cli/renderer.ts";

/** Two interrupts closer than this are one: `deno task` passes one Ctrl-C on twice. */
const SAME_INTERRUPT_MS = 300;

/** Answers and ends, or answers line by line in a terminal. */
export async function agent(
  command: Extract<ParsedCommand, { type: "agent" }>,
  context: CommandContext,
  provider: Promise<BegunProvider>,
): Promise<number> {
  const { ward, stdout, stderr, input } = context;
  const keys = new KeyInput(input, systemClock);
  const render = command.json
    ? createJsonRenderer(stdout)
    : createTurnRenderer({ stdout, stderr }, { quiet: command.quiet });
  const leaving = new AbortController();
  let stopTurn = new AbortController();
  let isAnswering = false;
  let interruptedAt = -Infinity;
  const interrupt = () => {
    const now = systemClock.monotonic();
    if (now - interruptedAt < SAME_INTERRUPT_MS) return;
    interruptedAt = now;
    // At the prompt, and when an answer does not stop at the first one, it means to leave.
    if (!isAnswering || stopTurn.signal.aborted) leaving.abort();
    stopTurn.abort();
  };
  const terminate = () => {
    stopTurn.abort();
    leaving.abort();
  };
  const approver = createTerminalApprover({
    keys,
    stderr,
    clock: systemClock,
    timeoutMs: ward.start.settings.approvals.timeoutMs,
    onInterrupt: interrupt,
  });
  const conversation = await openConversation(ward, {
    provider,
    resume: command.resume,
    approver,
    onEvent: render,
  });
  ward.onNotice = (text) => render({ type: "notice", text });
  const answer = async (text: string): Promise<TurnOutcome> => {
    stopTurn = new AbortController();
    isAnswering = true;
    try {
      return (await conversation.say(text, stopTurn.signal)).outcome;
    } finally {
      isAnswering = false;
    }
  };
  Deno.addSignalListener("SIGINT", interrupt);
  Deno.addSignalListener("SIGTERM", terminate);
  try {
    if (command.message === null && input.isTerminal) {
      await runLineLoop({
        keys,
        stderr,
        signal: leaving.signal,
        about: await aboutConversation(ward, provider),
        answer: async (text) => {
          await answer(text);
        },
      });
      return 0;
    }
    const left = Promise.withResolvers<null>();
    leaving.signal.addEventListener("abort", () => left.resolve(null), { once: true });
    const piped = input.isTerminal
      ? null
      : await Promise.race([pipedText(command.message !== null, stderr), left.promise]);
    if (leaving.signal.aborted) return exitCodeOf("stopped");
    return exitCodeOf(await answer(composeMessage(command.message, piped)));
  } finally {
    Deno.removeSignalListener("SIGINT", interrupt);
    Deno.removeSignalListener("SIGTERM", terminate);
    conversation.close();
  }
}

/** Who answers, and where it works. */
async function aboutConversation(ward: Ward, provider: Promise<BegunProvider>): Promise<string> {
  const { name, model } = (await provider).chosen.choice;
  const who = name === "builtin" ? "the built-in assistant, no language model" : `${name} ${model}`;
  return `ward: ${who}, in ${ward.start.settings.workspace}`;
}

/** How long a message of its own waits for the first piped byte. */
const FIRST_BYTE_MS = 3_000;

/**
 * What is piped in. With a message of its own an open but silent standard input (a script that
 * never closes it) must not hang the turn.
 */
async function pipedText(hasMessage: boolean, stderr: Output): Promise<string | null> {
  const reader = Deno.stdin.readable.getReader();
  const first = reader.read();
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
  async function* chunks(head: ReadableStreamReadResult<Uint8Array>): AsyncGenerator<Uint8Array> {
    for (let next = head; !next.done; next = await reader.read()) yield next.value;
  }
  return await readPiped(chunks(chunk));
}

/** A session as the editor has it open. */
import { UsageError } from "../../base/app_error.ts";
import { outcomeText } from "../cli/renderer.ts";
import { commandOf, COMMANDS, configOptions, modeOf, modeState } from "./choices.ts";
import type { EditorLink } from "./editor_link.ts";
import type { HostedSession, PromptEnd } from "./host.ts";
import { fenced, promptContent } from "./prompt_content.ts";
import { type ContentBlock, RequestError, type StopReason } from "./protocol.ts";
import { messageOf, planOf } from "./turn_view.ts";

/** One prompt at a time; a cancel stops it and keeps the session. */
export class AcpSession {
  readonly #hosted: HostedSession;
  readonly #link: EditorLink;
  #running: { readonly stop: AbortController; readonly over: Promise<unknown> } | null = null;
  /** Settles with the last change of the model; until then there may be no conversation to go on with. */
  #changed: Promise<unknown> = Promise.resolve();

  constructor(hosted: HostedSession, link: EditorLink) {
    this.#hosted = hosted;
    this.#link = link;
  }

  /** What the editor is told of it when it is opened. */
  get state(): {
    modes: ReturnType<typeof modeState>;
    configOptions: ReturnType<typeof configOptions>;
  } {
    return { modes: modeState(this.#hosted), configOptions: configOptions(this.#hosted) };
  }

  /** Tells the editor what it can type. */
  announce(): void {
    this.#link.send({
      sessionUpdate: "available_commands_update",
      availableCommands: [...COMMANDS],
    });
  }

  /**
   * Answers a prompt.
   *
   * @param signal Of the request: its own cancellation.
   * @throws {AppError} What the prompt could not begin for, and a model's failure.
   */
  async prompt(blocks: readonly ContentBlock[], signal: AbortSignal): Promise<StopReason> {
    this.#refuseWhileRunning();
    const stop = new AbortController();
    const answering = this.#answer(blocks, AbortSignal.any([signal, stop.signal]));
    this.#running = { stop, over: answering.catch(() => {}) };
    try {
      return await answering;
    } finally {
      this.#running = null;
      await this.#link.sent();
    }
  }

  /** Stops the prompt under way; it then ends as cancelled. */
  cancel(): void {
    this.#running?.stop.abort();
  }

  /** @throws {UsageError} `acp.mode`. */
  setMode(id: string): void {
    const mode = modeOf(id);
    if (mode === null) throw new UsageError("acp.mode", `There is no mode "${id}"`);
    this.#hosted.setMode(mode);
    this.#link.send({ sessionUpdate: "current_mode_update", currentModeId: mode });
    this.#sendOptions();
  }

  /** @throws {UsageError} `acp.option`, and what is wrong with the value. */
  async setOption(id: string, value: unknown): Promise<void> {
    if (typeof value !== "string") {
      throw new UsageError("acp.option", `The value of "${id}" is no text`);
    }
    if (id === "mode") return this.setMode(value);
    if (id !== "model") throw new UsageError("acp.option", `There is no option "${id}"`);
    this.#refuseWhileRunning();
    const change = this.#changed.then(() => this.#hosted.setModel(value));
    this.#changed = change.catch(() => {});
    await change;
    this.#sendOptions();
  }

  async close(): Promise<void> {
    this.cancel();
    await this.#running?.over;
    await this.#changed;
    await this.#hosted.close();
  }

  async #answer(blocks: readonly ContentBlock[], signal: AbortSignal): Promise<StopReason> {
    const content = promptContent(blocks);
    await this.#changed;
    const command = commandOf(content.text);
    if (command !== null) {
      // It is laid out in columns.
      this.#say(fenced(await this.#hosted.command(command.name, command.argument)));
      if (command.name === "model") this.#sendOptions();
      return "end_turn";
    }
    const end = await this.#hosted.say(content, signal);
    this.#showUsage();
    if (end.planned !== null) this.#link.send(planOf(end.planned));
    return this.#stopReason(end);
  }

  #stopReason({ outcome, reason }: PromptEnd): StopReason {
    switch (outcome) {
      case "complete":
        return "end_turn";
      case "stopped":
        return "cancelled";
      case "failed":
        throw RequestError.internalError({ code: "turn.failed" }, outcomeText(outcome, reason));
      case "capped":
        this.#say(outcomeText(outcome, reason));
        return "max_turn_requests";
      case "stalled":
        this.#say(outcomeText(outcome, reason));
        return "end_turn";
    }
  }

  #say(text: string): void {
    this.#link.send(messageOf(text));
  }

  #sendOptions(): void {
    const options = configOptions(this.#hosted);
    this.#link.send({ sessionUpdate: "config_option_update", configOptions: options });
  }

  #showUsage(): void {
    const used = this.#link.view.usedTokens;
    if (used === 0) return;
    this.#link.send({ sessionUpdate: "usage_update", used, size: this.#hosted.contextTokens });
  }

  #refuseWhileRunning(): void {
    if (this.#running === null) return;
    throw new UsageError("acp.busy", "A prompt of this session is under way", {
      hint: "Wait for it, or cancel it",
    });
  }
}

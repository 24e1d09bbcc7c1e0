/**
 * Asks for a line with ward's own editor. Between two lines it keeps the keys: what is typed while
 * an answer comes waits for the next line, unseen, and Ctrl-C gets through.
 */
import { PASTE_OFF, PASTE_ON } from "../cli/approver.ts";
import type { KeyChunk, KeyInput } from "../cli/key_input.ts";
import { type Output, paint } from "../cli/output.ts";
import { edit } from "./editor/editor.ts";
import { type EditorState, emptyEditor } from "./editor/state.ts";
import type { Key } from "./editor/keys.ts";
import { createEditorRegion, type ScreenSize } from "./screen.ts";

/** Characters that wait for the next line at most; what comes on top is dropped. */
const MAX_WAITING = 8 * 1024 * 1024;

/** What the prompt needs. */
export interface PromptParts {
  readonly keys: KeyInput;
  readonly stderr: Output;
  size(): ScreenSize;
  /** Calls back after each change of the size. @returns Ends that. */
  onResize(changed: () => void): () => void;
  /** Earlier lines, oldest first. */
  readonly history: readonly string[];
  /** Keeps a line for later processes. */
  remember(line: string): void;
  /** What Tab completes. */
  readonly words: readonly string[];
  /** Ctrl-C while an answer comes. */
  onInterrupt(): void;
  /** Whether two interrupts at these instants are one. */
  isSameInterrupt(): boolean;
}

/** A prompt. */
export interface Prompt {
  /** A line; null when the person leaves, the input ends or the signal is aborted. */
  readLine(signal: AbortSignal): Promise<string | null>;
  /** Runs an answer with the keys looked after. */
  during<T>(run: () => Promise<T>): Promise<T>;
}

/** Runs with a prompt; the terminal is put back whatever happens. */
export async function withPrompt(
  parts: PromptParts,
  use: (prompt: Prompt) => Promise<void>,
): Promise<void> {
  const { keys, stderr } = parts;
  const region = createEditorRegion(stderr, parts.size);
  let history = [...parts.history];
  let waiting: Key[] = [];
  let waitingLength = 0;
  let isEnded = false;

  const readLine = async (signal: AbortSignal): Promise<string | null> => {
    let state: EditorState = emptyEditor(history);
    let isArmed = false;
    stderr.write(PASTE_ON);
    region.draw(state);
    const stopResize = parts.onResize(() => region.resized(state));
    try {
      for (;;) {
        let now: readonly Key[];
        if (waiting.length > 0) {
          [now, waiting, waitingLength] = [waiting, [], 0];
        } else {
          const chunk = isEnded ? null : await keys.nextKeys(signal);
          if (chunk === null) {
            region.leave(state);
            return null;
          }
          now = chunk.keys;
        }
        for (const [index, key] of now.entries()) {
          const isInterrupt = key.type === "press" && key.name === "ctrl-c";
          if (isInterrupt && parts.isSameInterrupt()) continue;
          const { state: next, action } = edit(state, key, parts.words);
          state = next;
          if (!isInterrupt) isArmed = false;
          switch (action?.type) {
            case "submit":
              waiting = [...now.slice(index + 1)];
              region.leave(state);
              if (action.text.trim() !== "" && action.text !== history.at(-1)) {
                history = [...history, action.text];
                parts.remember(action.text);
              }
              return action.text;
            case "leave":
              region.leave(state);
              return null;
            case "interrupt":
              region.leave(state);
              if (isArmed) return null;
              isArmed = true;
              state = emptyEditor(history);
              stderr.write(paint(stderr, "dim", "Ctrl-C again or Ctrl-D leaves") + "\r\n");
              break;
            case "redraw":
              region.redraw(state);
              break;
            case "paste_cut":
              region.leave(state);
              stderr.write(paint(stderr, "yellow", "! Only the first 4 MB were pasted") + "\r\n");
              break;
          }
        }
        region.draw(state);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
      region.leave(state);
      return null;
    } finally {
      stopResize();
    }
  };

  const aside = (chunk: KeyChunk | null) => {
    if (chunk === null) {
      isEnded = true;
      return;
    }
    for (const key of chunk.keys) {
      if (key.type === "press" && key.name === "ctrl-c") {
        [waiting, waitingLength] = [[], 0];
        parts.onInterrupt();
        continue;
      }
      waitingLength += key.type === "press" ? 1 : key.text.length;
      if (waitingLength <= MAX_WAITING) waiting.push(key);
    }
  };

  await keys.raw(async () => {
    try {
      await use({ readLine, during: (run) => keys.readAside(aside, run) });
    } finally {
      stderr.write(PASTE_OFF);
    }
  });
}

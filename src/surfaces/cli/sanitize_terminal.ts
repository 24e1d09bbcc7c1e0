/**
 * Makes text of a model, a tool or a file safe to print. What comes out holds no control
 * character but line feed and tab, so it cannot move the cursor, set the title, write the
 * clipboard, switch a mode or draw over a question; and nothing reverses the reading order.
 *
 * Source: ECMA-48 §5 (sequences), Unicode TR 9 §2 (bidi controls), xterm's ctlseqs (strings).
 */

/** Sanitises a stream: sequences may be split across chunks anywhere. */
export interface TerminalSanitizer {
  /** The printable part of a chunk; holds back a sequence or a surrogate that is not complete. */
  push(text: string): string;
  /** What is left at the end; the sanitizer is fresh again. */
  end(): string;
}

/** Longest string sequence (OSC, DCS) that is dropped; after that its text shows again. */
const MAX_STRING = 4096;

type State = "text" | "escape" | "intermediate" | "csi" | "string";

/** Sanitises a whole text. */
export function sanitizeTerminal(text: string): string {
  const sanitizer = createTerminalSanitizer();
  return sanitizer.push(text) + sanitizer.end();
}

/** Builds a sanitizer with its own state. */
export function createTerminalSanitizer(): TerminalSanitizer {
  let state: State = "text";
  let length = 0;
  let high = "";

  const take = (char: string): string => {
    const code = char.codePointAt(0) ?? 0;
    if (state !== "text") {
      // A line end always ends a sequence: an open one must not hide what follows.
      if (char === "\n") {
        state = "text";
        return char;
      }
      if (inSequence(code)) return "";
      // The character is no part of the sequence: it is looked at as text.
      state = "text";
    }
    if (code === 0x1b) state = "escape";
    else if (code === 0x9b) enter("csi");
    else if (code === 0x90 || code === 0x98 || (code >= 0x9d && code <= 0x9f)) enter("string");
    else if (code === 0x0a || code === 0x09) return char;
    else if (code >= 0x20 && !(code >= 0x7f && code <= 0x9f)) return visible(char, code);
    return "";
  };
  const enter = (next: State) => {
    state = next;
    length = 0;
  };
  /** Whether the character belongs to the sequence that is open; moves the state on. */
  const inSequence = (code: number): boolean => {
    switch (state) {
      case "escape":
        if (code === 0x5b) enter("csi");
        else if (
          code === 0x5d || code === 0x50 || code === 0x58 || code === 0x5e || code === 0x5f
        ) {
          enter("string");
        } else if (code >= 0x20 && code <= 0x2f) enter("intermediate");
        else if (code >= 0x30 && code <= 0x7e) state = "text";
        else return false;
        return true;
      case "intermediate":
        if (++length > MAX_STRING || code < 0x20 || code > 0x7e) return false;
        if (code >= 0x30) state = "text";
        return true;
      case "csi":
        if (++length > MAX_STRING || code < 0x20 || code > 0x7e) return false;
        if (code >= 0x40) state = "text";
        return true;
      case "string":
        if (++length > MAX_STRING) return false;
        // `ESC \` ends the string; any other escape ends it too and starts its own sequence.
        if (code === 0x1b) state = "escape";
        else if (code === 0x07 || code === 0x9c) state = "text";
        return true;
      default:
        return false;
    }
  };
  const feed = (text: string): string => {
    let out = "";
    for (const char of text) out += take(char);
    return out;
  };
  return {
    push(text) {
      let whole = high + text;
      high = "";
      const last = whole.charCodeAt(whole.length - 1);
      if (last >= 0xd800 && last <= 0xdbff) {
        high = whole.slice(-1);
        whole = whole.slice(0, -1);
      }
      return feed(whole);
    },
    end() {
      const rest = feed(high);
      high = "";
      state = "text";
      return rest;
    },
  };
}

/**
 * Shows everything that would not be seen: for texts a person approves. Line feeds and tabs are
 * shown as `\n` and `\t`, every other hidden character as an escape; nothing is dropped.
 */
export function revealHidden(text: string): string {
  let out = "";
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (char === "\n") out += "\\n";
    else if (char === "\t") out += "\\t";
    else if (char === "\r") out += "\\r";
    else if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) {
      out += `\\x${code.toString(16).padStart(2, "0")}`;
    } else if (
      /[\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}\u2800]/u.test(char)
    ) {
      out += escaped(code);
    } else if (code > 0x20 && /\p{Zs}/u.test(char)) out += escaped(code);
    else out += char;
  }
  return out;
}

/** JSON on one line whose control, bidi and hidden characters are all `\u` escapes. */
export function safeJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function visible(char: string, code: number): string {
  const reorders = code === 0x61c || code === 0x200e || code === 0x200f ||
    (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
  // Tag characters carry text that only a machine reads.
  const isTag = code >= 0xe0000 && code <= 0xe007f;
  if (reorders || isTag) return escaped(code);
  if (code === 0x2028 || code === 0x2029) return "\n";
  return code >= 0xd800 && code <= 0xdfff ? "\ufffd" : char;
}

function escaped(code: number): string {
  return `\\u{${code.toString(16)}}`;
}

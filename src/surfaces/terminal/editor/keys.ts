/**
 * Bytes of a terminal in raw mode become keys. How the bytes are cut into chunks never matters:
 * sequences, UTF-8 and the marks of a paste may be split anywhere. No timer: an escape waits for
 * what comes next, as in readline.
 *
 * Source: ECMA-48 §5.4, xterm's ctlseqs (PC-style keys, mode 2004), kitty's keyboard protocol (`u`).
 */

/** One key. */
export type Key =
  /** Printable characters, one after the other. */
  | { readonly type: "text"; readonly text: string }
  /** What a bracketed paste brought. `isCut`: it was longer than {@linkcode MAX_PASTE_BYTES}. */
  | { readonly type: "paste"; readonly text: string; readonly isCut: boolean }
  /** `enter`, `left`, `ctrl-a`, `alt-enter`, `unknown`. */
  | { readonly type: "press"; readonly name: string };

/** Decodes a stream of bytes. */
export interface KeyDecoder {
  push(bytes: Uint8Array): Key[];
  /** A paste has begun and not ended. */
  readonly isPasting: boolean;
  /** A sequence has begun and not ended. */
  readonly isWaiting: boolean;
  /** Forgets what has begun. */
  reset(): void;
}

/** Most that a paste may bring; the rest is dropped and the key says so. */
export const MAX_PASTE_BYTES = 4 * 1024 * 1024;

/** Longest sequence of a key; a longer one is no key. */
const MAX_SEQUENCE = 32;

const ESC = 0x1b;
const PASTE_END = [0x1b, 0x5b, 0x32, 0x30, 0x31, 0x7e];

const CONTROLS: Readonly<Record<number, string>> = {
  0x0d: "enter",
  0x0a: "ctrl-j",
  0x09: "tab",
  0x7f: "backspace",
  0x08: "backspace",
};
const FINALS: Readonly<Record<string, string>> = {
  A: "up",
  B: "down",
  C: "right",
  D: "left",
  H: "home",
  F: "end",
  M: "enter",
};
const TILDES: Readonly<Record<string, string>> = {
  1: "home",
  3: "delete",
  4: "end",
  7: "home",
  8: "end",
};
const CODES: Readonly<Record<string, string>> = { 9: "tab", 13: "enter", 127: "backspace" };

/** Builds a decoder with its own state. */
export function createKeyDecoder(): KeyDecoder {
  let utf8 = new TextDecoder();
  /** Bytes of a sequence under way, the escape first. */
  let sequence: number[] = [];
  let paste: number[] | null = null;
  /** How much of the end mark stands at the end of the paste. */
  let matched = 0;
  let isCut = false;
  let keys: Key[] = [];

  const emit = (key: Key) => {
    const last = keys.at(-1);
    if (key.type === "text" && last?.type === "text") {
      keys[keys.length - 1] = { type: "text", text: last.text + key.text };
    } else keys.push(key);
  };
  const text = (piece: string) => {
    if (piece !== "") emit({ type: "text", text: piece });
  };
  const press = (name: string) => emit({ type: "press", name });

  const pasteByte = (open: number[], byte: number) => {
    if (byte === PASTE_END[matched]) {
      if (++matched < PASTE_END.length) return;
      const bytes = new Uint8Array(open);
      paste = null;
      matched = 0;
      emit({ type: "paste", text: new TextDecoder().decode(bytes), isCut });
      return;
    }
    const dropped = PASTE_END.slice(0, matched);
    matched = byte === ESC ? 1 : 0;
    for (const one of matched === 1 ? dropped : [...dropped, byte]) {
      if (open.length < MAX_PASTE_BYTES) open.push(one);
      else isCut = true;
    }
  };
  const plain = (byte: number) => {
    if (byte === ESC) sequence = [ESC];
    else if (byte >= 0x20 && byte !== 0x7f) {
      text(utf8.decode(Uint8Array.of(byte), { stream: true }));
    } else press(controlName(byte));
  };
  /** Moves an open sequence on; false when the byte is no part of it. */
  const inSequence = (byte: number): boolean => {
    if (sequence.length === 1) {
      if (byte === 0x5b || byte === 0x4f) {
        sequence.push(byte);
        return true;
      }
      sequence = [];
      if (byte === ESC) {
        press("escape");
        sequence = [ESC];
      } else if (byte >= 0x80) return false;
      else if (byte < 0x20 || byte === 0x7f) press(`alt-${controlName(byte)}`);
      else press(`alt-${String.fromCharCode(byte)}`);
      return true;
    }
    if (byte < 0x20 || byte > 0x7e || sequence.length >= MAX_SEQUENCE) {
      sequence = [];
      press("unknown");
      return false;
    }
    sequence.push(byte);
    // `ESC [ [ A` is the Linux console's F1.
    const isOpen = sequence[1] === 0x5b &&
      (byte < 0x40 || (byte === 0x5b && sequence.length === 3));
    if (isOpen) return true;
    const name = sequenceName(String.fromCharCode(...sequence.slice(1)));
    sequence = [];
    if (name === "paste") {
      paste = [];
      isCut = false;
    } else press(name);
    return true;
  };

  return {
    push(bytes) {
      keys = [];
      for (let at = 0; at < bytes.length; at++) {
        const byte = bytes[at]!;
        if (paste) {
          pasteByte(paste, byte);
          continue;
        }
        // What no text byte can go on with ends an unfinished character.
        if (byte < 0x80) text(utf8.decode());
        if (sequence.length > 0 && inSequence(byte)) continue;
        plain(byte);
      }
      return keys;
    },
    get isPasting() {
      return paste !== null;
    },
    get isWaiting() {
      return sequence.length > 0;
    },
    reset() {
      utf8 = new TextDecoder();
      sequence = [];
      paste = null;
      matched = 0;
    },
  };
}

function controlName(byte: number): string {
  return CONTROLS[byte] ??
    (byte >= 1 && byte <= 26 ? `ctrl-${String.fromCharCode(byte + 0x60)}` : "unknown");
}

/** Name of a sequence without its escape, such as `[1;5D`. */
function sequenceName(text: string): string {
  if (text === "[200~") return "paste";
  const found = /^[[O]([\d;]*)([A-Za-z~])$/.exec(text);
  if (!found) return "unknown";
  const [first = "", second = "", third = ""] = found[1]!.split(";");
  const final = found[2]!;
  // `CSI 27 ; modifiers ; code ~` is xterm's modifyOtherKeys.
  const isOther = final === "~" && first === "27";
  const base = final === "u"
    ? CODES[first]
    : isOther
    ? CODES[third]
    : final === "~"
    ? TILDES[first]
    : FINALS[final];
  if (base === undefined) return "unknown";
  const bits = Math.max(0, Number(second || 1) - 1);
  const isEnter = base === "enter";
  if (bits & 4) return `ctrl-${base}`;
  // Shift and Enter is what people try for a new line.
  return bits & 2 || (isEnter && bits & 1) ? `alt-${base}` : base;
}

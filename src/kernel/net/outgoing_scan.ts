/**
 * Finds what ward knows to be secret in a text that is about to leave: an address, a header, a body.
 * Pure. It sees a value as it is, split by anything that is no letter or digit, backwards, in base64,
 * base32 or hex at any offset, percent-encoded or escaped (several times over), spread over the
 * fields of a query or of JSON, and a long piece of a long one.
 *
 * It is the last line, not the first: a secret in a cipher of the model's own, or in pieces too
 * short to be told from words, passes. That the model never has one is what holds.
 */

/** A value that ward knows to be secret. */
export interface KnownSecret {
  /** For people; says what it is and not what it holds: `the key of openai`. */
  readonly name: string;
  readonly value: string;
}

/** Finds the secret in a text; null: none is in it. */
export type OutgoingScan = (text: string) => KnownSecret["name"] | null;

/** Letters and digits that a value must have: a shorter one stands in ordinary words. */
const LEAST = 10;
/** Values from here on are found by a piece too; shorter ones only whole. */
const LEAST_FOR_PIECES = 32;
const PIECE = 20;
/** How often what is found encoded is decoded again. */
const DEPTH = 3;
/** Longest text that is decoded; longer ones are looked at as they are. */
const MAX_DECODED = 2_000_000;

/** A scan for these values. Values too short to be told from words are left out. */
export function createOutgoingScan(secrets: readonly KnownSecret[]): OutgoingScan {
  const exact = new NeedleIndex();
  const loose = new NeedleIndex();
  for (const { name, value } of secrets) {
    const bare = squeeze(value);
    if (bare.length < LEAST || new Set(bare).size < 4) {
      // Punctuation may be all that makes it one.
      if (value.length >= LEAST && new Set(value).size >= 6) exact.add(value, name);
      continue;
    }
    const texts = [bare, [...bare].reverse().join(""), ...encodings(value).map(squeeze)];
    for (let at = 0; bare.length >= LEAST_FOR_PIECES && at + PIECE <= bare.length; at++) {
      texts.push(bare.slice(at, at + PIECE));
    }
    for (const text of texts) loose.add(text, name);
  }
  if (exact.isEmpty && loose.isEmpty) return () => null;
  return (text) => {
    let layer = [text];
    const seen = new Set<string>();
    for (let depth = 0; depth <= DEPTH; depth++) {
      const next: string[] = [];
      for (const one of layer) {
        if (seen.has(one)) continue;
        seen.add(one);
        const found = exact.find(one) ?? loose.find(squeeze(one));
        if (found !== null) return found;
        if (depth < DEPTH && one.length <= MAX_DECODED) next.push(...readings(one));
      }
      layer = next;
    }
    return null;
  };
}

/** Many texts looked for at once: by their first letters, in one way through. */
class NeedleIndex {
  readonly #byStart = new Map<string, { readonly text: string; readonly name: string }[]>();

  get isEmpty(): boolean {
    return this.#byStart.size === 0;
  }

  /** Texts shorter than {@linkcode LEAST} are left out. */
  add(text: string, name: string): void {
    if (text.length < LEAST) return;
    const start = text.slice(0, LEAST);
    const all = this.#byStart.get(start) ?? [];
    all.push({ text, name });
    this.#byStart.set(start, all);
  }

  find(text: string): string | null {
    if (this.isEmpty) return null;
    for (let at = 0; at + LEAST <= text.length; at++) {
      const found = this.#byStart.get(text.slice(at, at + LEAST))
        ?.find((one) => text.startsWith(one.text, at));
      if (found) return found.name;
    }
    return null;
  }
}

/** Letters and digits alone, without case: what is left whatever stands between. */
function squeeze(text: string): string {
  return text.normalize("NFKC").toLowerCase().replace(/[^a-z0-9]/g, "");
}

/** What the value becomes where it stands within something that is encoded whole. */
function encodings(value: string): string[] {
  const forms = [new TextEncoder().encode(value)];
  // A key in hex is as much itself as its bytes.
  if (/^(?:[0-9a-f]{2}){16,}$/i.test(value)) {
    forms.push(Uint8Array.from(value.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)));
  }
  return forms.flatMap((bytes) => [hex(bytes), ...shifted(bytes, 6, 3), ...shifted(bytes, 5, 5)]);
}

const ALPHABETS: Readonly<Record<number, string>> = {
  5: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
  6: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
};

/**
 * The digits that follow from the bytes alone, for each place at which they can begin in a group.
 *
 * @param bits Bits of a digit.
 * @param group Bytes of a group.
 */
function shifted(bytes: Uint8Array, bits: 5 | 6, group: number): string[] {
  const alphabet = ALPHABETS[bits] ?? "";
  return Array.from({ length: group }, (_, before) => {
    const stream = [...new Uint8Array(before), ...bytes]
      .map((byte) => byte.toString(2).padStart(8, "0")).join("");
    let text = "";
    for (let at = Math.ceil(before * 8 / bits) * bits; at + bits <= stream.length; at += bits) {
      text += alphabet[Number.parseInt(stream.slice(at, at + bits), 2)];
    }
    return text;
  });
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What a text says to whoever decodes it, in each way that changes it. */
function readings(text: string): string[] {
  const all = [
    percentDecoded(text),
    unescaped(text),
    fields(text),
    ...decodedRuns(text),
  ];
  return all.filter((one): one is string => one !== null && one !== "" && one !== text);
}

/** What decodes to noise held no text; a value within it was found before, encoded as it stood. */
function isText(text: string): boolean {
  return text !== "" && text.replace(/[^\t\n\r -~]/g, "").length >= text.length * 0.8;
}

function percentDecoded(text: string): string | null {
  if (!/%[0-9a-f]{2}/i.test(text)) return null;
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
    const bytes = Uint8Array.from(run.slice(1).split("%"), (pair) => Number.parseInt(pair, 16));
    return new TextDecoder().decode(bytes);
  });
}

/** `\u0041`, `\x41`, `\n`, `&#65;`, `&#x41;`. */
function unescaped(text: string): string | null {
  if (!/\\[ux"rntbf]|&#/i.test(text)) return null;
  const escape =
    /(?<!\\)\\+(?:u\{?(?<u>[0-9a-f]{1,6})\}?|x(?<x>[0-9a-f]{2})|[rntbf"])|&#(?:x(?<h>[0-9a-f]{1,6})|(?<d>\d{1,7}));?/gi;
  return text.replace(escape, (...match) => {
    const { u, x, h, d } = match.at(-1) as Record<string, string | undefined>;
    const digits = u ?? x ?? h;
    const code = digits === undefined ? Number(d ?? 32) : Number.parseInt(digits, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : "";
  });
}

/** The values of a query, a form or JSON, one after the other, and the same backwards. */
function fields(text: string): string | null {
  const values = text.split(/[&?#;]/).flatMap((part) => {
    const at = part.indexOf("=");
    return at < 0 ? [] : [part.slice(at + 1)];
  });
  const quoted = text.split(/(?<!\\)\\*"/);
  const strings = quoted.filter((part, at) =>
    !/^[\s:,{}[\]]*$/.test(part) && !/^\s*:/.test(quoted[at + 1] ?? "")
  );
  const lists = [values, strings].filter((one) => one.length > 1);
  if (lists.length === 0) return null;
  return lists.flatMap((list) => [list.join(""), list.toReversed().join("")]).join("\n");
}

/** Runs of base64 or hex, decoded at each place at which a group can begin. */
function decodedRuns(text: string): string[] {
  const found: string[] = [];
  for (const [run] of text.matchAll(/[A-Za-z0-9+/_-]{16,}/g)) {
    const plain = run.replaceAll("-", "+").replaceAll("_", "/");
    for (let from = 0; from < 4; from++) {
      const whole = plain.slice(from, from + Math.floor((plain.length - from) / 4) * 4);
      const rest = plain.slice(from + whole.length);
      found.push(decodeText(() => atob(whole + (rest.length > 1 ? rest : ""))));
    }
  }
  for (const [run] of text.matchAll(/(?:[0-9a-f]{2}[\s:,-]?){16,}/gi)) {
    const digits = run.replace(/[^0-9a-f]/gi, "");
    for (const from of [0, 1]) {
      const pairs = digits.slice(from).match(/../g) ?? [];
      found.push(
        String.fromCharCode(...pairs.slice(0, 50_000).map((two) => Number.parseInt(two, 16))),
      );
    }
  }
  return found.filter(isText);
}

function decodeText(decode: () => string): string {
  try {
    return decode();
  } catch {
    return "";
  }
}

/** Quoted fragments, paths and politeness in a sentence. Pure. */

/** A message whose quoted fragments are out of the grammar's way. */
export interface Masked {
  readonly text: string;
  /** The fragments with their quotes, by the number in their mark. */
  readonly fragments: readonly string[];
}

// Private-use characters: they can't be typed, and one in the message is dropped first.
const OPEN = "\uE000";
const CLOSE = "\uE001";
const MARK = /\uE000(\d+)\uE001/g;
const WHOLE_MARK = /^\uE000(\d+)\uE001$/;

/** Replaces `"…"`, `'…'` and `` `…` `` by marks. An apostrophe within a word is no quote. */
export function mask(message: string): Masked {
  const fragments: string[] = [];
  const text = message.replace(/[\uE000\uE001]/g, "").replace(
    /`[^`\n]+`|"[^"\n]+"|(?<![\p{L}\p{N}])'[^'\n]+'(?![\p{L}\p{N}])|“[^“”\n]+”/gu,
    (fragment) => `${OPEN}${fragments.push(fragment) - 1}${CLOSE}`,
  );
  return { text, fragments };
}

/** The text as it was written, quotes included. */
export function unmask(text: string, masked: Masked): string {
  return text.replace(MARK, (_, n: string) => masked.fragments[Number(n)] ?? "");
}

/** The text without the quotes around its fragments. */
export function unquote(text: string, masked: Masked): string {
  return text.replace(MARK, (_, n: string) => (masked.fragments[Number(n)] ?? "").slice(1, -1));
}

/** The fragment that a text wholly is, or null. */
export function wholeFragment(text: string, masked: Masked): string | null {
  const n = WHOLE_MARK.exec(text.trim())?.[1];
  return n === undefined ? null : masked.fragments[Number(n)] ?? null;
}

const HERE =
  /^(here|there|\.|(this|the|my|your|our|current|working|whole|entire|project|root|main)( |$)((this|the|current|working|whole|entire|project|root)( |$))*(folder|directory|dir|workspace|project|repo|repository|codebase|code|tree)?|workspace|project|folder|repo)$/i;

/**
 * The path that words name: `.` for "this folder" and its like, the one word that is left
 * without article and "file" or "folder", or null when it can't be a path.
 */
export function pathIn(words: string, masked: Masked): string | null {
  const text = words.trim().replace(/[,:]$/, "");
  if (text === "" || HERE.test(text)) return ".";
  const bare = text
    .replace(/^(the|my|our|your|this|that|a)\s+/i, "")
    .replace(/^(file|folder|directory|dir|path)s?\s+((called|named)\s+)?/i, "")
    .replace(/\s+(file|folder|directory|dir|subfolder)$/i, "");
  if (/\s/.test(bare) || bare === "") return null;
  const path = unquote(bare, masked).trim();
  return path === "" ? null : path;
}

/** Whether a name looks like a file: an extension, or a name that is one by custom. */
export function looksLikeFile(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return /^.*[^.]\.[A-Za-z0-9]{1,8}$/.test(name) ||
    /^(makefile|dockerfile|readme|license|licence|changelog|notice|\.[a-z]+(ignore|rc))$/i
      .test(name);
}

/** The verb stays, the person goes. */
const VERB_ME = /^(show|give|list|print|read|find|get) me\s+/i;

const POLITE = [
  /^(hey|hi|hello|ok(ay)?|so|and|then|also|now|next|please|kindly|just|ward)[,!]?\s+(?=\S)/i,
  /^(can|could|would|will) you( please| kindly| just)?\s+(?!(touch|access|reach)\b)/i,
  /^(i('d| would) like (you )?to|i (want|need)( you)? to|let('s| us)|help me( to)?|do you know|try to|go ahead and)\s+/i,
  /^(tell|let) me( know| see)?\s+(about\s+)?/i,
  /^(show|give) me\s+(?=what|which|where|how|who)/i,
  VERB_ME,
];

/** A sentence without greeting words, requests and the like in front, and marks behind. */
export function plain(sentence: string): string {
  let text = sentence.trim();
  for (let before = ""; before !== text;) {
    before = text;
    text = text.replace(/[\s?!.,;:]+$/, "").replace(
      /[,\s]+(please|thanks|thank you|for me|right now)$/i,
      "",
    );
    for (const polite of POLITE) {
      text = text.replace(polite, (match) => {
        const verb = polite === VERB_ME ? /^\w+/.exec(match)?.[0].toLowerCase() : undefined;
        return verb === undefined ? "" : `${verb === "give" || verb === "get" ? "show" : verb} `;
      });
    }
  }
  return text.replace(/\s+/g, " ");
}

/** One word of a shell line, quoted where it must be. */
export function shellWord(text: string): string {
  // A leading dash would be an option of the program.
  const word = text.startsWith("-") ? `./${text}` : text;
  return /^[A-Za-z0-9_./@%+,:=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A text as a regular expression that matches just it. */
export function literalPattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}

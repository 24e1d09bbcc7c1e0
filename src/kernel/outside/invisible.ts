/**
 * Takes out characters that nobody sees and a model reads: they carry hidden orders and hide
 * others. Those that a script or an emoji needs stay where they are needed, one at a time.
 *
 * Source: Unicode Standard 23.2–23.9, UTS 51 (emoji), UTR 36 and UTS 39.
 */

/** Letters between which ZWJ and ZWNJ form words: Arabic, Syriac, N'Ko, Mongolian, Indic and kin. */
const JOINING =
  /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Nko}\p{Script=Mongolian}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Tibetan}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const RIGHT_TO_LEFT =
  /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
const EMOJI = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}#*0-9]/u;
const IDEOGRAPH = /\p{Unified_Ideograph}/u;
const MONGOLIAN = /\p{Script=Mongolian}/u;

/** Whatever may be invisible; each is looked at by itself. */
const CANDIDATES = /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Co}\u{fff9}-\u{fffb}\u{2800}]/u;
const HAS_CANDIDATE = new RegExp(CANDIDATES.source, "u");

/** The three flags whose letters are tag characters: England, Scotland, Wales. */
const TAG_FLAGS = new Set(["gbeng", "gbsct", "gbwls"].map(tagged));

function tagged(letters: string): string {
  return [...letters, "\x7f"].map((one) => String.fromCodePoint(0xe0000 + one.charCodeAt(0)))
    .join("");
}

/** The text without them. */
export function stripInvisible(text: string): { text: string; removed: number } {
  if (!HAS_CANDIDATE.test(text)) return { text, removed: 0 };
  const chars = [...text];
  const kept: string[] = [];
  let removed = 0;
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at]!;
    if (!CANDIDATES.test(char)) {
      kept.push(char);
      continue;
    }
    const flag = char === "\u{e0067}" && kept.at(-1) === "\u{1f3f4}"
      ? chars.slice(at, at + 6).join("")
      : "";
    if (TAG_FLAGS.has(flag)) {
      kept.push(flag);
      at += 5;
    } else if (isNeeded(char, kept.at(-1) ?? "", chars[at + 1] ?? "")) kept.push(char);
    else removed++;
  }
  return { text: kept.join(""), removed };
}

/** Whether a character is needed between these two. */
function isNeeded(char: string, before: string, after: string): boolean {
  const code = char.codePointAt(0) ?? 0;
  switch (code) {
    case 0x200d:
      return (isEmojiPart(before) && EMOJI.test(after)) ||
        (JOINING.test(before) && !CANDIDATES.test(after));
    case 0x200c:
      return JOINING.test(before) && JOINING.test(after);
    case 0x200e:
    case 0x200f:
    case 0x61c:
      return RIGHT_TO_LEFT.test(before) || RIGHT_TO_LEFT.test(after);
    case 0xfe0e:
    case 0xfe0f:
      return EMOJI.test(before) || /[\p{S}\p{P}]/u.test(before);
    default:
      // Arabic number signs and the like are seen.
      if ((code >= 0x600 && code <= 0x605) || code === 0x6dd || code === 0x70f || code === 0x8e2) {
        return true;
      }
      if (code >= 0xe000 && code <= 0xf8ff) return true;
      if (code >= 0xfe00 && code <= 0xfe0d) return IDEOGRAPH.test(before) || /\p{Sm}/u.test(before);
      if (code >= 0xe0100 && code <= 0xe01ef) return IDEOGRAPH.test(before);
      if ((code >= 0x180b && code <= 0x180d) || code === 0x180f) return MONGOLIAN.test(before);
      return false;
  }
}

/** The last piece of an emoji that a joiner may follow. */
function isEmojiPart(char: string): boolean {
  return char === "\ufe0f" || EMOJI.test(char);
}

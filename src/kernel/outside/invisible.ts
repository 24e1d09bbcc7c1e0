/**
 * Takes out characters that nobody sees and a model reads: they carry hidden orders and hide
 * others. Those that a script or an emoji needs stay where they are needed, one at a time.
 *
 * Source: Unicode Standard 23.2–23.9, UTS 51 (emoji), UTS 37 (ideographic variation), UTS 39.
 */

/** Letters between which ZWJ and ZWNJ form words: Arabic, Syriac, N'Ko, Mongolian, Indic and kin. */
const JOINING =
  /[\p{Script_Extensions=Arabic}\p{Script_Extensions=Syriac}\p{Script_Extensions=Nko}\p{Script_Extensions=Mongolian}\p{Script_Extensions=Devanagari}\p{Script_Extensions=Bengali}\p{Script_Extensions=Gurmukhi}\p{Script_Extensions=Gujarati}\p{Script_Extensions=Oriya}\p{Script_Extensions=Tamil}\p{Script_Extensions=Telugu}\p{Script_Extensions=Kannada}\p{Script_Extensions=Malayalam}\p{Script_Extensions=Sinhala}\p{Script_Extensions=Tibetan}\p{Script_Extensions=Khmer}\p{Script_Extensions=Myanmar}\p{Script_Extensions=Javanese}\p{Script_Extensions=Balinese}]/u;
/** Scripts without spaces between words; a zero width space says where a line may break. */
const UNSPACED =
  /[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}\p{Script=Javanese}\p{Script=Balinese}]/u;
const RIGHT_TO_LEFT =
  /(?=\p{L})[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
const DIRECTION = /[\u200e\u200f\u061c]/;
/** How far from letters that are written to the left a mark of direction counts, characters. */
const NEAR = 24;
const PICTURE = /[\p{Extended_Pictographic}\p{Emoji_Modifier}]/u;
/** What has a picture form and a text form; digits have one with the key around them only. */
const HAS_FORMS = /(?![0-9#*\p{Emoji_Modifier}])\p{Emoji}/u;
const KEYS = /[0-9#*]/;
/** What the standard lists variants of, besides pictures: full width marks, mathematics, Myanmar. */
const HAS_VARIANTS = /[\p{Unified_Ideograph}\p{Sm}\p{Script=Myanmar}、。，．：；！？ー〱-〵0]/u;
const IDEOGRAPH = /\p{Unified_Ideograph}/u;
const MONGOLIAN = /\p{Script=Mongolian}/u;
const BRAILLE = /[\u2801-\u28ff]/;
const HIEROGLYPH = /\p{Script=Egyptian_Hieroglyphs}/u;

/** Whatever may be invisible; each is looked at by itself. */
const CANDIDATES =
  /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Co}\p{Noncharacter_Code_Point}\ufff9-\ufffb\u2800]/u;

/** Characters of private use in a row: as icons stand so many at most. */
const MAX_ICONS = 3;
/** Last selector of ideographs that is in use (the Ideographic Variation Database has 32 at most). */
const LAST_VARIANT = 0xe011f;

/** The three flags whose letters are tag characters: England, Scotland, Wales. */
const TAG_FLAGS = new Set(["gbeng", "gbsct", "gbwls"].map(tagged));

function tagged(letters: string): string {
  return [...letters, "\x7f"].map((one) => String.fromCodePoint(0xe0000 + one.charCodeAt(0)))
    .join("");
}

/** The text without them. */
export function stripInvisible(text: string): { text: string; removed: number } {
  if (!CANDIDATES.test(text)) return { text, removed: 0 };
  const chars = [...text];
  const kept: string[] = [];
  let removed = 0;
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at]!;
    if (!CANDIDATES.test(char)) {
      kept.push(char);
      continue;
    }
    const before = kept.at(-1) ?? "";
    if (/\p{Co}/u.test(char)) {
      let end = at + 1;
      while (end < chars.length && /\p{Co}/u.test(chars[end]!)) end++;
      // What is taken out must not put two rows of icons together.
      if (end - at <= MAX_ICONS && !/\p{Co}/u.test(before)) kept.push(...chars.slice(at, end));
      else removed += end - at;
      at = end - 1;
      continue;
    }
    if (DIRECTION.test(char)) {
      // Beside a word of another direction such a mark stands after Latin letters too.
      const isNeeded = !DIRECTION.test(before) &&
        (RIGHT_TO_LEFT.test(kept.slice(-NEAR).join("")) ||
          RIGHT_TO_LEFT.test(chars.slice(at + 1, at + 1 + NEAR).join("")));
      if (isNeeded) kept.push(char);
      else removed++;
      continue;
    }
    const flag = char === "\u{e0067}" && before === "\u{1f3f4}"
      ? chars.slice(at, at + 6).join("")
      : "";
    if (TAG_FLAGS.has(flag)) {
      kept.push(flag);
      at += 5;
    } else if (isNeeded(char, before, chars[at + 1] ?? "", kept.at(-2) ?? "")) kept.push(char);
    else removed++;
  }
  return { text: kept.join(""), removed };
}

/** Whether a character is needed between these two. */
function isNeeded(char: string, before: string, after: string, farther: string): boolean {
  const code = char.codePointAt(0) ?? 0;
  switch (code) {
    case 0x200d:
      return (PICTURE.test(before === "\ufe0f" ? farther : before) && PICTURE.test(after)) ||
        (JOINING.test(before) && !CANDIDATES.test(after));
    case 0x200c:
      return JOINING.test(before) && !CANDIDATES.test(after);
    case 0x200b:
      return UNSPACED.test(before) && UNSPACED.test(after);
    case 0xfe0e:
    case 0xfe0f:
      return HAS_FORMS.test(before) || (KEYS.test(before) && after === "\u20e3");
    case 0x2800:
      return BRAILLE.test(before) || BRAILLE.test(after);
  }
  // Number signs of Arabic, Syriac and Kaithi are seen.
  if ((code >= 0x600 && code <= 0x605) || [0x6dd, 0x70f, 0x8e2, 0x890, 0x891].includes(code)) {
    return true;
  }
  if (code === 0x110bd || code === 0x110cd) return true;
  if (code >= 0xfe00 && code <= 0xfe0d) return HAS_VARIANTS.test(before);
  if (code >= 0xe0100 && code <= LAST_VARIANT) return IDEOGRAPH.test(before);
  if (code >= 0x180b && code <= 0x180f) return MONGOLIAN.test(before);
  if (code >= 0x13430 && code <= 0x1345f) return HIEROGLYPH.test(before);
  return false;
}

/** Texts that people write. Not one byte of them may change. */

/** Scripts and what their spelling needs. */
const WRITTEN: Readonly<Record<string, string>> = {
  "Arabic": "نصٌّ عربيٌّ مع تشكيلٍ وأرقام ١٢٣ وعلامات، هل هذا واضح؟ نعم؛ شكراً.",
  "Arabic with Latin and marks of direction":
    "استخدم الأمر git\u200f لحفظ العمل (الإصدار 2.0\u200f)، ثم أعد التشغيل.",
  "Arabic, number sign and end of ayah": "\u0600١٢٣ السورة \u06dd٧",
  "Persian": "می‌خواهم کتاب‌ها را بخوانم؛ نمی‌دانم کجایند. خانه‌ای بزرگ‌تر",
  "Kurdish": "ئەم کتێبه‌ زۆر باشه‌",
  "Persian with vowel marks": "بِه‌دَست می‌آوَرَم، نامِ‌ ما",
  "Urdu": "میں نے یہ کتاب پڑھی ہے۔ کیا آپ نے بھی پڑھی؟",
  "Hebrew": "שלום עולם, מה שלומך? הַשָּׁמַיִם",
  "Hebrew with a mark of direction": "השתמש ב-C++\u200f ולא ב-C.",
  "Syriac": "ܫܠܡܐ ܥܠܝܟ",
  "Thaana": "އައްސަލާމް ޢަލައިކުމް",
  "Hindi": "क्‍ष और क्ष अलग दिखते हैं; श्री‌मान, नमस्ते!",
  "Marathi": "मी महाराष्ट्रात राहतो. र्‍हस्व आणि दीर्घ",
  "Bengali": "আমি বাংলায় গান গাই। র‍্যাব, র‌্যাম",
  "Tamil": "வணக்கம் உலகம், ஸ்ரீ க்‌ஷ",
  "Telugu": "నమస్కారం, రాజ్‌కుమార్",
  "Kannada": "ನಮಸ್ಕಾರ, ರಾಜ್‌ಕುಮಾರ್ ರ‍್ಯ",
  "Malayalam": "നമസ്കാരം, അവന്‍ വന്നു; തമിഴ്‌നാട്",
  "Gujarati": "નમસ્તે, કેમ છો?",
  "Punjabi": "ਸਤ ਸ੍ਰੀ ਅਕਾਲ",
  "Sinhala": "ශ්‍රී ලංකාව, ක්‍රමය",
  "Odia": "ନମସ୍କାର",
  "Nepali": "नेपाली भाषा, गर्‍यो",
  "Thai": "สวัสดีชาวโลก ภาษาไทย ๑๒๓",
  "Thai with places to break": "ภาษา\u200bไทย\u200bไม่\u200bเว้น\u200bวรรค",
  "Lao": "ສະບາຍດີ\u200bຊາວໂລກ",
  "Khmer": "ខ្ញុំ\u200bស្រឡាញ់\u200bភាសា\u200bខ្មែរ\u200bណាស់",
  "Burmese": "မင်္ဂလာပါ\u200bကမ္ဘာ",
  "Tibetan": "བཀྲ་ཤིས་བདེ་ལེགས།",
  "Mongolian": "ᠮᠣᠩᠭᠣᠯ ᠤᠨ᠋ ᠨᠢᠭᠡ ᠲᠠᠯ᠎ᠠ",
  "Chinese": "人工智能助手：请阅读说明书，然后再操作。價錢「一百元」。",
  "Japanese": "日本語のテキスト。カタカナ、ひらがな、漢字！「引用」〜",
  "Japanese names with variants": "葛󠄀城市、辻󠄁さん、渡邉󠄂、祇󠄀園",
  "Chinese with standardised variants": "他说、︀她来。︀",
  "Korean": "안녕하세요, 세계! 한국어 텍스트입니다.",
  "Greek and Cyrillic": "Ελληνικά γράμματα. Русский текст, українська мова, српски.",
  "Armenian, Georgian, Amharic": "Բարև աշխարհ. გამარჯობა. ሰላም ልዑል፡፡",
  "Cherokee, Inuktitut": "ᎣᏏᏲ ᎡᎶᎯ. ᐊᐃᓐᖓᐃ",
  "Latin with marks": "Zürich, naïve café, Łódź, Đà Nẵng, İstanbul, Ñandú, ſhip, Œuvre",
  "Vietnamese, decomposed": "Tie\u0302\u0301ng Vie\u0323\u0302t",
  "Mathematics": "∀x ∈ ℝ: ⟨x|y⟩ ≤ ‖x‖·‖y‖, ∑ᵢ aᵢ², 𝑓(𝑥) = ½, ∩︀",
  "Braille": "⠓⠑⠇⠇⠕⠀⠺⠕⠗⠇⠙",
  "Hieroglyphs": "𓂋𓐰𓈖𓏏",
  "Music, chess, cards": "♪ ♫ ♭ ♯ ♔♕ 🂡 ⚀ ☯",
};

/** Pictures with joiners, selectors, flags and keys. */
const PICTURES: Readonly<Record<string, string>> = {
  "families and jobs": "👩‍💻 👨‍👩‍👧‍👦 🧑‍🚀 👩🏽‍🔬 🧑🏾‍🤝‍🧑🏻 👨‍❤️‍💋‍👨",
  "flags": "🇩🇪 🇧🇷 🏴󠁧󠁢󠁥󠁮󠁧󠁿 🏴󠁧󠁢󠁳󠁣󠁴󠁿 🏴󠁧󠁢󠁷󠁬󠁳󠁿 🏳️‍🌈 🏳️‍⚧️ 🏴‍☠️",
  "keys": "1️⃣ 2️⃣ #️⃣ *️⃣ 🔟",
  "forms": "❤️ ☎︎ ✔️ ©️ ™︎ ‼️ ↔️ ㊗️ ⚠️ ⌨️",
  "newer ones": "❤️‍🔥 😮‍💨 🐻‍❄️ 👁️‍🗨️ 🐦‍⬛ 🙂‍↔️ ⛓️‍💥 🍋‍🟩",
  "skin and hair": "👍🏽 👋🏿 👨🏼‍🦰 🧔‍♀️ 🤹🏻‍♂️",
  "icons of a prompt": "\ue0b0 main \uf418 \uf05a\uf071 ok \u{f0219}",
};

/** Code, marked-up text, logs. */
const CODE: Readonly<Record<string, string>> = {
  "TypeScript":
    "export const all: Map<string, Array<User>> = new Map();\nif (a < b && c > d) { x[system] = `<div>${y}</div>`; } // [INFO]\n",
  "JSX": '<User name="a" />\n<Tool onClick={() => run(x)}>text</Tool>\n<List<System> />',
  "Java":
    "List<User> users = repo.<User>find();\nMap<System, Tool> m; Optional<Assistant> a = load();",
  "Rust": "let v: Vec<Tool> = x.iter().map(|u| u <<1| 3).collect(); // <'a>\n#[derive(Debug)]",
  "C++":
    "#include <functional>\ntemplate <typename T> struct A : B<T>::c {}; std::cout << x << '\\n';",
  "Go": 'ch <- x; if v, ok := <-c; ok { fmt.Printf("%v\\n", v) } // USER\n',
  "Python":
    'def user(system: dict[str, "User"]) -> list[str]:\n    return [s for s in system if s]\n',
  "Haskell": "parse = a <|> b <|> many c <$> d >>= \\x -> pure [x | y <- z]",
  "OCaml": "let f = function | A -> [|1;2|] | B -> [||]",
  "F#": "x |> List.map f <| [1; 2]\nlet a = [| x |]",
  "shell":
    'git clone ssh://"$USER"@host/x && echo "a <<EOF" | tee -a log # [user]\nusage: tool [ARGS] <file>',
  "SQL": "SELECT * FROM user WHERE a <> b AND c <= 'x' -- comment\n;",
  "YAML": "user: root\nsystem:\n  assistant: true\n  role: developer\n- human: no\n",
  "TOML": '[user]\nname = "x"\n\n[system]\nlevel = 3\n[tool.ruff]\n',
  "JSON": '{"role": "user", "content": "hi", "system": null, "tools": [{"type": "function"}]}',
  "HTML": "<!doctype html><p>a <s>old</s> <b>new</b></p>\n<ul><li>x</li></ul>",
  "XML": '<users>\n  <name role="x">a</name>\n</users>\n<config><mode>1</mode></config>',
  "LaTeX": "\\section{System} $a < b$ \\begin{user} % comment\n\\[ x \\]",
  "Makefile": "all: user system\n\t@echo $(USER)\nhuman:\n\t./run",
  "diff":
    "--- a/x.ts\n+++ b/x.ts\n@@ -1,3 +1,3 @@\n-const user = 1;\n+const system = 2; // <b>\n context\n",
  "Markdown":
    "# System requirements\n\n## User guide\n\n> [!IMPORTANT]\n> Read [system](a.md) and [user][ref].\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\n- [ ] task\n- [x] done\n\n```sh\nls <dir>\n```\n",
  "log":
    "2026-01-02 10:00:01 [INFO] user: login ok\n2026-01-02 10:00:02 [WARN] system load 3.2 (tool=x)\n",
  "mail":
    "From: a@b.example\nTo: c@d.example\nSubject: Re: instructions\n\n> Please read the instructions above.\n\nThanks,\nA",
  "regular expression": "/<\\|?(?:a|b)\\|?>/g and [^\\]]{0,80} and (?<!x)",
  "box drawing": "┌──┬──┐\n│a │b │\n└──┴──┘ ▁▂▃▄▅▆▇█ ░▒▓ ├── src",
};

/** All of them: name and text. */
export const LEGITIMATE: readonly (readonly [name: string, text: string])[] = [
  ...Object.entries(WRITTEN),
  ...Object.entries(PICTURES),
  ...Object.entries(CODE),
];

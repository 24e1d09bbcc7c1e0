/**
 * Words that chat formats put around turns and calls: with them a text passes for the user, the
 * system or a tool. They are made plain, not taken out, so that a text about them stays readable.
 *
 * Source: the chat templates that the families publish with their models. Every repetition is
 * bounded, so that a long text takes time by its length alone.
 */

/** One form, and an example of it. */
export interface RoleTag {
  readonly family: string;
  readonly pattern: RegExp;
  readonly example: string;
}

/** Names that no mark-up language uses otherwise. */
const ROLES = "system|assistant|instructions?|admin|important|" +
  "(?:system|user|assistant|developer|admin)[-_ ](?:prompt|message|reminder|instructions?|note|turn)|" +
  "tool[-_](?:calls?|results?|responses?|outputs?|use|code)|function[-_](?:calls?|results?|responses?)|" +
  "invoke|think(?:ing)?|antml:[a-z_]{1,30}";

/** The forms. */
export const ROLE_TAGS: readonly RoleTag[] = [
  {
    family: "ChatML, Llama 3, Phi, Qwen, GLM, Kimi, Cohere, gpt-oss, DeepSeek and others",
    pattern: /[<＜][|｜][^\s<>＜＞|｜()]{1,60}[|｜][>＞]/g,
    example: "<|im_start|>",
  },
  {
    family: "Gemma 4",
    pattern: /<\|[a-z_]{1,30}>|<[a-z_]{1,30}\|>/gi,
    example: "<|turn>",
  },
  {
    family: "Gemma, GLM, Granite, Nemotron, Baichuan, Seed and others",
    pattern:
      /<\/?(?:bos|eos|start_of_turn|end_of_turn|start_of_role|end_of_role|end_of_text|endoftext|im_start|im_end|sop|eop|eoh|eoa|(?:start|end)_function_(?:call|response)|BOS_TOKEN|EOS_TOKEN|extra_id_\d{1,3}|SPECIAL_\d{1,4}|reserved_\d{1,4}|unused\d{1,4}|seed:[a-z_]{1,30})>/gi,
    example: "<start_of_turn>",
  },
  { family: "Llama 2", pattern: /<<\/?SYS>>/g, example: "<<SYS>>" },
  {
    family: "Llama 2, Mistral",
    pattern: /<\/?s>[ \t]{0,3}(?=\[\/?INST|<<SYS|<\/?s>|$)/g,
    example: "</s>[INST]",
  },
  {
    family: "Mistral",
    pattern:
      /\[\/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|CALL_ID|THINK)\]/g,
    example: "[INST]",
  },
  { family: "GLM", pattern: /\[gMASK\]/g, example: "[gMASK]" },
  {
    family: "EXAONE",
    pattern: /\[\|(?:system|user|assistant|tool|endofturn)\|\]/g,
    example: "[|assistant|]",
  },
  {
    family: "MiniMax",
    pattern: /\]~!?b[\[\]](?:system|user|ai|tool)?|\[e~\[/g,
    example: "]~b]system",
  },
  {
    family: "tags of roles at the beginning of a line",
    pattern:
      /^[ \t]{0,8}<\/?(?:user|human|tool|function|developer|USER|HUMAN|TOOL|DEVELOPER|INFORMATION)>/gm,
    example: "<user>",
  },
  {
    family: "tags of roles and calls (Claude, Hermes, Functionary and prompts of programs)",
    // Not after a letter: `List<System>` is code.
    pattern: new RegExp(`(?<![\\p{L}\\p{N}_])<\\/?(?:${ROLES})(?:\\s[^<>]{0,80})?\\/?>`, "giu"),
    example: "<system-reminder>",
  },
  {
    family: "roles in brackets",
    pattern:
      /(?<![\w\])])\[\/?(?:SYSTEM|ASSISTANT|ADMIN|INSTRUCTIONS?|IMPORTANT|SYSTEM (?:MESSAGE|PROMPT|NOTE|OVERRIDE))\](?![(\[])/g,
    example: "[SYSTEM]",
  },
  {
    family: "roles in brackets, before words",
    // Alone on its line it is a section of a settings file.
    pattern:
      /^[ \t]{0,8}\[(?:system|assistant|admin|instructions?|System|Assistant|Admin|Instructions?)\](?=:|[ \t]{1,3}\w)/gm,
    example: "[system] go on",
  },
  {
    family: "lines that open a turn (Claude 2, Vicuna)",
    pattern:
      /(?:^|\n[ \t]{0,8}\n)[ \t>*#]{0,8}(?:System|Assistant|Human|User|Developer)(?=(?:\*\*)?[ \t]{0,4}:)/g,
    example: "Human: go on",
  },
  {
    family: "lines that open a turn, in capitals",
    pattern: /^[ \t>*#]{0,8}(?:SYSTEM|ASSISTANT|HUMAN|USER|DEVELOPER)(?=[ \t]{0,4}:)/gm,
    example: "ASSISTANT: done",
  },
  {
    family: "headings that open a turn (Alpaca)",
    pattern:
      /#{2,4} {0,2}(?:\((?:system|assistant|user|admin)[_ ](?:message|prompt)\)|(?:System|Instruction|Response|User|Assistant|Human)(?= {0,2}:))/gi,
    example: "### Instruction:",
  },
];

/** The text with every such form made plain: its words in parentheses. */
export function plainRoleTags(text: string): { text: string; changed: number } {
  let changed = 0;
  let plain = text;
  for (const { pattern } of ROLE_TAGS) {
    plain = plain.replace(pattern, (tag) => {
      changed++;
      return plainTag(tag);
    });
  }
  const rest = plainEscaped(plain);
  return { text: rest.text, changed: changed + rest.changed };
}

/** A page that becomes Markdown has them as `<|im\_start|\>`, and a model reads through that. */
function plainEscaped(text: string): { text: string; changed: number } {
  if (!text.includes("\\")) return { text, changed: 0 };
  /** For each escape, where the unit that it stands before is once all of them are taken out. */
  const escapes: number[] = [];
  const bare = text.replace(/\\(?=[[\]<>_|#~!])/g, (_, at: number) => {
    escapes.push(at - escapes.length);
    return "";
  });
  /** How many escapes stand before a place of the bare text, those right there included. */
  const upTo = (place: number) => {
    let [from, to] = [0, escapes.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (escapes[middle]! <= place) from = middle + 1;
      else to = middle;
    }
    return from;
  };
  const tags = ROLE_TAGS.flatMap(({ pattern }) =>
    [...bare.matchAll(pattern)].map(({ 0: tag, index }) => ({ tag, from: index }))
  ).toSorted((a, b) => a.from - b.from);
  let plain = "";
  let done = 0;
  let changed = 0;
  for (const { tag, from } of tags) {
    const last = from + tag.length - 1;
    // Where none is escaped it was looked at already.
    if (upTo(last) === upTo(from - 1)) continue;
    const start = from + upTo(from - 1);
    if (start < done) continue;
    plain += text.slice(done, start) + plainTag(tag);
    done = last + upTo(last) + 1;
    changed++;
  }
  return { text: plain + text.slice(done), changed };
}

function plainTag(tag: string): string {
  const lead = /^[\s>*]*/.exec(tag)?.[0] ?? "";
  const words = tag.slice(lead.length).replace(/[<>＜＞[\]|｜()#]/g, "").trim();
  return `${lead}(${words})`;
}

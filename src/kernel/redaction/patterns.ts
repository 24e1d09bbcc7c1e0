/**
 * What counts as sensitive in a text, by category. A pattern with a group hides the group alone, so
 * that `password = …` still says what it is. Pure.
 */

/** Categories that can be switched on. */
export const REDACTION_CATEGORIES = [
  "private_keys",
  "connection_strings",
  "jwt_tokens",
  "api_keys",
  "tokens",
  "passwords",
  "cards",
  "emails",
  "ip_addresses",
] as const;

/** One of {@linkcode REDACTION_CATEGORIES}. */
export type RedactionCategory = typeof REDACTION_CATEGORIES[number];

/** Finds sensitive parts of a text. */
export interface RedactionPattern {
  /** In the placeholder: letters, digits and `_`. */
  readonly label: string;
  readonly pattern: RegExp;
  /** Whether what was found is really one. @default always */
  isOne?(value: string): boolean;
}

/** Names of fields whose values are secrets, as they are written in code, files and logs. */
const named = (names: string, least: number) =>
  new RegExp(
    `(?<![A-Za-z])(?:${names})["']?\\s*(?:[:=]|=>)\\s*["']?([^\\s"',;<>{}]{${least},})`,
    "gi",
  );

/** Patterns by category, in the order in which they are looked for: the longest forms first. */
export const PATTERNS: Readonly<Record<RedactionCategory, readonly RedactionPattern[]>> = {
  private_keys: [{
    label: "PRIVATE_KEY",
    pattern: /-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----[^]*?(?:-----END [A-Z0-9 ]*-----|$)/g,
  }],
  connection_strings: [{
    label: "CONNECTION",
    pattern: /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@"'<>]*:[^\s@"'<>]+@[^\s"'<>]+/gi,
  }],
  jwt_tokens: [{
    label: "JWT",
    pattern: /\beyJ[\w-]{8,}\.[\w-]{4,}\.[\w-]*/g,
  }],
  api_keys: [
    {
      label: "API_KEY",
      // Anthropic, OpenAI; AWS; GitHub; GitLab; Slack; Google; Stripe; npm; Hugging Face; Groq;
      // xAI; SendGrid; DigitalOcean.
      pattern: new RegExp(
        [
          "sk-[\\w-]{16,}",
          "A(?:KIA|SIA|GPA|IDA|ROA)[A-Z0-9]{12,}",
          "gh[pousr]_\\w{16,}",
          "github_pat_\\w{16,}",
          "glpat-[\\w-]{16,}",
          "x(?:ox[a-z]|app)-[\\w-]{10,}",
          "AIza[\\w-]{30,}",
          "[rs]k_(?:live|test)_\\w{10,}",
          "npm_\\w{30,}",
          "hf_\\w{20,}",
          "gsk_\\w{20,}",
          "xai-\\w{20,}",
          "SG\\.[\\w-]{16,}\\.[\\w-]{16,}",
          "do[op]_v1_\\w{30,}",
        ].map((one) => `(?<![\\w-])${one}`).join("|"),
        "g",
      ),
    },
    {
      label: "API_KEY",
      pattern: named(
        "[\\w-]*(?:api[_-]?key|access[_-]?key(?:[_-]?id)?|secret[_-]?key|private[_-]?key|secret)",
        6,
      ),
    },
  ],
  tokens: [
    { label: "TOKEN", pattern: /\b(?:bearer|basic)\s+([\w.~+/-]{8,}=*)/gi },
    { label: "TOKEN", pattern: named("[\\w-]*token", 6) },
  ],
  passwords: [{
    label: "PASSWORD",
    pattern: named("[\\w-]*(?:password|passwd|passphrase|pwd)", 4),
  }],
  cards: [{
    label: "CARD",
    pattern: /(?<![\d.])\d(?:[ -]?\d){12,18}(?![\d.]\d|\d)/g,
    isOne: (value) => isLuhn(value.replaceAll(/\D/g, "")),
  }],
  emails: [{
    label: "EMAIL",
    pattern: /[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu,
  }],
  ip_addresses: [
    {
      label: "IP",
      pattern:
        /(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?!\.?\d)/g,
      isOne: (value) => !/^(?:127\.|0\.0\.0\.0$)/.test(value),
    },
    {
      label: "IP",
      pattern: /(?<![\w:.])(?:[0-9a-f]{0,4}:){2,7}(?:[0-9a-f]{1,4}|:)(?![\w:])/gi,
      isOne: isIpv6,
    },
  ],
};

/** An address of more than two short groups, which code has too; this machine itself is no secret. */
function isIpv6(value: string): boolean {
  const groups = value.split(":").filter((group) => group !== "");
  return URL.canParse(`http://[${value}]`) && !/^[0:]*:[01]?$/.test(value) &&
    (groups.length > 2 || groups[0]?.length === 4);
}

/** The check digit of card numbers. Source: ISO/IEC 7812-1, annex B. */
function isLuhn(digits: string): boolean {
  if (digits.length < 13 || digits.length > 19 || /^(\d)\1*$/.test(digits)) return false;
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

/**
 * What counts as sensitive in a text, by category. A pattern with a group hides the group alone, so
 * that `password = …` still says what it is. Pure.
 */
import { KEY_FORMAT } from "./key_formats.ts";
import { namedValues } from "./named_values.ts";
import type { RedactionPattern } from "./redaction_pattern.ts";

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

/** Those that are secrets wherever they stand. */
export const SECRET_CATEGORIES = [
  "private_keys",
  "connection_strings",
  "jwt_tokens",
  "api_keys",
  "tokens",
  "passwords",
] as const satisfies readonly (typeof REDACTION_CATEGORIES[number])[];

/** One of {@linkcode REDACTION_CATEGORIES}. */
export type RedactionCategory = typeof REDACTION_CATEGORIES[number];

/** Patterns by category, in the order in which they are looked for: the longest forms first. */
export const PATTERNS: Readonly<Record<RedactionCategory, readonly RedactionPattern[]>> = {
  private_keys: [{
    label: "PRIVATE_KEY",
    pattern:
      /-----BEGIN [A-Z0-9 ]{0,64}PRIVATE KEY[A-Z ]{0,64}-----[^]*?(?:-----END [A-Z0-9 ]{0,128}-----|$)/dg,
  }],
  connection_strings: [{
    label: "CONNECTION",
    pattern: /[a-z][a-z0-9+.-]{0,31}:\/\/[^\s/:@"'<>]{0,256}:[^\s@"'<>]{1,1024}@[^\s"'<>]+/dgi,
  }],
  jwt_tokens: [{
    label: "JWT",
    // All that could be one is taken at once, also one that was cut in its second part.
    pattern: /\beyJ[\w-]{8,}(?:\.{1,2}[\w-]+){0,4}/dg,
    isOne: (value) => /\.[\w-]{4}/.test(value),
  }, {
    label: "JWT",
    // One in base64, as Kubernetes keeps it.
    pattern: /\bZXlK[\w+/-]{40,}={0,2}/dg,
  }],
  api_keys: [
    { label: "API_KEY", pattern: KEY_FORMAT },
    namedValues(
      "API_KEY",
      "api[_-]?key|access[_-]?key(?:[_-]?id)?|secret[_-]?key|private[_-]?key|secret",
      6,
    ),
  ],
  tokens: [
    { label: "TOKEN", pattern: /\bbearer\s+([\w.~+/-]{8,}=*)/dgi },
    {
      label: "TOKEN",
      pattern: /authorization\\*["'`]?\]?\s*[:=,]\s*\\*["'`]?basic\s+([\w.~+/-]{4,}=*)/dgi,
    },
    {
      label: "TOKEN",
      // A key without a word before it, or with one that is neither of the two.
      pattern:
        /authorization\\*["'`]?\]?\s*[:=,]\s*\\*["'`]?(?:[a-z-]{2,24}\s)?(?=[a-z_-]{0,80}\d)([\w.~+/-]{16,}=*)/dgi,
    },
    { label: "TOKEN", pattern: /\bbasic\s+([\w.~+/-]{8,}=*)/dgi, isOne: isCredentials },
    namedValues("TOKEN", "token", 6),
  ],
  passwords: [
    namedValues("PASSWORD", "password|passwd|passphrase|pwd", 4),
    {
      label: "PASSWORD",
      pattern:
        /\bcurl\b(?:[^\n]|\\\r?\n){0,400}?\s(?:-u|--user)(?:=|\s{0,8})["']?[^\s:"']{0,100}:(?!\/\/)([^\s"']{3,})/dg,
    },
  ],
  cards: [{
    label: "CARD",
    pattern: /(?<![\d.])\d(?:[ -]?\d){12,18}(?![\d.]\d|\d)/dg,
    isOne: (value) => isLuhn(value.replaceAll(/\D/g, "")),
  }],
  emails: [{
    label: "EMAIL",
    // Begins where its characters begin, and takes what hangs on to it, which may be one more.
    pattern:
      /(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+(?:[._%+@-]+[\p{L}\p{N}]+)*/dgu,
    readings: (value) => value.match(/^[^@]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/u) ?? [],
  }],
  ip_addresses: [
    {
      label: "IP",
      pattern:
        /(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?!\.?\d)/dg,
      isOne: (value) => !/^(?:127\.|0\.0\.0\.0$)/.test(value),
    },
    {
      label: "IP",
      pattern: /(?<![\w:.])(?:[0-9a-f]{0,4}:){2,7}(?:[0-9a-f]{1,4}|:)(?![\w:])/dgi,
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

/** `user:password` in base64, or what can hardly be a word: the word before it is one of prose too. */
function isCredentials(value: string): boolean {
  if (value.length >= 20 && [/[a-z]/, /[A-Z]/, /\d/].every((kind) => kind.test(value))) return true;
  const digits = value.replace(/(?<!=)=+$/, "").replaceAll("-", "+").replaceAll("_", "/");
  try {
    // A single digit at the end is what a cut left.
    const text = atob(digits.length % 4 === 1 ? digits.slice(0, -1) : digits);
    // deno-lint-ignore no-control-regex
    return text.includes(":") && !/[\0-\x1f\x7f]/.test(text);
  } catch {
    return false;
  }
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

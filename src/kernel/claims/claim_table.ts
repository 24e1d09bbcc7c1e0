/**
 * What a model may say that it did, and what of ward's audit log would show it. Data: a kind, its
 * verbs in the past, what must stand after them. Made to be silent rather than wrong: a claim counts
 * only where somebody says "I did" of a thing that ward's tools, or none of them, could have done.
 */

/** Kinds of side effects that are claimed. */
export const CLAIM_KINDS = [
  "file",
  "command",
  "commit",
  "message",
  "install",
  "appointment",
  "deal",
] as const;

/** One of them. */
export type ClaimKind = (typeof CLAIM_KINDS)[number];

/** How a kind of claim is told. */
export interface ClaimRow {
  readonly kind: ClaimKind;
  /** Alternatives of a regular expression. */
  readonly verbs: string;
  /** What must follow in the same sentence, case aside. */
  readonly object: RegExp;
}

/** Endings of files that are written often; `Node.js` and the like are named in {@linkcode NO_FILES}. */
const ENDINGS =
  "txt|md|json|ya?ml|toml|csv|tsv|xml|html?|css|s?css|jsx?|tsx?|mjs|py|rs|go|java|kt|" +
  "c|h|cpp|hpp|cs|rb|php|sh|sql|ini|cfg|conf|env|lock|log|pdf|docx?|xlsx?|pptx?|png|jpe?g|svg|zip|gz";

/** A file as it is named in prose: in quotes or backticks, or by its ending. */
export const FILE_NAME = new RegExp(
  '[`"“*]([^`"”*\\s]+(?:/|\\.\\w)[^`"”*\\s]*)[`"”*]|' +
    `(?<![\\w:/.@])((?:[\\w.-]+/)*[\\w-][\\w.-]*\\.(?:${ENDINGS}))(?![\\w/])`,
  "i",
);

/** Names that look like files. */
export const NO_FILES = /^(?:\w+\.js|asp\.net|e\.g|i\.e)$/i;

/** The table. */
export const CLAIMS: readonly ClaimRow[] = [
  {
    kind: "file",
    verbs:
      "created|wrote|written|saved|updated|edited|modified|changed|rewrote|rewritten|renamed|" +
      "moved|copied|deleted|removed|added|appended|fixed|replaced|generated",
    object: FILE_NAME,
  },
  {
    kind: "file",
    verbs: "created|saved|deleted|removed|renamed|moved|overwrote|overwritten",
    object:
      /^(?:the|a|an|your|that|this|all|both|these|those|\d{1,9})?\s*(?:\w+\s){0,2}(?:files?|folders?|director(?:y|ies))\b/i,
  },
  {
    kind: "command",
    verbs: "ran|run|executed|started|launched",
    object:
      /^(?:`[^`]+`|(?:the|all|your|both|all the|the full)\s+(?:\w+\s){0,2}(?:tests?|test suite|builds?|linter|commands?|scripts?|migrations?)\b)/i,
  },
  {
    kind: "commit",
    verbs: "committed|pushed|merged",
    object:
      /^(?:(?:the|your|all|these|those|my|both|it|them|everything)\b\s*){0,2}(?:changes?|commits?|fix|code|branch|work|files?|to\s+(?:main|master|origin|git|the\s+(?:repo|remote|branch))|it\b|them\b|everything\b)/i,
  },
  {
    kind: "message",
    verbs: "sent|emailed|e-mailed|mailed|posted|submitted|forwarded|replied to|messaged|published",
    object:
      /\b(?:e-?mails?|mails?|messages?|invitations?|invites?|tweets?|posts?|comments?|repl(?:y|ies)|notifications?|pull request|issue|form)\b|\bto\s+(?:[\w.+-]+@[\w.-]+|[#@]\w+)/i,
  },
  {
    kind: "install",
    verbs: "installed|uninstalled|upgraded",
    object:
      /^(?:`[^`]+`|(?:the|all|all the|your|both)?\s*(?:\w+\s){0,2}(?:packages?|dependenc(?:y|ies)|librar(?:y|ies)|modules?|plugins?|program|app)\b)/i,
  },
  {
    kind: "appointment",
    verbs: "scheduled|rescheduled|set|set up|added|created|cancell?ed",
    object:
      /^(?:a|an|the|your|that|this)?\s*(?:\w+\s){0,2}(?:reminders?|meetings?|appointments?|alarms?|timers?|cron jobs?|calendar (?:event|entry|invite))\b/i,
  },
  {
    kind: "deal",
    verbs: "booked|ordered|bought|purchased|paid|transferred|refunded|cancell?ed",
    object:
      /^(?:a|an|the|your|that|this|two|three|for the)?\s*(?:\w+\s){0,2}(?:flights?|hotels?|rooms?|tickets?|tables?|orders?|invoices?|bills?|subscriptions?|payments?|money|[$€£]\s?\d[\d.,]*|\d[\d.,]*\s?(?:euros?|dollars?|pounds?|EUR|USD|GBP))/i,
  },
];

/** What makes a sentence no claim of something done now: denied, planned, asked, told of, quoted. */
export const NO_CLAIM = new RegExp(
  "\\b(?:not|never|no|nothing|neither|nor|cannot|can't|could|couldn't|would|wouldn't|should|might|may|will|" +
    "won't|haven't|hasn't|hadn't|didn't|don't|doesn't|wasn't|unable|failed|without|if|unless|whether|until|" +
    "once|suppose|imagine|pretend|(?:for|an?|the) example|let me|want me|shall|before i|after i|when i|had i|" +
    "earlier|previously|last time|yesterday|would've|simulated|hypothetical|as text|" +
    "here(?:'s| is| are)|below|above|in this (?:message|reply|answer|chat)|tried|attempted|dry run|plan to|" +
    "going to|about to|instead of|as though|thought|believe|assume|claimed?|says?|said|quote)\\b|\\?\\s*$",
  "i",
);

/** Tools whose effects say all that they did; of a sub-agent the rows of its own session do. */
export const TELLING_TOOLS: ReadonlySet<string> = new Set([
  "write",
  "edit",
  "run",
  "git_commit",
  "manage_config",
  "manage_mcp",
  "background",
  "spawn_agent",
  "health_probe",
]);

/**
 * Tools by which another agent works in a copy: it did what was applied, and of its hosts nobody
 * knows what it asked them. What it ran in there is its own word.
 */
export const AGENT_TOOLS: ReadonlySet<string> = new Set(["cli_agent"]);

/** What the built-in assistant knows of where it runs; the runtime fills it in. */
export interface BuiltinFacts {
  /** Absolute path. */
  readonly workspace: string;
  /** Layer in force in a few words: `BWRAP: bubblewrap, proven`. */
  readonly layer: string;
  /** Whether commands may run at all. */
  readonly commands: boolean;
  /** Prefix rules of allowed programs; `*` allows all. */
  readonly programs: readonly string[];
  /** Absolute paths beyond the workspace that may be read. */
  readonly readable: readonly string[];
  /** Absolute paths beyond the workspace that may be written. */
  readonly writable: readonly string[];
  /** `none`, or the granted hosts. */
  readonly network: string;
  /** Why no language model is in use: `no key is set and Ollama does not answer`. */
  readonly providerHint: string;
  /** IANA name for times: `Europe/Berlin`. */
  readonly timeZone: string;
}

const CONNECT =
  "To connect a language model: run ward onboard, set ANTHROPIC_API_KEY or OPENAI_API_KEY (with " +
  "WARD_API_BASE for any OpenAI-compatible address), or start Ollama.";

/** How a language model is connected. */
export function aboutConnecting(facts: BuiltinFacts): string {
  return `None is in use now: ${facts.providerHint}. ${CONNECT}`;
}

/** Who answers here. */
export function aboutMyself(facts: BuiltinFacts): string {
  return "I am ward's built-in assistant: a small fixed grammar, no language model. " +
    aboutConnecting(facts);
}

/** What may be touched, and how to change it. */
export function aboutPermissions(facts: BuiltinFacts): string {
  const more = (paths: readonly string[]) => paths.length > 0 ? `, ${paths.join(", ")}` : "";
  const programs = !facts.commands
    ? "none, commands are off"
    : facts.programs.includes("*")
    ? "any"
    : facts.programs.join(", ") || "none";
  return [
    `What I may touch (in force: ${facts.layer}):`,
    `- read: ${facts.workspace}${more(facts.readable)}`,
    `- write: ${facts.workspace}${more(facts.writable)}`,
    `- programs: ${programs}`,
    `- network: ${facts.network}`,
    "Anything else is refused until you allow it: `ward permissions grant " +
    "<read|write|run|net|env> <value> --once|--session|--always`. `ward permissions` shows " +
    "everything, `ward permissions explain read <path>` says why.",
  ].join("\n");
}

/** Provider, workspace and layer. */
export function aboutStatus(facts: BuiltinFacts): string {
  return [
    `Provider: builtin, no language model (${facts.providerHint}).`,
    `Workspace: ${facts.workspace}`,
    `In force: ${facts.layer}. Network: ${facts.network}.`,
    "More: `ward status`, `ward doctor`.",
  ].join("\n");
}

/** What can be asked. */
export function aboutHelp(facts: BuiltinFacts): string {
  return [
    "I understand questions like these:",
    '- "what is in this folder", "list src", "tree"',
    '- "read notes.md", "show the first 5 lines of a.txt"',
    '- "find TODO in src", "which files contain foo", "where is main defined"',
    '- "find files named *.ts", "how many markdown files", "count words in a.txt"',
    '- "how big is this folder", "largest files"',
    '- "git status", "last 3 commits", "what changed"',
    '- "run ls -la", "what time is it", "status", "what may you touch"',
    aboutMyself(facts),
  ].join("\n");
}

/** What was not understood, and what would be. */
export function aboutUnknown(facts: BuiltinFacts, said: string): string {
  const quoted = said.length > 80 ? `${[...said].slice(0, 80).join("")}…` : said;
  return `I did not understand "${quoted}". I am ward's built-in assistant, no language model. ` +
    'Try "what is in this folder", "find TODO in src" or "run ls -la"; "help" shows more. ' +
    aboutConnecting(facts);
}

/** What was understood and needs a language model. */
export function aboutNeed(facts: BuiltinFacts, what: string): string {
  return `To ${/^(why|how)$/.test(what) ? `answer "${what}"` : what}, I would need a language ` +
    `model; I am ward's built-in assistant, a fixed grammar that only looks. ${
      aboutConnecting(facts)
    }`;
}

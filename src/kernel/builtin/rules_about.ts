/** Sentences about ward itself, the time, and git. */
import type { Intent, SimpleIntent } from "./intent.ts";
import { bounded, type Rule } from "./rule.ts";

const simple = (type: SimpleIntent["type"]) => (): Intent => ({ type });
const git = (line: string, what: string) => (): Intent => ({ type: "git", line, what });

/** Rules in order; see `grammar.ts`. */
export const ABOUT_RULES: readonly Rule[] = [
  [
    /^(hi|hello|hey|greetings|good (morning|afternoon|evening|day))( (there|ward))?$/i,
    simple("greeting"),
  ],
  [/^(thanks|thank you|thx|cheers)\b.{0,30}$/i, simple("thanks")],
  [
    /^((who|what) are you|what('s| is) (your name|ward)|introduce yourself|are you (an? )?(real )?(\w+ )?(language model|llm|ai|human|person|robot|bot|chatgpt|claude|gpt|model)\b.*)$/i,
    simple("who"),
  ],
  [
    /^((how (do|can|to) (i |we )?)?(connect|use|set ?up|add|configure) (an? |the |another )?(real |language |other |better )*(model|llm|provider)s?\b.*)$/i,
    simple("connect"),
  ],
  [
    /^(help|usage|examples?|commands|what (can|do) you (do|understand|know)|how do i use (you|this|ward)|what can i (ask|say)( you)?|how does (this|ward) work|what else can you do)$/i,
    simple("help"),
  ],
  [
    /^((what|which|where)\b.*\b(may|can|could|allowed|permitted|able|access)\b.*\b(touch|access|reach|read|write|run|see|change|modify|use|do|to)\b.*|(what|which) (files|folders|programs|commands|hosts) (may|can|could|are) you\b.*|(what('s| is| are) |show |list )?((your|the|my|current) )?(permissions|grants|limits|rights)|what('s| is) (allowed|forbidden)|what (may|can) you touch|(may|can) you (touch|access|reach|use|go)\b.*|(do|are) you (have|online|allowed|able)\b.*)$/i,
    simple("allowed"),
  ],
  [
    /^(git status|(is|are) (there )?(any )?(everything committed|uncommitted changes?|the tree clean|it clean)|(show )?(the )?(uncommitted |local |pending )?changes|what('s| is| has| have|) ?(i )?changed( here| recently| since the last commit)?)$/i,
    git("git status --short --branch", "Changes by git"),
  ],
  [
    /^((show )?(the )?status of (git|the repo(sitory)?))$/i,
    git("git status --short --branch", "Changes by git"),
  ],
  [
    /^((what('s| is) )?((your|the) )?status|how are you( doing)?|(what|which) (model|provider)\b.*|(what|which) (layers?|sandbox)\b.*|are you (sandboxed|confined)|is the sandbox\b.*)$/i,
    simple("status"),
  ],
  [
    /^((what('s| is) )?(the )?(current )?time( is it)?( now)?|what time( is it)?( now)?)$/i,
    simple("time"),
  ],
  [
    /^((what('s| is) )?(the |today'?s )?(current )?date( is it)?( today)?|what day( is it| is today|'s today)?( today)?|what('s| is) today|today)$/i,
    simple("date"),
  ],
  [
    /^(show )?(the )?(last|latest|recent|newest) (?<n>\d+ )?(commits?|git log|history)$|^((show )?(the )?(git |commit )?(log|history))$|^what (was|were) (the )?(last|latest|recent) (?<m>\d+ )?commits?$/i,
    ({ n, m }) => ({
      type: "git",
      line: `git log --oneline -n ${bounded(n ?? m, 5)}`,
      what: "Last commits",
    }),
  ],
  [/^(show )?(the )?(last|latest) commit$/i, git("git log --oneline -n 1", "Last commit")],
  [
    /^(what|which|show|current)( is)?( the)?( current)?( git)? ?branch( am i on| are we on| is this| is checked out)?$/i,
    git("git rev-parse --abbrev-ref HEAD", "Branch"),
  ],
  [
    /^(list |show |what |which )(all )?(the )?(git )?branches( are there| exist)?$/i,
    git("git branch --list", "Branches"),
  ],
  [/^(show )?(the )?(git )?diff$/i, git("git diff", "Differences by git")],
  [/^how many commits\b.*$/i, () => ({ type: "count_commits" })],
];

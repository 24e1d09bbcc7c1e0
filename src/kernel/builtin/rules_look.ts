/** Sentences that read and list, and those that a fixed grammar can't answer. */
import { at, bounded, inFile, listOrRead, type Rule } from "./rule.ts";

/** Rules in order, those that take any words last; see `grammar.ts`. */
export const LOOK_RULES: readonly Rule[] = [
  [
    /^(list|show)( all)?( the)?( files| contents| everything)?( (in|of) (?<path>.+?))? recursively$/i,
    ({ path }, masked) => at(path, masked, (found) => ({ type: "list", path: found, depth: 5 })),
  ],
  [
    /^(show|print|display|read|give|what are)?( me)?( the)? ?(first|top) (?<n>\d+ )?lines? (of|in|from) (?<path>.+)$/i,
    ({ n, path }, masked) =>
      inFile(
        path,
        masked,
        (found) => ({ type: "read", path: found, from: 1, lines: bounded(n, 1) }),
      ),
  ],
  [
    /^(show|print|display|read|give|what are)?( me)?( the)? ?(last|bottom|final) (?<n>\d+ )?lines? (of|in|from) (?<path>.+)$/i,
    ({ n, path }, masked) =>
      inFile(path, masked, (found) => ({ type: "tail", path: found, lines: bounded(n, 1) })),
  ],
  [
    /^(show|print|display|read|give)?( me)?( the)? ?lines? (?<from>\d+)( ?(-|–|to|through|until) ?(?<to>\d+))? (of|in|from) (?<path>.+)$/i,
    ({ from, to, path }, masked) => {
      const first = Math.max(1, Number(from));
      const last = Math.max(first, Number(to ?? from));
      return inFile(
        path,
        masked,
        (found) => ({ type: "read", path: found, from: first, lines: last - first + 1 }),
      );
    },
  ],
  [
    /^head (?<path>\S+)$/i,
    ({ path }, masked) =>
      inFile(path, masked, (found) => ({ type: "read", path: found, from: 1, lines: 10 })),
  ],
  [
    /^tail (?<path>\S+)$/i,
    ({ path }, masked) =>
      inFile(path, masked, (found) => ({ type: "tail", path: found, lines: 10 })),
  ],
  [
    /^((list|show|print|display)( all)?|what are|which|what)?( me)?( of)?( all)?( the)? ?(files|contents|entries|everything)( (and|or) (folders|directories))?( (are|is|do you see|exist))?( (there|here|in|inside|of|under|at))?( in)?( (?<path>.+))?$/i,
    ({ path }, masked) => listOrRead(path, masked),
  ],
  [
    /^(ls|dir|list|list files|look (around|at|in|into|inside)|open folder)( (?<path>.+))?$/i,
    ({ path }, masked) => listOrRead(path, masked),
  ],
  [
    /^(show )?(me )?(the |a )?(folder |directory |file )?tree( (of|for|in))?( (?<path>.+))?$/i,
    ({ path }, masked) => at(path, masked, (found) => ({ type: "list", path: found, depth: 3 })),
  ],
  [
    /^((show |give )?(me )?(an |the )?overview( of (?<path>.+))?|(what('s| is)|describe|what kind of project is) (this|the) (project|repo|repository|codebase)( about)?)$/i,
    ({ path }, masked) => at(path, masked, (found) => ({ type: "overview", path: found })),
  ],
  [
    /^what('s| is|s)( there| here)? ?(in|inside|under|within|on) (?<path>.+)$/i,
    ({ path }, masked) => listOrRead(path, masked),
  ],
  [
    /^what('s| is|s| do you see| can you see) (here|there|around)$/i,
    () => ({ type: "list", path: ".", depth: 1 }),
  ],
  [/^what do you see( (in|inside) (?<path>.+))?$/i, ({ path }, masked) => listOrRead(path, masked)],
  [
    /^what does (?<path>.+?) (say|contain|look like|hold)$/i,
    ({ path }, masked) => listOrRead(path, masked),
  ],
  [
    /^(?<verb>read|cat|print|open|display|view|type|show)( out)?( the)?( (contents?|text|whole text) of)? (?<path>.+)$/i,
    ({ path, verb }, masked) => listOrRead(path, masked, verb),
  ],

  [
    /^(?<what>write|append|create|make|add|delete|remove|rename|move|copy|edit|change|replace|fix|refactor|implement|save|summari[sz]e|explain|translate|compare|review|improve|rewrite|why|how|draft|plan|install|build)\b/i,
    ({ what }) => ({ type: "needs_model", what: (what ?? "").toLowerCase() }),
  ],
];

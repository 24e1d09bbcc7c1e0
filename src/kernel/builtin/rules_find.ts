/** Sentences that count, measure, search and find. */
import {
  at,
  bounded,
  IN_FOLDER,
  inFile,
  patternOf,
  type Rule,
  rule,
  search,
  unitOf,
} from "./rule.ts";
import { looksLikeFile, unquote } from "./words.ts";

/** Verbs at the end of a question: `how many files does src have`. */
const HAVE = String.raw`(?:\s+(?:are|is|does|do|has|have)\b.*?)?`;

/** Rules in order; see `grammar.ts`. */
export const FIND_RULES: readonly Rule[] = [
  [
    /^(how many|count( the)?|number of) lines( of code)?( are)?( there)?( (in|of) (?<path>.+?))?$/i,
    ({ path }, masked) =>
      at(path, masked, (found) => ({ type: "count_in_file", unit: "lines", path: found })),
  ],
  [
    /^(how many|count( the)?|number of|what('s| is) the number of) (?<unit>lines|words|characters|chars|letters|bytes)( of code| of text)?( (are |is |does |do )?(there )?(in|of|has)? ?(?<path>.+?))( have| has| contain)?$/i,
    ({ unit, path }, masked) =>
      inFile(path, masked, (found) => ({ type: "count_in_file", unit: unitOf(unit), path: found })),
  ],
  [
    /^(?<unit>line|word|character|byte) count (of|in|for) (?<path>.+)$/i,
    ({ unit, path }, masked) =>
      inFile(path, masked, (found) => ({ type: "count_in_file", unit: unitOf(unit), path: found })),
  ],
  [
    /^how long is (?<path>.+)$/i,
    ({ path }, masked) =>
      inFile(path, masked, (found) => ({ type: "count_in_file", unit: "lines", path: found })),
  ],
  [
    rule(
      String
        .raw`(how many|count( all)?( the)?|number of) (sub)?(folders|directories|dirs)${IN_FOLDER}${HAVE}`,
    ),
    ({ path }, masked) => at(path, masked, (found) => ({ type: "count_folders", path: found })),
  ],
  [
    rule(
      String
        .raw`(how many|count( all)?( the)?|number of) ((?<kind>\S+) )?files?( (called|named|matching|like) (?<name>\S+))?${IN_FOLDER}${HAVE}`,
    ),
    ({ kind, name, path }, masked) => {
      const pattern = kind === undefined && name === undefined
        ? null
        : patternOf(name ?? kind ?? "", masked);
      return pattern === undefined
        ? null
        : at(path, masked, (found) => ({ type: "count_files", pattern, path: found }));
    },
  ],
  [
    /^(how many|count( the)?) (?<text>TODOs?|FIXMEs?)( are)?( there)?( (in|under) (?<path>.+))?$/i,
    ({ text, path }, masked) => search(text?.replace(/s$/i, ""), path, "lines", masked),
  ],
  [
    /^(how many times|how often) (does|is) (?<text>.+?) (appear|occur|mentioned|used)( (in|under) (?<path>.+))?$/i,
    ({ text, path }, masked) => search(text, path, "lines", masked),
  ],

  [
    /^((what|which)( files?)? (are|is) )?(the )?(?<n>\d+ )?(largest|biggest|heaviest)( (?<m>\d+))?( files?)?( (is|are) there)?( (in|of|under) (?<path>.+))?$/i,
    ({ n, m, path }, masked) =>
      at(path, masked, (found) => ({ type: "largest", path: found, count: bounded(n ?? m, 5) })),
  ],
  [
    /^(what|which) files? (is|are) (the )?(largest|biggest)( (in|of|under) (?<path>.+))?$/i,
    ({ path }, masked) => at(path, masked, (found) => ({ type: "largest", path: found, count: 5 })),
  ],
  [
    /^(show )?((how (big|large|heavy) (is|are))|(what('s| is) )?(the )?(total |file |disk )?(size|usage) (of|in)|disk usage( of)?|how much (disk )?(space|room)( does| do| is)?)( (?<path>.+?))?( take up| take| use| used by| need)?$/i,
    ({ path }, masked) => at(path, masked, (found) => ({ type: "size", path: found })),
  ],

  [
    /^(any|(are there )any|show( all)?( the)?|list( all)?( the)?|find( all)?( the)?|what|which) (?<text>TODO|FIXME)s?( comments?| notes?)?( are there)?( (in|under) (?<path>.+))?$/i,
    ({ text, path }, masked) => search(text?.toUpperCase(), path, "lines", masked),
  ],
  [
    rule(
      String
        .raw`(find|search for|locate|list|show|get|which|what)( me)?( all| any| every)?( the)? (?<kind>\S+) files${IN_FOLDER}`,
    ),
    ({ kind, path }, masked) => {
      const pattern = patternOf(kind ?? "", masked);
      return pattern === undefined
        ? null
        : at(path, masked, (found) => ({ type: "find_files", pattern, path: found }));
    },
  ],
  [
    /^(find|search for|look for|locate|list|show|is there|are there|do we have|which|what)( all| any| a| an| every)?( the)? files? (which |that )?(are |is )?(called|named|matching|match|like|ending (in|with)|with( the)? (name|ending|extension)) (?<name>\S+)( (in|under|inside) (?<path>.+))?$/i,
    ({ name, path }, masked) => {
      const pattern = patternOf(name ?? "", masked);
      return pattern === undefined
        ? null
        : at(path, masked, (found) => ({ type: "find_files", pattern, path: found }));
    },
  ],
  [
    /^((is there|do we have|do i have|find|locate|where('s| is)|where are)( an?| the| any)?( file)?( called| named)?) (?<name>\S+)( file)?( here)?$/i,
    ({ name }, masked) => {
      const wanted = unquote(name ?? "", masked);
      return looksLikeFile(wanted) || wanted.includes("*")
        ? { type: "find_files", pattern: /^readme$/i.test(wanted) ? "README*" : wanted, path: "." }
        : null;
    },
  ],
  [
    /^where('s| is| are) (?<text>.+?) (defined|declared|implemented|set)( (in|under) (?<path>.+))?$/i,
    ({ text, path }, masked) => search(text, path, "definition", masked),
  ],
  [
    /^(find|show)( me)? (the )?(definition|declaration|implementation) of (?<text>.+?)( (in|under) (?<path>.+))?$/i,
    ({ text, path }, masked) => search(text, path, "definition", masked),
  ],
  [
    /^where('s| is| are) (?<text>.+?) (used|mentioned|called|referenced)( (in|under) (?<path>.+))?$/i,
    ({ text, path }, masked) => search(text, path, "lines", masked),
  ],
  [
    /^(who|what) (uses|calls|mentions|references) (?<text>.+?)( (in|under) (?<path>.+))?$/i,
    ({ text, path }, masked) => search(text, path, "lines", masked),
  ],
  [
    /^((find|list|show) )?((what|which|all|the) )*files? (in (?<first>\S+) )?(that |which )?(contain|mention|have|use|include|reference)(s|ing)? (?<text>.+?)( (in|under) (?<path>.+))?$/i,
    ({ text, path, first }, masked) => search(text, path ?? first, "files", masked),
  ],
  [
    /^(does|do) (?<path>.+?) (contain|mention|have|include) (?<text>.+)$/i,
    ({ text, path }, masked) => search(text, path, "lines", masked),
  ],
  [
    /^(search|look|grep) (in |through )?(?<path>\S+) for (?<text>.+)$/i,
    ({ text, path }, masked) => search(text, path, "lines", masked),
  ],
  [
    /^(find|search for|search|grep for|grep|look for|locate|look up)( all| every| each)?( the)?( (occurrences?|mentions?|uses) of)?( the (word|text|string))? (?<text>.+?)(\s+(in|inside|under|within)\s+(?<path>.+))?$/i,
    ({ text, path }, masked) =>
      search(text, path, "lines", masked) ?? search(`${text} in ${path}`, ".", "lines", masked),
  ],
];

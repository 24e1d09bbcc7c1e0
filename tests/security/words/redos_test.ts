/**
 * 66: every pattern in src, over texts made to keep it busy: steps grow with the text, not with its
 * square. Counted, not timed; what may grow otherwise stands below with what bounds its text.
 */
import { deepEqual, ok } from "node:assert/strict";
import { tallyBattery } from "../../battery_count.ts";
import { type Pattern, slowText } from "./pattern_steps.ts";

const SRC = new URL("../../../src/", import.meta.url);

/** Patterns that see short texts only, by file, with the bound. */
const BOUNDED: Readonly<Record<string, string>> = {
  "kernel/builtin/": "a message of at most 1,000 characters, or a name of this code's own",
  "kernel/claims/claim_table.ts": "the 120 characters after a verb",
  "kernel/redaction/own_pattern.ts": "a pattern that the owner wrote into the settings",
  "kernel/redaction/patterns.ts": "windows of {0,256} and {1,1024} characters",
  "compartments/web/decode_text.ts": "a window of {0,200} in the first kilobyte of a page",
};

interface Found extends Pattern {
  readonly file: string;
}

function sources(folder: URL): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory
      ? sources(new URL(`${name}/`, folder))
      : /(?<!\.d)\.ts$/.test(name)
      ? [new URL(name, folder).href]
      : []
  );
}

/** Literals of all sources; and those that are made when a module is loaded. */
async function patternsOfSource(): Promise<Found[]> {
  const found: Found[] = [];
  const makers: string[] = [];
  for (const href of sources(SRC)) {
    const file = href.slice(SRC.href.length);
    const plugin: Deno.lint.Plugin = {
      name: "patterns",
      rules: {
        all: {
          create: () => ({
            Literal(node) {
              if (!("regex" in node) || !node.regex) return;
              const { pattern, flags } = node.regex as { pattern: string; flags: string };
              found.push({ file, source: pattern, flags });
            },
            NewExpression({ callee }) {
              if (callee.type === "Identifier" && callee.name === "RegExp") makers.push(href);
            },
          }),
        },
      },
    };
    Deno.lint.runPlugin(plugin, file, Deno.readTextFileSync(new URL(href)));
  }
  const { RegExp: real } = globalThis;
  let file = "";
  try {
    globalThis.RegExp = new Proxy(real, {
      construct(target, [source, flags]) {
        const made = new target(source, flags);
        found.push({ file, source: made.source, flags: made.flags });
        return made;
      },
    });
    for (const href of new Set(makers)) {
      file = href.slice(SRC.href.length);
      await import(href);
    }
  } finally {
    globalThis.RegExp = real;
  }
  return [
    ...new Map(found.map((one) => [`${one.file} /${one.source}/${one.flags}`, one])).values(),
  ];
}

Deno.test("66: gate: patterns", async (t) => {
  const patterns = await patternsOfSource();
  ok(patterns.length > 500, `${patterns.length} patterns`);
  const known = new Map<string, string | null>();
  const slow = patterns.flatMap((one) => {
    const key = `/${one.source}/${one.flags}`;
    const text = known.has(key) ? known.get(key)! : slowText(one);
    known.set(key, text);
    return text === null ? [] : [{ ...one, text }];
  });
  const open = slow.filter(({ file }) => !Object.keys(BOUNDED).some((at) => file.startsWith(at)));
  const line = `patterns: ${patterns.length - slow.length} of ${patterns.length} take steps that ` +
    `grow with the text, ${slow.length - open.length} see short texts only, slow ${open.length}`;
  tallyBattery({
    battery: "patterns",
    verb: "bounded",
    held: patterns.length - open.length,
    tried: patterns.length,
  });
  await t.step(line, () => {
    deepEqual(
      open.map(({ file, source, flags, text }) => `${file} /${source}/${flags} over ${text}`),
      [],
    );
  });
  const used = Object.keys(BOUNDED).filter((at) => slow.some(({ file }) => file.startsWith(at)));
  deepEqual(used, Object.keys(BOUNDED), "a bound that nothing needs any more");
});

Deno.test("66, control: patterns that are known to be slow are found", () => {
  const slow = [
    "(a+)+$",
    "(a|aa)*$",
    "\\d+x",
    "\\s*\\n\\s*",
    "\\[[^\\]]*$",
    "^hi\\b[^a-z]*(?:\\w+[^a-z]*){0,3}$",
    "^\\s*(name)\\s*=\\s*(.*?)\\s*$",
    "(?<![A-Za-z])(?:[\\w-]*token)[:=]",
    "^(.*)\\{([^{}]*)\\}(.*)$",
    "(x+x+)+y",
    "<!--[^]*?-->",
  ];
  deepEqual(slow.filter((source) => slowText({ source, flags: "u" }) === null), []);
  const fine = ["^a+$", "(?<!\\d)\\d+x", "a{1,20}b", "^(?:[a-z]+-)*x$", "[ab]+", "(?<=a)b*"];
  deepEqual(fine.filter((source) => slowText({ source, flags: "u" }) !== null), []);
});

/**
 * The scan of the release bundle: nothing in it may load code by a computed name, and what would
 * make code from text or start a thread is held against a frozen list (`tests/build/scan_test.ts`).
 * Code generation is off in the release anyway. Standalone binaries don't check `import()` of local
 * files, so this is one of the three things that close that hole.
 */
import { bundleFiles } from "./bundle.ts";

/**
 * Uses of `Function` as a value, of `eval`, and of a constructor called with a text: packages that
 * try to make code and fall back. The release runs with code generation off, where each throws.
 */
const GENERATION =
  /(?:[\w$]+[.\w$]*[=(,]|\bnew )?(?<![\w$.'"`-])Function(?=[,;()\]}=])|(?<![\w$.'"`-])eval\(|\.constructor\(\s*["'`]/g;

/** Where threads start: the kernel's one place, a cell's, and a helper of an SDK that nobody calls. */
const THREADS = /\bnew [\w$]+\(new URL\([^)]*\)|from\s*["']node:worker_threads["']/g;

/** Ways to load code or native libraries that no part of ward has a use for. */
const LOADERS =
  /\bimportScripts\s*\(|\bcreateRequire\b|\bdlopen\s*\(|(?:from|import)\s*\(?\s*["'](?:node:)?(?:module|vm)["']/g;

/**
 * Scans a bundle.
 *
 * @param folder Path of the bundle.
 * @returns One line per finding; empty when it is clean.
 */
export async function scanBundle(folder: string): Promise<string[]> {
  const findings: string[] = [];
  const files = (await bundleFiles(folder)).filter((file) => file.endsWith(".js"));
  for (const file of files) {
    const text = await Deno.readTextFile(`${folder}/${file}`);
    for (const { index, argument } of dynamicImports(text)) {
      const literal = /^(["'])([^"'\\]*)\1$/.exec(argument)?.[2];
      const own = literal !== undefined && /^\.{1,2}\//.test(literal) &&
        files.includes(normalize(file, literal));
      if (!own && !literal?.startsWith("node:")) {
        findings.push(`${file}:${index}: import(${argument.slice(0, 60)})`);
      }
    }
    for (const match of text.matchAll(/\b(?:from|import)\s*(["'])([^"']+)\1/g)) {
      const name = match[2] ?? "";
      if (/^(https?|data|blob|npm|jsr):/.test(name)) {
        findings.push(`${file}:${match.index}: import from ${name.slice(0, 60)}`);
      }
    }
    for (const match of text.matchAll(LOADERS)) {
      findings.push(`${file}:${match.index}: ${match[0]}`);
    }
  }
  return findings;
}

/** Where a bundle tries to make code from text; sorted, names of one to three letters as `_`. */
export function codeGenerationSites(folder: string): Promise<string[]> {
  return sitesOf(folder, GENERATION);
}

/** Where a bundle starts threads; sorted, names of one to three letters as `_`. */
export function threadSites(folder: string): Promise<string[]> {
  return sitesOf(folder, THREADS);
}

async function sitesOf(folder: string, pattern: RegExp): Promise<string[]> {
  const sites: string[] = [];
  for (const file of (await bundleFiles(folder)).filter((name) => name.endsWith(".js"))) {
    const text = await Deno.readTextFile(`${folder}/${file}`);
    for (const [site] of text.matchAll(pattern)) {
      // The minifier chooses these names anew in each build.
      sites.push(site.replace(/(?<![\w$.])(?!(?:new|URL)\b)[\w$]{1,3}(?![\w$])/g, "_"));
    }
  }
  return sites.sort();
}

/** Calls of `import(`, with the text of their argument up to the closing parenthesis. */
function dynamicImports(text: string): { index: number; argument: string }[] {
  return [...text.matchAll(/(?<![\w$.])import(?:\s|\/\*[\s\S]*?\*\/)*\(/g)].map((match) => {
    const start = match.index + match[0].length;
    let depth = 1;
    let end = start;
    while (end < text.length && depth > 0) {
      if (text[end] === "(") depth++;
      else if (text[end] === ")") depth--;
      end++;
    }
    return { index: match.index, argument: text.slice(start, end - 1).trim() };
  });
}

function normalize(from: string, target: string): string {
  return new URL(target, new URL(from, "file:///")).pathname.slice(1);
}

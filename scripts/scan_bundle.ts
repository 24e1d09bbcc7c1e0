/**
 * The scan of the release bundle: nothing in it may load code by a computed name, and what would
 * make code from text is counted against a frozen list (the release switches that off anyway).
 * Standalone binaries don't check `import()` of local files, so this is one of the three things
 * that close the hole (see docs/security.md).
 */
import { bundleFiles } from "./bundle.ts";

/**
 * Texts that look like code generation, by file kind: packages that try it and fall back. The
 * release runs with code generation off, where each of these throws.
 */
const GENERATION = /\bnew Function\s*\(|\beval\s*\(|[^.\w$]Function\s*\(\s*["'`]/g;

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
  }
  return findings;
}

/** Where a bundle tries to make code from text, for the record. */
export async function codeGenerationSites(folder: string): Promise<string[]> {
  const sites: string[] = [];
  for (const file of (await bundleFiles(folder)).filter((name) => name.endsWith(".js"))) {
    const text = await Deno.readTextFile(`${folder}/${file}`);
    for (const match of text.matchAll(GENERATION)) {
      sites.push(text.slice(match.index, match.index + 40));
    }
  }
  return sites;
}

/** Calls of `import(`, with the text of their argument up to the closing parenthesis. */
function dynamicImports(text: string): { index: number; argument: string }[] {
  return [...text.matchAll(/(?<![\w$.])import\s*\(/g)].map((match) => {
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

/** The scan of the release bundle, on planted violations and on the real bundle. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { bundle, bundleFiles } from "../../scripts/bundle.ts";
import { codeGenerationSites, scanBundle, threadSites } from "../../scripts/scan_bundle.ts";

/** Runs with a bundle of these files. */
async function withBundle(
  files: Record<string, string>,
  body: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "ward-scan-" });
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.mkdir(`${folder}/${name}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const PLANTED: readonly (readonly [string, string])[] = [
  ["a computed import", "const x=globalThis.name;await import(x)"],
  ["a computed import in parts", 'await import("./a"+n+".js")'],
  ["a computed import as a template", "await import(`./${n}.js`)"],
  ["an import of a path", 'await import("/tmp/x.js")'],
  ["an import of a chunk that is not there", 'await import("./gone.js")'],
  ["an import out of the bundle", 'await import("../../outside.js")'],
  ["an escaped name", 'await import("\\x64ata:text/javascript,1")'],
  ["a data: import", 'await import("data:text/javascript,1")'],
  ["a static data: import", 'import "data:text/javascript,1"'],
  ["a blob: import", 'await import("blob:x")'],
  ["an http import", 'import a from"http://127.0.0.1/a.js"'],
  ["an npm: leftover", 'import{z}from"npm:zod@4"'],
  ["a dynamic npm: leftover", 'await import("npm:zod@4")'],
  ["a jsr: leftover", 'export*from"jsr:@std/path"'],
  ["a bare package", 'await import("zod")'],
  ["an import with spaces and a comment", "await import /* x */ (n)"],
  ["importScripts", "importScripts(n)"],
  ["a loader of modules", 'import{createRequire}from"node:module"'],
  ["a loader of contexts", 'import a from"node:vm"'],
  ["a native library", "Deno.dlopen(n,{})"],
];

for (const [what, text] of PLANTED) {
  Deno.test(`the scan finds ${what}`, () =>
    withBundle({ "main.js": "export{};", "below/b.js": text }, async (folder) => {
      const findings = await scanBundle(folder);
      equal(findings.length > 0, true, text);
      match(findings[0] ?? "", /^below\/b\.js:\d+: /);
    }));
}

Deno.test("the scan passes own chunks, node: names, and import.meta", () =>
  withBundle({
    "main.js": 'await import("./below/b.js");await import("node:fs");import.meta.url;x.import(n)',
    "below/b.js": 'import"../main.js";import a from"node:path"',
  }, async (folder) => deepEqual(await scanBundle(folder), [])));

Deno.test("the real bundle is clean, and its odd places are those on the frozen lists", async () => {
  const folder = await Deno.makeTempDir({ prefix: "ward-bundle-" });
  try {
    // bundle() scans too, and throws; asked again here so that the test says what it relies on.
    const made = await bundle(pathToFileURL(`${folder}/`));
    deepEqual(await scanBundle(made), []);
    deepEqual(await codeGenerationSites(made), [
      "Object,Function",
      "_.call(Function",
      "_=Function",
      "_=Function",
      // puppeteer's: one where it would make a helper and none is made, one in a text for pages.
      "new Function",
      "new Function",
      // ajv, the validator that each SDK of MCP takes where it is given none; logins validate
      // nothing, and the server is given another.
      "new Function",
      "new Function",
    ]);
    deepEqual(await threadSites(made), [
      'from"node:worker_threads"',
      "new Worker(new URL(_.entry+_,_)",
      "new Worker(new URL(_.entry+_.extension,_.base)",
      "new Worker(new URL(`compartments/cell/bridge${_}`,_)",
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the minifier drops no disposal of a `using` declaration", async () => {
  const folder = await Deno.makeTempDir({ prefix: "ward-bundle-" });
  const declared = async (minify: boolean) => {
    const made = await bundle(pathToFileURL(`${folder}/${minify}/`), { minify });
    let count = 0;
    for (const path of await bundleFiles(made)) {
      if (!path.endsWith(".js")) continue;
      // Examples in comments of packages declare nothing.
      const text = (await Deno.readTextFile(`${made}/${path}`)).replaceAll(/^\s*\*.*$/gm, "");
      count += text.match(/\busing [\w$]+ ?= ?/g)?.length ??
        0;
    }
    return count;
  };
  try {
    const plain = await declared(false);
    ok(plain > 5);
    // One that is missing is read exactly once: give it to a function that returns it, or close it.
    equal(await declared(true), plain);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("code generation sites are found however they are written", () =>
  withBundle({
    "main.js": 'new Function("a");Function("b");eval(c);let d=Function;x.constructor("e")',
  }, async (folder) => {
    equal((await codeGenerationSites(folder)).length, 5);
  }));

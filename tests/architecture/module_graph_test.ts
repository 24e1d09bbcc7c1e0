/**
 * Which code and which packages each thread, cell and the kernel load, dynamic imports included.
 * The lists are frozen here: a package that shows up in another compartment turns this red.
 */
import assert from "node:assert/strict";

const ROOT = new URL("../../", import.meta.url).pathname;

/**
 * Literal lists by entry: packages that our code imports, and what those bring along as the lock
 * file has it, loaded or not.
 */
const PACKAGES: Readonly<
  Record<string, { imported: readonly string[]; brought: readonly string[] }>
> = {
  "main.ts": {
    imported: [
      "@agentclientprotocol/sdk",
      "@decimalturn/toml-patch",
      // For `ward mcp serve` alone, and loaded by that.
      "@modelcontextprotocol/server",
      "commander",
      "diff",
      "get-east-asian-width",
      "ipaddr.js",
      "jsonc-parser",
      "marked",
      "picomatch",
      "smol-toml",
      "unbash",
      "zod",
    ],
    brought: ["@modelcontextprotocol/core"],
  },
  "compartments/api/entry.ts": { imported: ["zod"], brought: [] },
  "compartments/auth/entry.ts": { imported: ["zod"], brought: [] },
  // Of the SDK the functions of a login are called; processes and signatures are not its business.
  "compartments/auth/mcp/entry.ts": {
    imported: ["@modelcontextprotocol/client", "zod"],
    brought: [
      "@modelcontextprotocol/core",
      "cross-spawn",
      "eventsource",
      "eventsource-parser",
      "isexe",
      "jose",
      "path-key",
      "pkce-challenge",
      "shebang-command",
      "shebang-regex",
      "which",
    ],
  },
  "compartments/browser/cell.ts": { imported: [], brought: [] },
  // Of these the bundle holds what drives by CDP: puppeteer's other ways are not imported.
  "compartments/browser/entry.ts": {
    imported: ["puppeteer-core"],
    brought: [
      "@puppeteer/browsers",
      "ansi-regex",
      "ansi-styles",
      "chromium-bidi",
      "cliui",
      "devtools-protocol",
      "emoji-regex",
      "escalade",
      "get-caller-file",
      "get-east-asian-width",
      "mitt",
      "modern-tar",
      "string-width",
      "strip-ansi",
      "typed-query-selector",
      "webdriver-bidi-protocol",
      "wrap-ansi",
      "ws",
      "y18n",
      "yargs",
      "yargs-parser",
      "zod",
    ],
  },
  "compartments/cell/bridge.ts": { imported: [], brought: [] },
  "compartments/cell/main.ts": { imported: [], brought: [] },
  "compartments/channels/discord/entry.ts": { imported: ["zod"], brought: [] },
  "compartments/channels/slack/entry.ts": { imported: ["zod"], brought: [] },
  // Of grammY the form for browsers is loaded: one file, which imports none of these.
  "compartments/channels/telegram/entry.ts": {
    imported: ["grammy", "zod"],
    brought: [
      "@grammyjs/types",
      "abort-controller",
      "debug",
      "event-target-shim",
      "ms",
      "node-fetch",
      "tr46",
      "webidl-conversions",
      "whatwg-url",
    ],
  },
  "compartments/egress/entry.ts": { imported: [], brought: [] },
  "compartments/hands/entry.ts": { imported: [], brought: [] },
  "compartments/launcher/entry.ts": { imported: [], brought: [] },
  "compartments/mcp/cell.ts": { imported: [], brought: [] },
  "compartments/mcp/entry.ts": {
    // Its ways of starting processes and of logging in are in other entries, or are not called.
    imported: ["@modelcontextprotocol/client"],
    brought: [
      "@modelcontextprotocol/core",
      "cross-spawn",
      "eventsource",
      "eventsource-parser",
      "isexe",
      "jose",
      "path-key",
      "pkce-challenge",
      "shebang-command",
      "shebang-regex",
      "which",
      "zod",
    ],
  },
  "compartments/models/entry.ts": {
    imported: [
      "@anthropic-ai/sdk",
      "aws4fetch",
      "eventsource-parser",
      "openai",
      "zod",
    ],
    // A peer of openai's that it can do without; it is there for tests of Slack's SDK, and the entry
    // of openai that imports it is loaded by nobody.
    brought: [
      "@babel/runtime",
      "@opentelemetry/api",
      "@stablelib/base64",
      "fast-sha256",
      "json-schema-to-ts",
      "standardwebhooks",
      "ts-algebra",
      "undici",
    ],
  },
  "compartments/slack/entry.ts": { imported: ["zod"], brought: [] },
  "compartments/store/entry.ts": {
    imported: ["@journeyapps/wa-sqlite", "@noble/hashes"],
    brought: [],
  },
  "compartments/web/entry.ts": {
    // Of linkedom and turndown the files that import nothing are loaded.
    imported: ["@mozilla/readability", "linkedom", "turndown", "zod"],
    brought: [
      "@mixmark-io/domino",
      "boolbase",
      "css-select",
      "css-what",
      "cssom",
      "dom-serializer",
      "domelementtype",
      "domhandler",
      "domutils",
      "entities",
      "html-escaper",
      "htmlparser2",
      "nth-check",
      "uhyphen",
    ],
  },
};

/** What a folder of `src/` may import besides itself. */
const LAYERS: readonly (readonly [string, readonly string[]])[] = [
  ["base/", ["base/"]],
  ["model/", ["model/", "base/"]],
  ["kernel/", ["kernel/", "model/", "base/"]],
  ["host/", ["host/", "model/", "base/", "kernel/ports.ts"]],
  ["compartments/auth/", ["compartments/auth/", ...compartmentCommons()]],
  ["compartments/api/", ["compartments/api/", ...compartmentCommons()]],
  ["compartments/store/", [
    "compartments/store/",
    "kernel/store_ports.ts",
    "kernel/mail_ports.ts",
    "kernel/task_ports.ts",
    // What is stored of a message is parsed as what comes from a service.
    "compartments/channels/api.ts",
    ...compartmentCommons(),
  ]],
  ["compartments/launcher/", ["compartments/launcher/", ...compartmentCommons()]],
  ["compartments/browser/", [
    "compartments/browser/",
    "compartments/environment_shim.ts",
    ...compartmentCommons(),
  ]],
  ["compartments/channels/discord/", [
    "compartments/channels/discord/",
    "compartments/channels/api.ts",
    "compartments/channels/thread_time.ts",
    ...compartmentCommons(),
  ]],
  ["compartments/channels/slack/", [
    "compartments/channels/slack/",
    "compartments/channels/api.ts",
    "compartments/channels/thread_time.ts",
    "compartments/slack_request.ts",
    ...compartmentCommons(),
  ]],
  ["compartments/channels/telegram/", [
    "compartments/channels/telegram/",
    "compartments/channels/api.ts",
    "compartments/channels/thread_time.ts",
    "compartments/environment_shim.ts",
    ...compartmentCommons(),
  ]],
  ["compartments/mcp/", [
    "compartments/mcp/",
    "compartments/environment_shim.ts",
    ...compartmentCommons(),
  ]],
  ["compartments/models/", [
    "compartments/models/",
    "compartments/environment_shim.ts",
    ...compartmentCommons(),
  ]],
  ["compartments/slack/", [
    "compartments/slack/",
    "compartments/slack_request.ts",
    ...compartmentCommons(),
  ]],
  ["compartments/hands/", ["compartments/hands/", ...compartmentCommons()]],
  ["compartments/egress/", [
    "compartments/egress/",
    "compartments/pump.ts",
    ...compartmentCommons(),
  ]],
  ["compartments/web/", ["compartments/web/", ...compartmentCommons()]],
  ["compartments/cell/", [
    "compartments/cell/",
    "compartments/pump.ts",
    "compartments/inherited_descriptors.ts",
    "compartments/json_lines.ts",
    "compartments/worker_permissions.ts",
    ...compartmentCommons(),
  ]],
  ["compartments/", [
    "compartments/",
    "model/",
    "base/",
    "kernel/ports.ts",
  ]],
  ["surfaces/", ["surfaces/", "kernel/", "model/", "base/"]],
  ["daemon/", ["daemon/", "kernel/", "model/", "base/"]],
  ["app/", [
    "app/",
    "surfaces/",
    "daemon/",
    "kernel/",
    "host/",
    "compartments/",
    "model/",
    "base/",
  ]],
  ["main.ts", ["app/", "compartments/cell/relay.ts"]],
];

function compartmentCommons(): string[] {
  return [
    "compartments/wire.ts",
    "compartments/probe.ts",
    "model/",
    "base/",
    "kernel/ports.ts",
  ];
}

interface Graph {
  roots: string[];
  redirects: Record<string, string>;
  modules: {
    specifier: string;
    kind?: string;
    npmPackage?: string;
    error?: string;
    dependencies?: {
      specifier: string;
      code?: { specifier?: string };
      type?: { specifier?: string };
      isDynamic?: boolean;
    }[];
  }[];
  npmPackages: Record<string, { name: string; dependencies: string[] }>;
}

async function graphOf(entry: string): Promise<Graph> {
  const output = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", `${ROOT}src/${entry}`],
    cwd: ROOT,
  }).output();
  assert.ok(output.success, new TextDecoder().decode(output.stderr));
  return JSON.parse(new TextDecoder().decode(output.stdout));
}

/** Modules that are loaded when all of the graph runs: those behind types alone are not. */
function loadedModules({ roots, redirects, modules }: Graph): Graph["modules"] {
  const loaded = new Map<string, Graph["modules"][number]>();
  const load = (address: string) => {
    const specifier = redirects[address] ?? address;
    const module = modules.find((one) => one.specifier === specifier);
    if (loaded.has(specifier) || specifier.startsWith("node:")) return;
    assert.ok(module, `${specifier} is not in the graph`);
    loaded.set(specifier, module);
    for (const { code } of module.dependencies ?? []) if (code?.specifier) load(code.specifier);
  };
  roots.forEach(load);
  return [...loaded.values()];
}

/** Names of the packages that modules import, and of those that come with them. */
function packagesOf(
  modules: Graph["modules"],
  npmPackages: Graph["npmPackages"],
): { imported: string[]; brought: string[] } {
  const ids = modules.flatMap(({ npmPackage }) => npmPackage ?? []);
  const seen = new Set<string>();
  const add = (id: string) => {
    if (seen.has(id)) return;
    seen.add(id);
    npmPackages[id]!.dependencies.forEach(add);
  };
  ids.forEach(add);
  const names = (of: Iterable<string>) =>
    [...new Set([...of].map((id) => npmPackages[id]!.name))].sort();
  const imported = names(ids);
  return { imported, brought: names(seen).filter((name) => !imported.includes(name)) };
}

for (const [entry, packages] of Object.entries(PACKAGES)) {
  Deno.test(`${entry} loads the packages on its lists and no others`, async () => {
    const graph = await graphOf(entry);
    // Each npm module must name its package: else a new form of this output would hide some.
    const loaded = loadedModules(graph);
    const unnamed = loaded.filter((module) =>
      /^(npm|jsr|https?|data):/.test(module.specifier) && !module.npmPackage
    );
    assert.deepEqual(unnamed, []);
    assert.deepEqual(packagesOf(loaded, graph.npmPackages), packages);
    assert.deepEqual(graph.modules.filter((module) => module.error), []);
  });
}

Deno.test("imports point down the layers, types included", async () => {
  const wrong: string[] = [];
  for (const entry of Object.keys(PACKAGES)) {
    for (const module of (await graphOf(entry)).modules) {
      const from = module.specifier.split("/src/")[1];
      if (!from || !module.specifier.startsWith("file:")) continue;
      const allowed = LAYERS.find(([folder]) => from.startsWith(folder))?.[1] ?? [];
      for (const dependency of module.dependencies ?? []) {
        const target = dependency.code?.specifier ?? dependency.type?.specifier ?? "";
        if (!target.startsWith("file:")) continue;
        const to = target.split("/src/")[1] ?? target;
        if (!allowed.some((folder) => to.startsWith(folder))) wrong.push(`${from} -> ${to}`);
      }
    }
  }
  assert.deepEqual([...new Set(wrong)], []);
});

Deno.test("attack: only kernel/outside reads text from outside, so that none goes round its cleaning", async () => {
  const readers: string[] = [];
  for (const path of files(`${ROOT}src`)) {
    if (/\brawOutside\b/.test(await Deno.readTextFile(path))) readers.push(path.slice(ROOT.length));
  }
  assert.deepEqual(readers.sort(), [
    "src/kernel/outside/mark.ts",
    "src/model/conversation/outside.ts",
  ]);
});

Deno.test("the kernel's decisions touch no clock, randomness, network or Deno by themselves", async () => {
  const wrong: string[] = [];
  const ambient =
    /\b(Date\.now\(|Math\.random\(|new Date\(\)|Deno\.(?!errors)|performance\.now\(|setTimeout\()|(?<![.\w])fetch\(|from "node:/;
  for (const folder of ["base", "model", "kernel", "surfaces", "daemon"]) {
    for (const path of files(`${ROOT}src/${folder}`)) {
      const text = await Deno.readTextFile(path);
      text.split("\n").forEach((line, index) => {
        if (!/^\s*(\/\/|\*|\/\*)/.test(line) && ambient.test(line)) {
          wrong.push(`${path.slice(ROOT.length)}:${index + 1}: ${line.trim()}`);
        }
      });
    }
  }
  assert.deepEqual(wrong, []);
});

Deno.test("zod is imported as a namespace: `{ z }` brings its 50 languages into the bundle", async () => {
  const wrong: string[] = [];
  for (const path of files(`${ROOT}src`)) {
    if (/import (?:type )?\{[^}]*\} from "zod"/.test(await Deno.readTextFile(path))) {
      wrong.push(path);
    }
  }
  assert.deepEqual(wrong, []);
});

function files(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap((entry) =>
    entry.isDirectory ? files(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`]
  );
}

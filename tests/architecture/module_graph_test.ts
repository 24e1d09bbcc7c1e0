/**
 * Which code and which packages each thread, cell and the kernel load, dynamic imports included.
 * The lists are frozen here: a package that shows up in another compartment turns this red.
 */
import assert from "node:assert/strict";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Literal lists: packages by entry. Dependencies of a package are listed with it. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  "main.ts": ["commander", "diff", "picomatch", "smol-toml", "unbash", "zod"],
  "compartments/cell/main.ts": [],
  "compartments/hands/entry.ts": [],
  "compartments/launcher/entry.ts": [],
  "compartments/models/entry.ts": ["@anthropic-ai/sdk", "openai", "zod"],
  "compartments/store/entry.ts": ["@journeyapps/wa-sqlite"],
};

/** What a folder of `src/` may import besides itself. */
const LAYERS: readonly (readonly [string, readonly string[]])[] = [
  ["base/", ["base/"]],
  ["model/", ["model/", "base/"]],
  ["kernel/", ["kernel/", "model/", "base/"]],
  ["host/", ["host/", "model/", "base/", "kernel/ports.ts"]],
  ["compartments/store/", ["compartments/store/", ...compartmentCommons()]],
  ["compartments/launcher/", ["compartments/launcher/", ...compartmentCommons()]],
  ["compartments/models/", ["compartments/models/", ...compartmentCommons()]],
  ["compartments/hands/", ["compartments/hands/", ...compartmentCommons()]],
  ["compartments/cell/", [
    "compartments/cell/",
    "compartments/json_lines.ts",
    "compartments/worker_permissions.ts",
    ...compartmentCommons(),
  ]],
  ["compartments/", ["compartments/", "model/", "base/", "kernel/ports.ts"]],
  ["surfaces/", ["surfaces/", "kernel/", "model/", "base/"]],
  ["app/", ["app/", "surfaces/", "kernel/", "host/", "compartments/", "model/", "base/"]],
  ["main.ts", ["app/", "compartments/cell/relay.ts"]],
];

function compartmentCommons(): string[] {
  return ["compartments/wire.ts", "compartments/probe.ts", "model/", "base/", "kernel/ports.ts"];
}

interface Graph {
  modules: {
    specifier: string;
    kind?: string;
    error?: string;
    dependencies?: {
      specifier: string;
      code?: { specifier?: string };
      type?: { specifier?: string };
      isDynamic?: boolean;
    }[];
  }[];
  redirects: Record<string, string>;
}

async function graphOf(entry: string): Promise<Graph> {
  const output = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", `${ROOT}src/${entry}`],
    cwd: ROOT,
  }).output();
  assert.ok(output.success, new TextDecoder().decode(output.stderr));
  return JSON.parse(new TextDecoder().decode(output.stdout));
}

function packagesOf(graph: Graph): string[] {
  const names = graph.modules.flatMap(({ specifier }) => {
    const match = /^npm:\/?((?:@[^/]+\/)?[^@/]+)/.exec(specifier);
    return match?.[1] ? [match[1]] : [];
  });
  return [...new Set(names)].sort();
}

for (const [entry, packages] of Object.entries(PACKAGES)) {
  Deno.test(`${entry} loads the packages on its list and no others`, async () => {
    const graph = await graphOf(entry);
    assert.deepEqual(packagesOf(graph), packages);
    const broken = graph.modules.filter((module) => module.error);
    assert.deepEqual(broken, []);
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

Deno.test("the kernel's decisions touch no clock, randomness, network or Deno by themselves", async () => {
  const wrong: string[] = [];
  const ambient =
    /\b(Date\.now\(|Math\.random\(|new Date\(\)|Deno\.(?!errors)|performance\.now\(|setTimeout\()|(?<![.\w])fetch\(|from "node:/;
  for (const folder of ["base", "model", "kernel", "surfaces"]) {
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

function files(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap((entry) =>
    entry.isDirectory ? files(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`]
  );
}

/** Where ward's own code is, in each of its three forms, and how a cell starts it again. */
import { fromFileUrl } from "../../base/file_url.ts";
import type { SelfImage } from "../../compartments/launcher/sandbox.ts";
import type { CodeBase } from "../../compartments/start.ts";

/**
 * The function of the database engine that seals pages: a fifth of what a commit takes, and the only
 * one that pays for being optimised. Found in a profile of the store's thread;
 * `tests/build/flags_test.ts` says when it is to be looked for again.
 */
const SEALING_FUNCTION = 1025;

/**
 * The first is a wall: no code is made of text. The next two are for a short start. The last two keep
 * a daemon small: else each thread holds on to what it made and threw away, a third of the memory
 * after some hundred messages, and they cost a one-shot nothing that can be measured.
 */
const V8_FLAGS = "--v8-flags=--disallow-code-generation-from-strings,--wasm-lazy-compilation," +
  `--wasm-tier-up-filter=${SEALING_FUNCTION},--max-semi-space-size=2,--heap-growing-percent=30`;

/** Deno's own flags of every process that ward starts of itself: nothing is baked in from source. */
export const RUNTIME_FLAGS: readonly string[] = [
  "--no-prompt",
  "--no-remote",
  "--deny-ffi",
  "--deny-import",
  "--unstable-worker-options",
  V8_FLAGS,
];

/** The widest set of the kernel's process; the release bakes the same. */
export const KERNEL_FLAGS: readonly string[] = [
  "--allow-read",
  "--allow-write",
  "--allow-net",
  "--deny-net=169.254.0.0/16",
  "--allow-env",
  "--allow-run",
  "--allow-sys",
];

/** The form that runs. */
export interface Form extends CodeBase {
  readonly form: "source" | "bundled" | "standalone";
  /** What a cell mounts and runs. */
  readonly self: SelfImage;
  /** Paths that are ward itself: read-only or absent in cells. */
  readonly selfPaths: readonly string[];
  /** Arguments that start this same program again, before its own. */
  readonly restart: readonly string[];
}

/**
 * Finds out which form runs.
 *
 * @param mainUrl `import.meta.url` of `main.ts`.
 */
export function formOf(mainUrl: string): Form {
  const base = new URL("./", mainUrl).href;
  const extension = /\.[a-z]+$/.exec(mainUrl)?.[0] ?? ".ts";
  // By its own name: Homebrew starts it through a link, and rules of macOS see what that leads to.
  const runtime = Deno.realPathSync(Deno.execPath());
  if (Deno.build.standalone) {
    return {
      form: "standalone",
      base,
      extension,
      self: { runtime, code: null, args: ["__cell"] },
      selfPaths: [runtime],
      restart: [],
    };
  }
  const code = fromFileUrl(base).replace(/\/$/, "");
  const cell = `${code}/compartments/cell/main${extension}`;
  const root = code.replace(/\/src$/, "");
  return {
    form: extension === ".ts" ? "source" : "bundled",
    base,
    extension,
    self: {
      runtime,
      code,
      args: [
        "run",
        "--quiet",
        "--no-config",
        "--no-lock",
        "--no-npm",
        "--cached-only",
        "--allow-read",
        "--allow-write",
        "--allow-run",
        "--allow-net",
        ...RUNTIME_FLAGS,
        cell,
      ],
    },
    selfPaths: [
      code,
      runtime,
      ...configurationOf(code),
      ...(extension === ".ts" ? [`${root}/scripts`, `${root}/skills`, ...packageCache()] : []),
    ],
    restart: ["run", "--quiet", ...KERNEL_FLAGS, ...RUNTIME_FLAGS, fromFileUrl(mainUrl)],
  };
}

/** What the runtime reads in the folder of the code and above it: tasks, imports, packages. */
const CONFIGURATION = [
  "deno.json",
  "deno.jsonc",
  "deno.lock",
  "package.json",
  "node_modules",
  "vendor",
  ".npmrc",
];

/** Files, there or not, that change what runs when ward is started from its code again. */
export function configurationOf(code: string): string[] {
  const paths: string[] = [];
  for (let folder = code; folder !== ""; folder = folder.slice(0, folder.lastIndexOf("/"))) {
    paths.push(...CONFIGURATION.map((name) => `${folder}/${name}`));
  }
  return paths;
}

/** Deno's cache, which holds the packages and the translated sources that ward runs from. */
function packageCache(): string[] {
  const address = import.meta.resolve("zod");
  const end = address.indexOf("/npm/");
  return address.startsWith("file:") && end > 0 ? [fromFileUrl(address.slice(0, end))] : [];
}

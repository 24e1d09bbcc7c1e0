/** One source of truth for the flags of ward's process: what is written elsewhere is held to it. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { createHash } from "node:crypto";
import { COMPILE_FLAGS } from "../../scripts/compile.ts";
import { KERNEL_FLAGS, RUNTIME_FLAGS } from "../../src/app/start/code_base.ts";

const FROZEN = [
  "--allow-env",
  "--allow-net",
  "--allow-read",
  "--allow-run",
  "--allow-sys",
  "--allow-write",
  "--deny-ffi",
  "--deny-import",
  "--deny-net=169.254.0.0/16",
  "--no-prompt",
  "--no-remote",
  "--unstable-worker-options",
  "--v8-flags=--disallow-code-generation-from-strings,--wasm-lazy-compilation,--wasm-tier-up-filter=1025,--max-semi-space-size=2,--heap-growing-percent=30",
];

Deno.test("the function of the database engine that is optimised is the one that was found in it", () => {
  const engine = import.meta.resolve("@journeyapps/wa-sqlite/dist/mc-wa-sqlite.wasm");
  const hash = createHash("sha256").update(Deno.readFileSync(new URL(engine))).digest("hex");
  // Another engine has another order: profile the store's thread while it stores some thousand
  // messages, take the wasm function with the most time of its own, set SEALING_FUNCTION to it.
  equal(hash, "d7032a56e5ad1309a6327d22c45253f8d406d6111713412146a779f3d9a12a5d");
});

Deno.test("the flags of the kernel's process are the frozen ones", () => {
  deepEqual([...KERNEL_FLAGS, ...RUNTIME_FLAGS].sort(), FROZEN);
});

Deno.test("`deno task start` runs with the same flags, and no more", () => {
  const { tasks } = JSON.parse(
    Deno.readTextFileSync(new URL("../../deno.json", import.meta.url)),
  );
  const words: string[] = tasks.start.split(" ");
  deepEqual(words.slice(0, 2), ["deno", "run"]);
  deepEqual(words.at(-1), "src/main.ts");
  deepEqual(words.slice(2, -1).filter((word) => word !== "--quiet").sort(), FROZEN);
});

Deno.test("the compiler bakes the same flags, and no cache that others could fill", () => {
  for (const flag of FROZEN) ok(COMPILE_FLAGS.includes(flag), flag);
  const others = COMPILE_FLAGS.filter((flag) => !FROZEN.includes(flag)).sort();
  deepEqual(others, ["--no-check", "--no-code-cache", "--no-config", "--no-lock", "--quiet"]);
});

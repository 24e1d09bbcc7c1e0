// deno-lint-ignore-file no-console
/** A commit of the encrypted store, in a process with ward's own runtime flags. */
import { RUNTIME_FLAGS } from "../src/app/start/code_base.ts";
import { EncryptedStore } from "../src/compartments/store/encrypted_store.ts";
import { judged, type Line } from "./lines.ts";
import { median } from "./measure_process.ts";

/** Messages stored one by one. */
const COMMITS = 200;

/** Starts the process and reads what it measured. */
export async function measureStore(): Promise<Line> {
  const output = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--allow-all",
      ...RUNTIME_FLAGS.filter((flag) => flag !== "--deny-ffi"),
      import.meta.filename ?? "",
    ],
    stderr: "inherit",
  }).output();
  const [commitMs = NaN, auditMs = NaN] = JSON.parse(new TextDecoder().decode(output.stdout));
  const detail = `with an audit row ${auditMs.toFixed(1)} ms`;
  return judged("store: a commit", commitMs, "ms", {}, detail);
}

async function commitTimes(): Promise<[number, number]> {
  const dataDir = await Deno.makeTempDir({ prefix: "ward-store-" });
  try {
    const engine = import.meta.resolve("@journeyapps/wa-sqlite/dist/mc-wa-sqlite.wasm");
    const module = await WebAssembly.compile(await Deno.readFile(new URL(engine)));
    const store = await EncryptedStore.open({ dataDir, module, keyHex: "5".repeat(64) });
    const { id } = await store.createSession({ workspace: "/w", title: "" });
    const time = async (step: () => Promise<void>) => {
      const times: number[] = [];
      for (let n = 0; n < COMMITS; n++) {
        const started = performance.now();
        await step();
        times.push(performance.now() - started);
      }
      return median(times);
    };
    const commit = await time(() => store.appendUser(id, "a message of some words"));
    const entry = { kind: "turn", sessionId: id, subject: "complete", detail: {} } as const;
    const audit = await time(() => store.appendAudit([entry]));
    await store.close();
    return [commit, audit];
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
}

if (import.meta.main) console.log(JSON.stringify(await commitTimes()));

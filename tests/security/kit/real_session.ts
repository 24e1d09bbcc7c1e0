/**
 * Turns over ward's own policy, grants, taint, store and loop; what they touch outside is a test's.
 * `open`: the control run, in which policy allows whatever is asked of it.
 */
import type { Hands } from "../../../src/app/cells/hands.ts";
import { createPolicy, type PolicyFacts } from "../../../src/app/policy.ts";
import { runTurn } from "../../../src/kernel/agent/run_turn.ts";
import type { TurnResult } from "../../../src/kernel/agent/turn.ts";
import type { ApprovalMode } from "../../../src/model/cells/permission.ts";
import { createGrantBook, type GrantBook } from "../../../src/kernel/policy/grant_book.ts";
import { saidWhole } from "../../../src/kernel/policy/said_whole.ts";
import { Taint } from "../../../src/kernel/policy/taint.ts";
import type { Approver, Clock, ModelPort, Tool, TurnEvent } from "../../../src/kernel/ports.ts";
import type { Store } from "../../../src/kernel/store_ports.ts";
import { buildSystemPrompt } from "../../../src/kernel/agent/system_prompt.ts";
import { KEY, startWorker, wasmModule, withFolder } from "../../store/store_kit.ts";

/** The workspace of these sessions; nothing is there. */
export const WORKSPACE = "/users/u/work";

/** A clock that goes on by itself, a millisecond a look, so that an answer comes after a reading. */
function steppingClock(): Clock {
  let now = Date.UTC(2026, 10, 21, 12, 0, 0);
  const none = new Promise<void>(() => {});
  return { now: () => ++now, monotonic: () => now, delay: () => none };
}

/** A store with its grants, in which sessions run. */
export interface Bench {
  readonly store: Store;
  readonly book: GrantBook;
  run(session: SessionPlan): Promise<SessionOutcome>;
}

/** One session of one turn. */
export interface SessionPlan {
  readonly prompt: string;
  readonly model: ModelPort;
  readonly tools: readonly Tool[];
  readonly approver: Approver;
  /** Prefix rules of `commands.allow`. @default none */
  readonly allow?: readonly string[] | undefined;
  /** @default "real" */
  readonly policy?: "real" | "open" | undefined;
}

/** What came of it. */
export interface SessionOutcome {
  readonly sessionId: string;
  readonly result: TurnResult;
  readonly events: readonly TurnEvent[];
  readonly taint: Taint;
}

/** Runs over the real database, which is gone afterwards. */
export function withBench(use: (bench: Bench) => Promise<void>): Promise<void> {
  return withFolder(async (dataDir) => {
    Deno.mkdirSync(dataDir, { mode: 0o700 });
    const { store, end } = startWorker(dataDir);
    try {
      await store.open({ dataDir, module: wasmModule(), keyHex: KEY });
      await use(benchOf(store));
      await store.close();
    } finally {
      end();
    }
  });
}

/** Sessions over a store. */
export function benchOf(store: Store, mode: ApprovalMode = "default"): Bench {
  const clock = steppingClock();
  let ids = 0;
  const random = { id: () => `t${`${++ids}`.padStart(9, "0")}`, fraction: () => 0.5 };
  const book = createGrantBook({ store, clock, random, mode: () => mode, stamp: () => null });
  return {
    store,
    book,
    async run({ prompt, model, tools, approver, allow = [], policy = "real" }) {
      const { id: sessionId } = await store.createSession({ workspace: WORKSPACE, title: "t" });
      const taint = new Taint();
      const events: TurnEvent[] = [];
      const real = createPolicy({ ...FACTS, allow }, HANDS, book, {
        id: sessionId,
        taint,
        trusted: true,
        saidByUser: (text) => saidWhole(prompt, text),
      }, { mode: () => mode, now: () => clock.now() });
      const result = await runTurn({
        store,
        workspace: WORKSPACE,
        model,
        modelId: "scripted",
        tools,
        policy: policy === "real" ? real : {
          ...real,
          decide: () => Promise.resolve({ type: "allow", rule: "no defence" }),
        },
        approver,
        clock,
        random,
        layer: "BWRAP",
        mode: () => mode,
        saveOutput: (_text, name) => Promise.resolve(`/out/${name}`),
        onEvent: (event) => events.push(event),
        system: buildSystemPrompt({
          workspace: WORKSPACE,
          date: "2026-11-21",
          layer: "BWRAP",
          commands: true,
        }),
        limits: {
          iterations: 50,
          turnMs: 600_000,
          maxOutputTokens: 1000,
          // Ward's own defaults.
          stall: { sameCalls: 3, alternations: 3, failedRounds: 6, refusedRounds: 12 },
        },
      }, { sessionId, text: prompt, signal: new AbortController().signal });
      return { sessionId, result, events, taint };
    },
  };
}

const FACTS: PolicyFacts = {
  workspace: WORKSPACE,
  home: "/users/u/.ward",
  dataDir: "/users/u/.ward/data",
  others: [],
  outputDir: "/users/u/.ward/data/outputs",
  osHome: "/users/u",
  selfPaths: [],
  allow: [],
  commandsWithoutSandbox: false,
  findProgram: (name) => `/usr/bin/${name}`,
  realPath: (path) => path,
  verifyPaths: true,
  exists: () => true,
};

/** Policy asks of the hands which sandbox there is, and hands them what was allowed once. */
const HANDS = {
  sandbox: () =>
    Promise.resolve({
      kind: "bubblewrap",
      name: "bubblewrap",
      layer: "BWRAP",
      notHeld: [],
      cause: null,
      fix: null,
      passedOver: [],
    }),
  router: { lease: () => {}, recheck: () => Promise.resolve() },
} as unknown as Hands;

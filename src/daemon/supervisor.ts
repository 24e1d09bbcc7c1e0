/** Runs the parts of the daemon side by side: one that fails is run again, the others go on. */
import type { DaemonService } from "./service.ts";
import { AppError } from "../base/app_error.ts";
import { backoffMs } from "../base/backoff.ts";
import type { Clock, Log, Random } from "../kernel/ports.ts";

/** After so long without a failure the earlier ones are forgotten. */
const STABLE_MS = 60_000;

/** Failures that another try does not mend: something has to be changed first. */
const FINAL: ReadonlySet<string> = new Set([
  "channel.token",
  "channel.no_token",
  "channel.intents",
  "api.token",
]);

/** How a part of the daemon is. */
export interface ServiceState {
  readonly name: string;
  /** `over`: it does not run until it is started anew. */
  readonly state: "running" | "waiting" | "over";
  /** In a row. */
  readonly failures: number;
  /** Why it does not run; null: it does. Safe to show. */
  readonly why: string | null;
  /** Of its last failure, `internal` where it is not ward's own; null: it runs. */
  readonly code: string | null;
  /** Since when it is so, ms since the epoch. */
  readonly sinceMs: number;
}

/** Runs services until it is told to stop. */
export interface Supervisor {
  /** Starts one; one of that name is ended first. */
  start(service: DaemonService): Promise<void>;
  /** Ends one, where there is one of that name. */
  end(name: string): Promise<void>;
  /** All of them, in the order of their start. */
  states(): readonly ServiceState[];
  /** Ends all and waits for them. */
  close(): Promise<void>;
}

/**
 * Builds it.
 *
 * @param onChange Told of each change of a state.
 */
export function createSupervisor(parts: {
  readonly clock: Clock;
  readonly random: Pick<Random, "fraction">;
  readonly log: Log;
  onChange(state: ServiceState): void;
}): Supervisor {
  const { clock, random, log } = parts;
  const all = new Map<
    string,
    { state: ServiceState; stop: AbortController; over: Promise<void> }
  >();

  const keepRunning = async (
    { name, run }: DaemonService,
    signal: AbortSignal,
    tell: (state: Omit<ServiceState, "name" | "sinceMs">) => void,
  ) => {
    for (let failures = 0; !signal.aborted;) {
      tell({ state: "running", failures, why: null, code: null });
      const startedAt = clock.monotonic();
      const ended = await run(signal).then(() => null, (error: unknown) => error ?? "thrown");
      if (signal.aborted) return;
      if (clock.monotonic() - startedAt >= STABLE_MS) failures = 0;
      failures++;
      const why = ended === null ? "it ended by itself" : reasonOf(ended);
      const code = ended instanceof AppError ? ended.code : "internal";
      log.write("error", "service_failed", { service: name, code, failures });
      if (FINAL.has(code)) return tell({ state: "over", failures, why, code });
      tell({ state: "waiting", failures, why, code });
      await clock.delay(backoffMs(failures, random.fraction()), signal).catch(() => {});
    }
  };

  const end = async (name: string) => {
    const entry = all.get(name);
    if (!entry) return;
    entry.stop.abort();
    await entry.over;
    if (all.get(name) === entry) all.delete(name);
  };

  return {
    end,
    async start(service) {
      await end(service.name);
      const stop = new AbortController();
      const { name } = service;
      const tell = (news: Omit<ServiceState, "name" | "sinceMs">) => {
        entry.state = { name, ...news, sinceMs: clock.now() };
        parts.onChange(entry.state);
      };
      const entry = {
        state: {
          name,
          state: "running",
          failures: 0,
          why: null,
          code: null,
          sinceMs: clock.now(),
        } as ServiceState,
        stop,
        over: Promise.resolve(),
      };
      all.set(name, entry);
      entry.over = keepRunning({ name, run: (signal) => service.run(signal) }, stop.signal, tell);
    },
    states: () => [...all.values()].map(({ state }) => state),
    async close() {
      await Promise.all([...all.keys()].map(end));
    },
  };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof AppError)) return "an unexpected failure; see `ward logs`";
  return error.hint ? `${error.message}. ${error.hint}` : error.message;
}

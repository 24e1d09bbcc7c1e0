/**
 * Commands that go on while the agent does something else: each in a cell of its own, ended with
 * the session that started it. What they print waits here, bounded, until it is read.
 */
import { AppError } from "../../../base/app_error.ts";
import { DONE } from "../../../base/done.ts";
import type { RunOutcome, RunOutput } from "../../../model/cells/hands.ts";
import type { Clock } from "../../ports.ts";
import { describeError } from "../../agent/prepare_call.ts";
import type { HandsCallOptions } from "../hands_port.ts";

/** Characters of one command that wait to be read; of more the oldest go. */
const UNREAD_CHARS = 1_000_000;
/** Ended commands that are kept for a last reading. */
const KEPT_ENDED = 16;

/** How a command stands. */
export type BackgroundState =
  | { readonly type: "running" }
  | { readonly type: "ended"; readonly outcome: RunOutcome }
  /** It was killed, or its cell was ended. */
  | { readonly type: "stopped"; readonly why: string };

/** A command, as it is listed. */
export interface BackgroundFact {
  readonly id: string;
  readonly command: string;
  readonly state: BackgroundState;
  /** Since its start, to its end where it has ended. */
  readonly ms: number;
  readonly unreadChars: number;
}

/** A command with what it printed since it was read last. */
export interface BackgroundReading extends BackgroundFact {
  readonly chunks: readonly RunOutput[];
  /** Characters that were left out before them. */
  readonly droppedChars: number;
  /** Hosts whose text may be among what it printed. */
  readonly hosts: readonly string[];
}

interface Entry {
  readonly id: string;
  readonly command: string;
  readonly hosts: readonly string[];
  readonly startedAt: number;
  endedAt: number | null;
  state: BackgroundState;
  chunks: RunOutput[];
  chars: number;
  dropped: number;
  readonly stop: AbortController;
  /** Fires at new output and at the end. */
  news: PromiseWithResolvers<void>;
  readonly over: Promise<void>;
}

/** How many commands of all sessions of a process may run in the background at once. */
export class BackgroundSlots {
  readonly max: number;
  #taken = 0;

  /** @param max At once. */
  constructor(max: number) {
    this.max = max;
  }

  /** @returns Gives it back; null: all are taken. */
  take(): (() => void) | null {
    if (this.#taken >= this.max) return null;
    this.#taken++;
    return () => void this.#taken--;
  }
}

/** The background commands of one session. */
export class BackgroundCommands {
  /** Time of one if the call gives none, ms. */
  readonly timeoutMs: number;
  readonly #clock: Clock;
  readonly #slots: BackgroundSlots;
  readonly #entries = new Map<string, Entry>();
  readonly #reached = new Set<string>();
  #count = 0;
  #closed = false;

  /** Starts with none. */
  constructor(options: { clock: Clock; slots: BackgroundSlots; timeoutMs: number }) {
    this.#clock = options.clock;
    this.#slots = options.slots;
    this.timeoutMs = options.timeoutMs;
  }

  /**
   * Starts a command and waits until it runs, not until it ends.
   *
   * @param run Runs it in a cell of its own, output as it comes.
   * @param signal Ends it while it has not begun; later only `kill` and `close` do.
   * @param hosts That it was given.
   * @returns Its id.
   * @throws {AppError} `background.too_many`, or why its cell did not start.
   */
  async start(
    command: string,
    run: (options: HandsCallOptions) => Promise<RunOutcome>,
    signal: AbortSignal,
    hosts: readonly string[] = [],
  ): Promise<string> {
    signal.throwIfAborted();
    if (this.#closed) throw new AppError("background.closed", "The session has ended");
    const giveBack = this.#slots.take();
    if (!giveBack) {
      const { max } = this.#slots;
      throw new AppError("background.too_many", `${max} commands run in the background already`, {
        hint: "Kill one first (commands.background_max)",
      });
    }
    const id = `b${++this.#count}`;
    const stop = new AbortController();
    const begun = Promise.withResolvers<void>();
    const over = Promise.withResolvers<void>();
    const entry: Entry = {
      id,
      command,
      hosts,
      startedAt: this.#clock.monotonic(),
      endedAt: null,
      state: { type: "running" },
      chunks: [],
      chars: 0,
      dropped: 0,
      stop,
      news: Promise.withResolvers<void>(),
      over: over.promise,
    };
    this.#entries.set(id, entry);
    const onAbort = () => stop.abort(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    run({
      signal: stop.signal,
      onOutput: (chunk) => {
        begun.resolve();
        add(entry, chunk);
      },
    }).then(
      (outcome) => {
        entry.state = { type: "ended", outcome };
        begun.resolve();
      },
      (error) => {
        const why = stop.signal.aborted ? "it was killed" : describeError(error);
        entry.state = { type: "stopped", why };
        begun.reject(error);
      },
    ).finally(() => {
      giveBack();
      entry.endedAt = this.#clock.monotonic();
      tellNews(entry);
      over.resolve();
    });
    try {
      await begun.promise;
      this.#forgetOldest();
      return id;
    } catch (error) {
      this.#entries.delete(id);
      throw error;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** All that are known, oldest first. */
  list(): BackgroundFact[] {
    return [...this.#entries.values()].map((entry) => this.#factOf(entry));
  }

  /**
   * What a command printed since it was read last. Once its end was read it is forgotten.
   *
   * @param waitMs How long to wait where there is nothing new and it still runs.
   * @param takeReached Hosts that programs reached since this was asked last.
   * @throws {AppError} `background.unknown`.
   */
  async read(
    id: string,
    waitMs: number,
    signal: AbortSignal,
    takeReached: () => readonly string[] = () => [],
  ): Promise<BackgroundReading> {
    const entry = this.#entryOf(id);
    if (entry.chars === 0 && entry.state.type === "running" && waitMs > 0) {
      const timer = new AbortController();
      const wait = this.#clock.delay(waitMs, AbortSignal.any([signal, timer.signal]));
      try {
        await Promise.race([entry.news.promise, wait.catch(() => {})]);
      } finally {
        timer.abort(DONE);
      }
    }
    const { chunks, dropped } = entry;
    entry.chunks = [];
    entry.chars = 0;
    entry.dropped = 0;
    if (entry.state.type !== "running") this.#entries.delete(id);
    this.noteReached(takeReached());
    const far = [...new Set([...entry.hosts, ...this.#reached])];
    return { ...this.#factOf(entry), chunks, droppedChars: dropped, hosts: far };
  }

  /**
   * Programs of the session reached these hosts; which command did is not known.
   *
   * @returns Them.
   */
  noteReached(hosts: readonly string[]): readonly string[] {
    hosts.forEach((host) => this.#reached.add(host));
    return hosts;
  }

  /**
   * Ends a command and waits for its end; what it printed can still be read.
   *
   * @throws {AppError} `background.unknown`.
   */
  async kill(id: string): Promise<BackgroundFact> {
    const entry = this.#entryOf(id);
    entry.stop.abort(new AppError("background.killed", "The command was killed"));
    await entry.over;
    return this.#factOf(entry);
  }

  /** Ends all of them; nothing can be started any more. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#entries.keys()].map((id) => this.kill(id)));
  }

  #entryOf(id: string): Entry {
    const entry = this.#entries.get(id);
    if (entry) return entry;
    const known = [...this.#entries.keys()].join(", ") || "none";
    throw new AppError("background.unknown", `There is no background command "${id}"`, {
      hint: `There are: ${known}`,
    });
  }

  #factOf(entry: Entry): BackgroundFact {
    const { id, command, state, startedAt, endedAt, chars } = entry;
    const ms = (endedAt ?? this.#clock.monotonic()) - startedAt;
    return { id, command, state, ms, unreadChars: chars };
  }

  #forgetOldest(): void {
    const ended = [...this.#entries.values()].filter(({ state }) => state.type !== "running");
    for (const { id } of ended.slice(0, Math.max(0, ended.length - KEPT_ENDED))) {
      this.#entries.delete(id);
    }
  }
}

function add(entry: Entry, chunk: RunOutput): void {
  if (chunk.text === "") return;
  entry.chunks.push(chunk);
  entry.chars += chunk.text.length;
  while (entry.chars > UNREAD_CHARS) {
    const [first] = entry.chunks;
    if (!first) break;
    const cut = Math.min(first.text.length, entry.chars - UNREAD_CHARS);
    entry.chars -= cut;
    entry.dropped += cut;
    if (cut === first.text.length) entry.chunks.shift();
    else entry.chunks[0] = { ...first, text: first.text.slice(cut) };
  }
  tellNews(entry);
}

function tellNews(entry: Entry): void {
  entry.news.resolve();
  entry.news = Promise.withResolvers<void>();
}

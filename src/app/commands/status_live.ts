/** `ward status --live`: what is running on this profile now, until it is stopped. */
import { type CommandContext } from "./context.ts";
import { statusReport } from "./status.ts";
import type { Ward } from "../ward.ts";
import { UsageError } from "../../base/app_error.ts";
import { DONE } from "../../base/done.ts";
import { SessionWatch } from "../../host/process/session_lock.ts";
import { systemClock } from "../../host/process/system.ts";
import { onTerminalResize, terminalSize } from "../../host/process/terminal.ts";
import { tripText } from "../../kernel/budget/cap_text.ts";
import { sharedCaps } from "../../kernel/budget/with_budget.ts";
import { CostTable } from "../../kernel/models/prices/cost.ts";
import type { SessionArchive } from "../../kernel/store_ports.ts";
import type { HeldSession } from "../../model/conversation/activity.ts";
import type { LiveReport } from "../../model/report.ts";
import { formatLive } from "../../surfaces/cli/format/format_live.ts";
import { safeJson } from "../../surfaces/cli/sanitize_terminal.ts";
import { enterLiveView, type LiveView } from "../../surfaces/terminal/live_view.ts";

const REFRESH_MS = 1_000;
const DAY_MS = 86_400_000;
/** Calls read at once. */
const PAGE_ROWS = 1_000;

/** Shows it each second; as JSON whenever it changed. @returns 0 after `q`, else 130. */
export async function statusLive(context: CommandContext): Promise<number> {
  const { ward, stdout, json } = context;
  const term = ward.start.environment.variables["TERM"] ?? "";
  if (!json && !stdout.isTerminal) {
    throw new UsageError("status.no_terminal", "ward status --live needs a terminal", {
      hint: "For a program: ward status --live --json; for once: ward status",
    });
  }
  const stop = new AbortController();
  const interrupt = () => stop.abort(DONE);
  Deno.addSignalListener("SIGINT", interrupt);
  Deno.addSignalListener("SIGTERM", interrupt);
  try {
    const look = await looker(ward);
    const show = json || term === "" || term === "dumb" ? changesOf(context) : null;
    if (show) {
      await untilStopped(stop.signal, context, async () => show(await look()));
      return 130;
    }
    return await inView(context, look, stop);
  } finally {
    Deno.removeSignalListener("SIGINT", interrupt);
    Deno.removeSignalListener("SIGTERM", interrupt);
  }
}

/** Draws it over itself; keys leave where somebody can type. */
async function inView(
  { stdout, keys }: CommandContext,
  look: () => Promise<LiveReport>,
  stop: AbortController,
): Promise<number> {
  let exitCode = 130;
  let last: LiveReport | null = null;
  const view: LiveView = enterLiveView(stdout, terminalSize);
  const draw = () => last && view.draw(formatLive(last, systemClock.now()));
  const endResize = onTerminalResize(draw);
  const refresh = () =>
    untilStopped(stop.signal, { stdout }, async () => {
      last = await look();
      draw();
    });
  const withKeys = () =>
    keys.raw(() =>
      keys.readAside((chunk) => {
        const names = chunk?.keys.map((key) =>
          key.type === "press" ? key.name : key.type === "text" ? key.text : ""
        ) ?? [];
        if (
          names.some((name) =>
            name === "q" || name === "ctrl-d"
          )
        ) exitCode = 0;
        else if (!names.includes("ctrl-c")) return;
        stop.abort(DONE);
      }, refresh)
    );
  try {
    await (keys.isTerminal ? withKeys() : refresh());
  } finally {
    endResize();
    view.leave();
  }
  return exitCode;
}

/** Prints a report that is not the one before. */
function changesOf({ stdout, json }: CommandContext): (report: LiveReport) => void {
  let last = "";
  return (report) => {
    const text = safeJson(report);
    if (text === last) return;
    last = text;
    const atMs = systemClock.now();
    stdout.write(
      json
        ? safeJson({ type: "live", atMs, ...report }) + "\n"
        : formatLive(report, atMs).map((row) => row.text + "\n").join("") + "\n",
    );
  };
}

/** Does it each second, until it is stopped or nobody reads any more. */
async function untilStopped(
  signal: AbortSignal,
  { stdout }: Pick<CommandContext, "stdout">,
  step: () => Promise<void>,
): Promise<void> {
  while (!signal.aborted && !stdout.isGone) {
    await step();
    await systemClock.delay(REFRESH_MS, signal).catch(() => {});
  }
}

/** What gathers a report. The layers are proven once: that starts a cell. */
async function looker(ward: Ward): Promise<() => Promise<LiveReport>> {
  const { settings } = ward.start;
  const { version, profile, mode, layers } = await statusReport(ward);
  const watch = new SessionWatch(ward.data.path);
  const today = new DayCost(ward.store);
  const caps = sharedCaps(settings.budget);
  return async () => {
    const held = await watch.look();
    const conversations = await conversationsOf(ward.store, held);
    return {
      version,
      profile: profile.name,
      mode: mode.name,
      layers,
      today: {
        ...await today.look(systemClock.now()),
        caps: { tokens: caps.dailyTokens, usd: caps.dailyUsd },
      },
      reached: await reached(ward, held, caps),
      conversations,
    };
  };
}

async function conversationsOf(
  store: SessionArchive,
  held: readonly HeldSession[],
): Promise<LiveReport["conversations"]> {
  const holders = new Map(held.map(({ sessionId, holder }) => [sessionId, holder]));
  const sessions = held.map(({ sessionId, holder }) => ({
    sessionId,
    // Whose beginning is not known may hold a turn that another process did not live to end.
    sinceMs: holder?.sinceMs ?? Number.MAX_SAFE_INTEGER,
  }));
  const active = sessions.length === 0 ? [] : await store.readActivity({ sessions });
  return active.map((one) => ({ ...one, holder: holders.get(one.sessionId) ?? null }));
}

async function reached(
  { store }: Ward,
  held: readonly HeldSession[],
  caps: ReturnType<typeof sharedCaps>,
): Promise<string[]> {
  if (Object.values(caps).every((cap) => cap === null)) return [];
  const texts = new Set<string>();
  for (const sessionId of [null, ...held.map((one) => one.sessionId)]) {
    for (const trip of await store.listTrips({ sessionId, caps })) texts.add(tripText(trip));
  }
  return [...texts];
}

/** Sums of the day, to which what is new is added. */
class DayCost {
  readonly #store: Pick<SessionArchive, "readUsage">;
  #dayMs = -1;
  #afterId = 0;
  #table = new CostTable("day");

  constructor(store: Pick<SessionArchive, "readUsage">) {
    this.#store = store;
  }

  async look(nowMs: number): Promise<Pick<LiveReport["today"], "date" | "sum">> {
    const dayMs = Math.floor(nowMs / DAY_MS) * DAY_MS;
    if (dayMs !== this.#dayMs) {
      this.#dayMs = dayMs;
      this.#afterId = 0;
      this.#table = new CostTable("day");
    }
    for (;;) {
      const page = { afterId: this.#afterId, limit: PAGE_ROWS, fromMs: dayMs };
      const rows = await this.#store.readUsage(page);
      for (const row of rows) this.#table.add(row);
      this.#afterId = rows.at(-1)?.id ?? this.#afterId;
      if (rows.length < PAGE_ROWS) break;
    }
    // A copy: the table goes on counting in its own.
    return {
      date: new Date(dayMs).toISOString().slice(0, 10),
      sum: { ...this.#table.report().total },
    };
  }
}

/** The browser of a session: a cell with Chromium, its proxy, and the thread that drives it. */
import {
  type BrowserHosts,
  type BrowserParts,
  startBrowser,
  type StartedBrowser,
} from "./start_browser.ts";
import { AppError } from "../../base/app_error.ts";
import type { TableInputs } from "../../compartments/table.ts";
import { cellFolders, makeCellFolder } from "../../host/files/cell_folder.ts";
import { findBrowser } from "../../host/process/find_browser.ts";
import { systemClock, systemRandom } from "../../host/process/system.ts";
import { canonicalHost } from "../../kernel/net/canonical_host.ts";
import type { ResolvedSettings } from "../../model/settings.ts";
import type { BrowserPort } from "../../kernel/tools/browser/browser_port.ts";

/** Idle time after which the browser is ended, ms. */
const IDLE_MS = 300_000;

function isSame(some: BrowserHosts, others: BrowserHosts): boolean {
  return some.length === others.length && some.every((one) => others.includes(one));
}

/** The browser's row of the table; null: the agent has none. */
export function browserRow(
  { browser }: ResolvedSettings,
  dataDir: string,
): TableInputs["browser"] {
  const program = browser.enabled ? findBrowser(browser.program) : null;
  return program === null ? null : { program, profile: cellFolders(dataDir) };
}

/** How soon a browser is ended whose grant was revoked or ran out, ms. */
const LOOK_MS = 1_000;

/** What the port is made from. */
export interface BrowserPortParts extends BrowserParts {
  /** Hosts that stand granted to the browser now, without what is counted. */
  granted(): Promise<BrowserHosts>;
}

/** A browser, and what it stands on. */
interface RunningBrowser {
  readonly hosts: BrowserHosts;
  /** Those of them that stand granted; the others were allowed for this navigation. */
  held: BrowserHosts;
  readonly started: StartedBrowser;
}

/**
 * Makes the port; nothing is started before the first navigation.
 *
 * @param how `start`: starts a browser; `lookMs`: between two looks at the grants.
 */
export function createBrowser(
  parts: BrowserPortParts,
  { start = startBrowser, lookMs = LOOK_MS }: {
    readonly start?: typeof startBrowser | undefined;
    readonly lookMs?: number | undefined;
  } = {},
): BrowserPort {
  const { settings, granted } = parts;
  let running: RunningBrowser | null = null;
  let looking: ReturnType<typeof setInterval> | undefined;
  let folder: ReturnType<typeof makeCellFolder> | null = null;
  let host: string | null = null;
  let idle: ReturnType<typeof setTimeout> | undefined;
  // There is one page: what is asked of it waits in line.
  let line: Promise<unknown> = Promise.resolve();

  async function stop(): Promise<void> {
    clearTimeout(idle);
    clearInterval(looking);
    const ending = running;
    running = null;
    host = null;
    await ending?.started.end();
  }

  /** Ends a browser that has a host whose grant is gone, whoever revoked it. */
  async function look(): Promise<void> {
    if (running === null) return;
    const now = await granted();
    if (!running?.held.every((one) => now.includes(one))) await stop();
  }

  /** The browser, with these hosts and no others: those of an earlier navigation are gone. */
  async function obtain(hosts: BrowserHosts): Promise<StartedBrowser> {
    const now = await granted();
    const held = hosts.filter((one) => now.includes(one));
    if (running && !running.started.ended() && isSame(hosts, running.hosts)) {
      running.held = held;
      return running.started;
    }
    await stop();
    const program = findBrowser(settings.browser.program);
    if (program === null) {
      throw new AppError(
        "browser.none",
        settings.browser.program === null
          ? "There is no Chromium on this machine"
          : `There is no program "${settings.browser.program}"`,
        { hint: "Install the package `chromium`, or name a Chrome in browser.program" },
      );
    }
    folder ??= makeCellFolder(parts.data.path, systemClock.now());
    running = { hosts, held, started: await start(parts, program, folder.path, hosts) };
    // What cannot be looked at is looked at again with the next call.
    looking = setInterval(() => look().catch(() => {}), lookMs);
    Deno.unrefTimer(looking as unknown as number);
    return running.started;
  }

  async function act(
    request: Parameters<BrowserPort["act"]>[0],
    hosts: BrowserHosts | null,
    signal: AbortSignal,
  ): ReturnType<BrowserPort["act"]> {
    signal.throwIfAborted();
    clearTimeout(idle);
    if (hosts === null) await look();
    if (hosts === null && (running === null || running.started.ended())) {
      host = null;
      throw new AppError("browser.no_page", "No page is open any more", {
        hint: "Navigate again",
      });
    }
    const started = hosts === null ? running!.started : await obtain(hosts);
    const end = () => void stop();
    signal.addEventListener("abort", end, { once: true });
    try {
      const answer = await started.act({ ...request, timeoutMs: settings.browser.timeoutMs });
      host = /^https?:/.test(answer.url) ? canonicalHost(answer.url) : null;
      // The browser asks for hosts of its own, too; those nobody needs to know.
      const missed = new Set(answer.missed.map(canonicalHost));
      const refused = (await started.takeRefused()).filter((one) => missed.has(one.host));
      return { answer, refused };
    } finally {
      signal.removeEventListener("abort", end);
      idle = setTimeout(end, IDLE_MS);
      Deno.unrefTimer(idle as unknown as number);
    }
  }

  return {
    host: () => host,
    act(request, hosts, signal) {
      const next = line.then(() => act(request, hosts, signal));
      line = next.catch(() => {});
      return next;
    },
    async save(png) {
      const path = `${parts.data.outputDir}/${systemRandom.id()}.png`;
      await Deno.writeFile(path, png, { mode: 0o600 });
      return path;
    },
    async close() {
      await stop();
      folder?.remove();
      folder = null;
    },
  };
}

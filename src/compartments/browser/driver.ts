/**
 * Drives the browser by puppeteer over messages that the kernel carries to and from its cell. What
 * pages say is taken apart here and nowhere else, in a thread that has no permission at all.
 */
import { _connectToCdpBrowser } from "puppeteer-core/internal/cdp/BrowserConnector.js";
import { AppError } from "../../base/app_error.ts";
import type { BrowserAction, BrowserAnswer, Viewport } from "../../model/cells/browser.ts";
import { type Channel, serve } from "../wire.ts";
import { act, type DrivenPage } from "./actions.ts";

/** Longest answer of the browser to one message, ms. */
const PROTOCOL_LIMIT_MS = 60_000;

/** Addresses that were asked for in vain and are told. */
const MAX_MISSED = 100;

/** Serves: `attach` once, `message` for each of the browser's, `act` as the kernel asks. */
export function start(channel: Channel): void {
  const transport: {
    send(message: string): void;
    close(): void;
    onmessage?: (message: string) => void;
  } = { send: () => {}, close: () => {} };
  let page: DrivenPage | null = null;
  const missed = new Set<string>();
  serve(channel, {
    /** Connects; events `{message}` are for the browser, as long as the call lasts. */
    async attach({ viewport }: { viewport: Viewport }, { emit, signal }) {
      transport.send = (message) => emit({ message });
      const browser = await _connectToCdpBrowser(transport, "", {
        defaultViewport: viewport,
        protocolTimeout: PROTOCOL_LIMIT_MS,
        downloadBehavior: { policy: "deny" },
      }, () => undefined);
      const [first] = await browser.pages();
      page = (first ?? await browser.newPage()) as unknown as DrivenPage;
      // Whoever waits for an answer would wait for ever.
      page.on("dialog", (dialog) => void dialog.dismiss().catch(() => {}));
      const miss = (url: string) => {
        if (missed.size < MAX_MISSED) missed.add(url.slice(0, 4096));
      };
      page.on("requestfailed", (request) => miss(request.url()));
      page.on("response", (response) => {
        if ("proxy-status" in response.headers()) miss(response.url());
      });
      // A page of its own that a page opens is not one that is looked at.
      browser.on("targetcreated", async (target) => {
        const opened = await target.page().catch(() => null);
        if (opened !== null && opened as unknown !== page) await opened.close().catch(() => {});
      });
      emit({ attached: true });
      await new Promise<void>((resolve) =>
        signal.addEventListener("abort", () => resolve(), { once: true })
      );
    },
    message({ message }: { message: string }) {
      transport.onmessage?.(message);
    },
    async act(action: BrowserAction): Promise<BrowserAnswer> {
      if (page === null) throw new AppError("browser.not_started", "No browser is attached");
      return await act(page, action, missed);
    },
  });
}

import type { BrowserAction, BrowserAnswer, BrowserFailure } from "../../model/cells/browser.ts";

/** What is used of puppeteer's `Page` (its own types would bring all of its packages along). */
export interface DrivenPage {
  url(): string;
  title(): Promise<string>;
  goto(
    url: string,
    options: { timeout: number; waitUntil: "load" },
  ): Promise<{ status(): number } | null>;
  waitForSelector(
    selector: string,
    options: { timeout: number; visible?: boolean },
  ): Promise<DrivenElement | null>;
  evaluate(script: string): Promise<unknown>;
  screenshot(options: { type: "png" }): Promise<Uint8Array>;
  keyboard: { press(key: string): Promise<void> };
  on(event: "dialog", listener: (dialog: { dismiss(): Promise<void> }) => void): unknown;
  on(event: "requestfailed", listener: (request: { url(): string }) => void): unknown;
  on(
    event: "response",
    listener: (response: { url(): string; headers(): Record<string, string> }) => void,
  ): unknown;
}

/** And of an element. */
interface DrivenElement {
  click(options?: { count: number }): Promise<void>;
  type(text: string): Promise<void>;
  select(...values: string[]): Promise<string[]>;
  evaluate(fn: (element: unknown) => unknown): Promise<unknown>;
  screenshot(options: { type: "png" }): Promise<Uint8Array>;
}

/** Longest text that leaves the driver, characters; the loop cuts it further for the model. */
const MAX_TEXT = 400_000;

/** After something was done the page may go on by itself for a moment, ms. */
const SETTLE_MS = 500;

/**
 * Does one thing and says where the page is then.
 *
 * @param missed Addresses that were asked for in vain; emptied.
 */
export async function act(
  page: DrivenPage,
  action: BrowserAction,
  missed: Set<string>,
): Promise<BrowserAnswer> {
  const done = await attempt(page, action);
  const [url, title] = await Promise.all([page.url(), page.title().catch(() => "")]);
  return {
    status: null,
    text: null,
    png: null,
    failure: null,
    ...done,
    missed: takeAll(missed),
    url: url.slice(0, 4096),
    title: title.slice(0, 1000),
  };
}

function takeAll(missed: Set<string>): string[] {
  const all = [...missed];
  missed.clear();
  return all;
}

async function attempt(
  page: DrivenPage,
  action: BrowserAction,
): Promise<Partial<Pick<BrowserAnswer, "status" | "text" | "png" | "failure">>> {
  const timeout = action.timeoutMs;
  // The page may go on by itself, or at another agent's word, while a person is asked.
  if ("host" in action && hostOf(page.url()) !== action.host) {
    return { failure: { code: "moved", text: "" } };
  }
  try {
    switch (action.action) {
      case "navigate": {
        const answer = await page.goto(action.url, { timeout, waitUntil: "load" });
        return { status: answer?.status() ?? null };
      }
      case "read": {
        const text = action.selector === null
          ? await page.evaluate("document.body ? document.body.innerText : ''")
          : await (await find(page, action.selector, timeout)).evaluate((element) =>
            (element as { innerText?: string; textContent?: string }).innerText ??
              (element as { textContent?: string }).textContent
          );
        return { text: String(text ?? "").slice(0, MAX_TEXT) };
      }
      case "screenshot": {
        const shown = action.selector === null ? page : await find(page, action.selector, timeout);
        return { png: await shown.screenshot({ type: "png" }) };
      }
      case "click":
        await (await find(page, action.selector, timeout, true)).click();
        await settle();
        return {};
      case "fill":
        await fill(page, await find(page, action.selector, timeout, true), action.value);
        return {};
      case "script": {
        const given = await within(timeout, page.evaluate(action.script));
        return { text: (JSON.stringify(given, null, 1) ?? "undefined").slice(0, MAX_TEXT) };
      }
      case "wait":
        await find(page, action.selector, timeout);
        return {};
    }
  } catch (error) {
    return { failure: failureOf(error, action) };
  }
}

function hostOf(url: string): string | null {
  return URL.canParse(url) ? new URL(url).host.replace(/\.(?=:|$)/, "") : null;
}

/** Not there, not in time. */
class NotThere extends Error {}

async function find(
  page: DrivenPage,
  selector: string,
  timeout: number,
  visible = false,
): Promise<DrivenElement> {
  const found = await page.waitForSelector(selector, { timeout, visible });
  if (found === null) throw new NotThere();
  return found;
}

async function fill(page: DrivenPage, element: DrivenElement, value: string): Promise<void> {
  const tag = await element.evaluate((one) => (one as { tagName: string }).tagName);
  if (tag === "SELECT") {
    await element.select(value);
    return;
  }
  await element.click({ count: 3 });
  // What stands there is selected and typed over; nothing to type takes it away.
  if (value === "") await page.keyboard.press("Backspace");
  else await element.type(value);
}

function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
}

async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(Object.assign(new Error(), { name: "TimeoutError" })),
    limitMs,
  );
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** What went wrong: our word for it, and the page's or the browser's own. */
function failureOf(error: unknown, { action }: BrowserAction): BrowserAnswer["failure"] {
  const { name = "", message = "" } = error instanceof Error ? error : { message: String(error) };
  const code: BrowserFailure = error instanceof NotThere
    ? "no_element"
    : name === "TimeoutError"
    ? action === "click" || action === "fill" || action === "wait" || action === "read"
      ? "no_element"
      : "timeout"
    : /^net::ERR_/.test(message)
    ? "unreachable"
    : action === "script"
    ? "script"
    : "failed";
  return { code, text: message.slice(0, 2000) };
}

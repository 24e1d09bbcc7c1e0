/** What the kernel asks of the browser's driver. Texts in answers came from pages. */

/** Where the browser listens for its driver, on the cell's own 127.0.0.1. */
export const DEBUG_ADDRESS = { hostname: "127.0.0.1", port: 9222 } as const;

/** Size of a page, pixels. */
export interface Viewport {
  readonly width: number;
  readonly height: number;
}

/** What the cell starts. */
export interface BrowserStart {
  readonly program: string;
  /** Folder for the profile, writable. */
  readonly profile: string;
  /** Address of the cell's proxy. */
  readonly proxy: string;
  readonly tmp: string;
  readonly viewport: Viewport;
}

/** An element by CSS selector. */
export interface Selected {
  readonly selector: string;
}

/** What can send something: only while the page is of this host. */
export interface OnHost {
  /** As `CheckedUrl.host`. */
  readonly host: string;
}

/** One thing to do on the one page. */
export type BrowserRequest =
  | { readonly action: "navigate"; readonly url: string }
  /** Without a selector the whole page. */
  | { readonly action: "read"; readonly selector: string | null }
  | { readonly action: "screenshot"; readonly selector: string | null }
  | ({ readonly action: "click" } & Selected & OnHost)
  | ({ readonly action: "fill"; readonly value: string } & Selected & OnHost)
  | ({ readonly action: "script"; readonly script: string } & OnHost)
  | ({ readonly action: "wait" } & Selected);

/** The same with the longest time that it may take. */
export type BrowserAction = BrowserRequest & { readonly timeoutMs: number };

/** What came of it. */
export interface BrowserAnswer {
  /** Address of the page now. */
  readonly url: string;
  readonly title: string;
  /** HTTP status of a navigation. */
  readonly status: number | null;
  /** Text that was read, or what a script gave as JSON. */
  readonly text: string | null;
  /** PNG of a screenshot. */
  readonly png: Uint8Array | null;
  /** Addresses that the page asked for and did not get since the last answer; some of them. */
  readonly missed: readonly string[];
  /** What went wrong: a code of ours, and what the page said of it. */
  readonly failure: { readonly code: BrowserFailure; readonly text: string } | null;
}

/** Why an action did not work. */
export type BrowserFailure =
  | "no_element"
  | "timeout"
  | "unreachable"
  | "script"
  | "moved"
  | "failed";

import type { BrowserAnswer, BrowserRequest } from "../../../model/cells/browser.ts";
import type { EgressRefusal } from "../../../model/cells/egress.ts";

/** The one browser of a session. */
export interface BrowserPort {
  /** Host of the page that is open, canonical; null: none is. */
  host(): string | null;
  /**
   * Does one thing.
   *
   * @param hosts What a navigation may reach; the browser is started again for others than it has.
   *   Null for what is done on the open page.
   * @throws {AppError} Family `browser`: `none`, `no_cell`, `no_page`, `not_started`.
   */
  act(
    request: BrowserRequest,
    hosts: readonly string[] | null,
    signal: AbortSignal,
  ): Promise<{ readonly answer: BrowserAnswer; readonly refused: readonly EgressRefusal[] }>;
  /** Keeps a picture. @returns Its path. */
  save(png: Uint8Array): Promise<string>;
  close(): Promise<void>;
}

/** What the `web` compartment gives back. Its texts are from outside: they go on as `Outside` alone. */

/** How the body of an answer is read. */
export type WebReadMode = "page" | "response" | "duckduckgo" | "brave" | "tavily";

/** A page as it was read. */
export interface WebPage {
  readonly kind: "HTML" | "JSON" | "text";
  readonly title: string;
  /** Markdown for HTML, else the text itself. */
  readonly text: string;
  /** Bytes of the body, unpacked. */
  readonly bytes: number;
  /** Only the beginning of the page was read. */
  readonly isCut: boolean;
}

/** The answer of an API as it came. */
export interface WebResponse {
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** `binary`: its text is not given. */
  readonly kind: "HTML" | "JSON" | "text" | "binary";
  readonly text: string;
  /** Bytes of the body, unpacked, as far as it was read. */
  readonly bytes: number;
  /** Only its beginning was read. */
  readonly isCut: boolean;
}

/** A result of a search. */
export interface WebHit {
  readonly title: string;
  readonly url: string;
  readonly snippet: string;
}

/** What a host answered; of a redirect only where it leads. */
export interface WebAnswer {
  readonly status: number;
  readonly location: string | null;
  readonly page: WebPage | null;
  readonly response: WebResponse | null;
  /** null: none were asked for, or the answer is in no known form. */
  readonly hits: readonly WebHit[] | null;
}

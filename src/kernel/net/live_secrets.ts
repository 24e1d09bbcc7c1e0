import { createOutgoingScan, type KnownSecret, type OutgoingScan } from "./outgoing_scan.ts";

/**
 * What a process knows to be secret, as it comes to know it: a login that is renewed while a
 * conversation goes on has other tokens than the one it began with.
 */
export class LiveSecrets {
  /** Made when something is about to leave: most answers call nobody. */
  readonly #scans: OutgoingScan[] = [];
  #unmade: KnownSecret[] = [];
  readonly #known = new Set<string>();

  /** All values, in the order they became known; the same list as long as none comes. */
  values: readonly string[] = [];

  /** Adds values; those that are known already cost nothing. */
  add(secrets: readonly KnownSecret[]): void {
    const news = secrets.filter(({ value }) => !this.#known.has(value));
    if (news.length === 0) return;
    for (const { value } of news) this.#known.add(value);
    this.values = [...this.#known];
    this.#unmade.push(...news);
  }

  /** Adds the tokens of a login. */
  addLogin(
    { accessToken, refreshToken = null }: {
      readonly accessToken: string;
      readonly refreshToken?: string | null | undefined;
    },
  ): void {
    this.add(
      [accessToken, refreshToken ?? ""].filter((value) => value !== "")
        .map((value) => ({ name: "a token of a login", value })),
    );
  }

  /** Finds one of them, as of now. */
  readonly scan: OutgoingScan = (text) => {
    if (this.#unmade.length > 0) this.#scans.push(createOutgoingScan(this.#unmade));
    this.#unmade = [];
    for (const scan of this.#scans) {
      const found = scan(text);
      if (found !== null) return found;
    }
    return null;
  };
}

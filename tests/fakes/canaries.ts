/**
 * Every key and token that a test plants, and every place where one may not be: requests of another
 * service, bodies and paths of requests, what ward printed, and files of the scratch folder.
 *
 * Fakes and kits report by themselves; a leak fails the test that made it. Where `CANARY_TALLY`
 * names a file, each check adds a line to it, which the test command sums up.
 */

/** A request as a service reports it. */
export interface ReportedRequest {
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
}

/** What a check looked at. */
export interface Tally {
  readonly secrets: number;
  readonly requests: number;
  /** Runs and files. */
  readonly places: number;
  readonly leaks: number;
}

/** A service that has requests to show. */
interface Witness {
  requests(): readonly ReportedRequest[];
  /** Login services are sent tokens in bodies, by their protocols. */
  readonly takesBodies: boolean;
  /** Services that were there at the same time. */
  readonly peers: Set<Witness>;
}

/** Headers that a key may stand in. */
const KEY_HEADERS = ["authorization", "x-api-key", "api-key", "x-goog-api-key"];
/** Variables that hold one. */
const KEY_VARIABLE = /_(?:API_KEY|ACCESS_KEY|SESSION_TOKEN|AUTH_TOKEN)$/;
/** What is shorter stands in ordinary text, too. */
const LEAST_LENGTH = 8;
/** Files whose purpose is to hold a key: ward's own, those of other programs, and what a user writes. */
const KEY_FILES =
  /(?:\/auth\/anthropic\/oauth\.json|\/\.codex\/auth\.json|\/\.claude\/\.credentials\.json|\/\.qwen\/oauth_creds\.json|\/config\.toml)$/;

/** What is planted, and who was sent what. */
export class Canaries {
  readonly #planted = new Set<string>();
  readonly #open = new Set<Witness>();
  #printed: string[] = [];
  readonly #note: (tally: Tally) => void;

  /** @param note Called after each check. */
  constructor(note: (tally: Tally) => void) {
    this.#note = note;
  }

  /** A secret from now on; short ones are passed over. */
  plant(secret: string): void {
    if (secret.length >= LEAST_LENGTH) this.#planted.add(secret);
  }

  /** The same of the variables that hold keys by their names. */
  plantVariables(variables: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(variables)) {
      if (KEY_VARIABLE.test(name)) this.plant(value);
    }
  }

  /** What ward printed, until the scratch folder is checked. */
  told(text: string): void {
    this.#printed.push(text);
  }

  /**
   * Watches a service until the function that is returned is called, which checks its requests.
   *
   * @throws {Error} From that function: where a secret is that should not be there, never which.
   */
  watchService(
    service: { readonly requests: readonly ReportedRequest[]; takesBodies?: boolean },
  ): () => void {
    const witness: Witness = {
      requests: () => service.requests,
      takesBodies: service.takesBodies ?? false,
      peers: new Set(this.#open),
    };
    for (const peer of this.#open) peer.peers.add(witness);
    this.#open.add(witness);
    return () => {
      this.#open.delete(witness);
      this.#finish(this.#leaksOf(witness), { requests: service.requests.length, places: 0 });
    };
  }

  /**
   * Checks what was printed since the last check, and each file below a folder but those that are
   * for keys.
   *
   * @throws {Error} Where a secret is, never which.
   */
  checkFolder(folder: string): void {
    const runs = this.#printed.map((text) => ["what ward printed", text] as const);
    this.#printed = [];
    const places = [...runs, ...textsBelow(folder).filter(([path]) => !KEY_FILES.test(path))];
    const leaks = places.filter(([, text]) => this.#isSecretIn(text)).map(([place]) => place);
    this.#finish(leaks, { requests: 0, places: places.length });
  }

  #finish(leaks: readonly string[], seen: Pick<Tally, "requests" | "places">): void {
    this.#note({ secrets: this.#planted.size, leaks: leaks.length, ...seen });
    if (leaks.length > 0) throw new Error(`A planted secret is in ${leaks.join(", ")}`);
  }

  #leaksOf(witness: Witness): string[] {
    const own = this.#credentialsOf(witness);
    const leaks = [...witness.peers].filter((peer) =>
      [...own].some((secret) => isSent(peer, secret)) ||
      [...this.#credentialsOf(peer)].some((secret) => isSent(witness, secret))
    ).map(() => "requests of two services");
    if (witness.takesBodies) return leaks;
    const wrong = witness.requests()
      .filter(({ path, body }) => this.#isSecretIn(path) || this.#isSecretIn(body));
    return [...leaks, ...wrong.map(({ path }) => `a request to ${path.slice(0, 20)}`)];
  }

  /** What a service was sent as a credential; it is planted by that. */
  #credentialsOf({ requests }: Witness): Set<string> {
    const values = requests().flatMap(({ headers }) =>
      KEY_HEADERS.map((name) => (headers.get(name) ?? "").replace(/^\w+ /, ""))
    );
    // A signature is made of a key; it is none.
    const keys = values.filter((value) =>
      value.length >= LEAST_LENGTH && !value.startsWith("Credential=")
    );
    for (const key of keys) this.plant(key);
    return new Set(keys);
  }

  #isSecretIn(text: string): boolean {
    return [...this.#planted].some((secret) => text.includes(secret));
  }
}

/** Those of the test file that runs. */
export const canaries = new Canaries((tally) => {
  const path = Deno.env.get("CANARY_TALLY");
  if (path) Deno.writeTextFileSync(path, `${JSON.stringify(tally)}\n`, { append: true });
});

/** Everything below a folder as text, by path. */
export function textsBelow(folder: string): [string, string][] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory, isFile }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return textsBelow(path);
    return isFile ? [[path, new TextDecoder().decode(Deno.readFileSync(path))]] : [];
  });
}

/** Whether a service was sent it, in whatever part of a request. */
function isSent({ requests }: Witness, secret: string): boolean {
  return requests().some(({ path, body, headers }) =>
    path.includes(secret) || body.includes(secret) ||
    [...headers].some(([, value]) => value.includes(secret))
  );
}

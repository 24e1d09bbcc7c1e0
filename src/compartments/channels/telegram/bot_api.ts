/**
 * The Bot API with one token. Requests are made by grammY; this gives it a `fetch` that follows no
 * redirect, which would carry the token on (it stands in the address), and that bounds an answer.
 * Nothing is repeated here: what sends must not be done twice.
 * Source: core.telegram.org/bots/api, "Making requests".
 */
import { Api } from "grammy";
import type { ChannelSetup } from "../api.ts";
import { sendOnce } from "../../../base/send_once.ts";

/** A hundred updates are some hundred kilobytes. */
const ANSWER_LIMIT_BYTES = 16 * 1024 * 1024;

/** An answer that is none of the Bot API's: of a proxy before it, or of another server. */
export class NoBotApiAnswer extends Error {
  /** Of HTTP. */
  readonly status: number;

  constructor(status: number) {
    super(`HTTP ${status}`);
    this.name = "NoBotApiAnswer";
    this.status = status;
  }
}

/** More bytes than were asked for. */
export class TooLarge extends Error {}

/** Connections and requests of one bot. */
export class BotApi {
  /** Host with port, for messages to people. */
  readonly host: string;
  /** Methods by their names, each with its parameters and a signal. */
  readonly methods: Api["raw"];
  readonly #base: string;
  readonly #token: string;
  #client = Deno.createHttpClient({});

  constructor({ token, apiUrl }: Pick<ChannelSetup, "token" | "apiUrl">) {
    this.host = new URL(apiUrl).host;
    this.#base = apiUrl;
    this.#token = token;
    const api = new Api(token, {
      apiRoot: apiUrl.replace(/\/$/, ""),
      // Each request has a signal with a limit of its own.
      timeoutSeconds: 600,
      fetch: ((input: string, init: RequestInit) => this.#fetch(input, init)) as typeof fetch,
    });
    this.methods = api.raw;
  }

  /** Next requests open a new connection: the last one may be dead after a sleep or another network. */
  renew(): void {
    this.#client.close();
    this.#client = Deno.createHttpClient({});
  }

  /** Gives the connections back. */
  close(): void {
    this.#client.close();
  }

  /**
   * Fetches a file.
   *
   * @param path As `getFile` gave it.
   * @throws {TooLarge}
   * @throws {NoBotApiAnswer} Also where the path leads elsewhere: no address but one below the
   *   bot's files is ever asked.
   */
  async download(path: string, limitBytes: number, signal: AbortSignal): Promise<Uint8Array> {
    const parts = path.split("/");
    if (parts.some((part) => part === "" || part === "." || part === "..")) {
      throw new NoBotApiAnswer(200);
    }
    const address = `${this.#base}file/bot${this.#token}/${
      parts.map(encodeURIComponent).join("/")
    }`;
    const response = await fetch(address, { redirect: "manual", client: this.#client, signal });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new NoBotApiAnswer(response.status);
    }
    return await bounded(response, limitBytes);
  }

  async #fetch(input: string, init: RequestInit): Promise<Response> {
    const response = await fetch(input, {
      ...init,
      ...(typeof init.body === "string" ? { body: sendOnce(init.body) } : {}),
      redirect: "manual",
      client: this.#client,
    });
    const { status, headers } = response;
    if (!headers.get("content-type")?.startsWith("application/json")) {
      await response.body?.cancel();
      throw new NoBotApiAnswer(status);
    }
    const body = await bounded(response, ANSWER_LIMIT_BYTES);
    return new Response(body, { status: status === 204 ? 200 : status, headers });
  }
}

async function bounded(response: Response, limitBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.byteLength;
    if (size > limitBytes) throw new TooLarge();
    pieces.push(piece);
  }
  return await new Blob(pieces).bytes();
}

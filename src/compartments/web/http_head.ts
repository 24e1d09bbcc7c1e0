/**
 * The head of an HTTP/1.1 answer. Written here, and not left to `fetch`, because a connection to a
 * checked address, bounds of the head and an unread body are what this compartment is for.
 *
 * Source: RFC 9112 §2–§6.
 */
import { AppError } from "../../base/app_error.ts";
import type { Connection } from "./dial.ts";

/** Longest head of an answer, bytes; those of 1xx answers before it included. */
export const MAX_HEAD_BYTES = 64 * 1024;

/** Head of an answer. */
export interface Head {
  readonly status: number;
  /** By name in lower case; a repeated one joined with `, `. */
  readonly headers: ReadonlyMap<string, string>;
}

/** Reads a connection piece by piece, and gives back what was read too far. */
export class Reader {
  readonly #connection: Connection;
  readonly #buffer = new Uint8Array(16 * 1024);
  #rest: Uint8Array = new Uint8Array(0);

  /** Begins at its first byte. */
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The next bytes; null at the end. */
  async next(): Promise<Uint8Array | null> {
    if (this.#rest.length > 0) {
      const rest = this.#rest;
      this.#rest = new Uint8Array(0);
      return rest;
    }
    const count = await this.#connection.read(this.#buffer).catch(() => {
      throw cut();
    });
    return count === null ? null : this.#buffer.slice(0, count);
  }

  /** Puts bytes back in front. */
  unread(bytes: Uint8Array): void {
    this.#rest = bytes;
  }

  /**
   * A line without its end.
   *
   * @throws {AppError} `tooLong` over the limit; `web.cut` when it ends before.
   */
  async line(limit: number, tooLong: () => AppError): Promise<string> {
    let line = "";
    for (;;) {
      const bytes = await this.next();
      if (bytes === null) throw cut();
      const end = bytes.indexOf(10);
      const piece = end === -1 ? bytes : bytes.subarray(0, end);
      if (line.length + piece.length > limit) throw tooLong();
      line += LATIN.decode(piece);
      if (end === -1) continue;
      this.unread(bytes.subarray(end + 1));
      return line.replace(/\r$/, "");
    }
  }
}

/** A byte a character, as headers are. */
const LATIN = new TextDecoder("latin1");

/**
 * Reads the head of the final answer.
 *
 * @throws {AppError} `web.head_too_large`, `web.malformed`, `web.cut`.
 */
export async function readHead(reader: Reader): Promise<Head> {
  let room = MAX_HEAD_BYTES;
  const line = async () => {
    const text = await reader.line(room, headTooLarge);
    room -= text.length + 1;
    return text;
  };
  for (;;) {
    const status = /^HTTP\/1\.[01] ([1-5]\d\d)(?: |$)/.exec(await line())?.[1];
    if (status === undefined) throw malformed("it does not answer in HTTP");
    const headers = new Map<string, string>();
    for (let text = await line(); text !== ""; text = await line()) {
      const [, name = "", value = ""] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):(.*)$/.exec(text) ?? [];
      if (name === "") throw malformed("a line of its head is no header");
      const before = headers.get(name.toLowerCase());
      const said = value.replace(/^[ \t]+|(?<![ \t])[ \t]+$/g, "");
      headers.set(name.toLowerCase(), before === undefined ? said : `${before}, ${said}`);
    }
    // Early hints and the like come before the answer; nothing was asked to be switched to.
    if (status === "101") throw malformed("it switches to another protocol");
    if (Number(status) >= 200) return { status: Number(status), headers };
  }
}

/** A failure of the form of an answer. */
export function malformed(why: string): AppError {
  return new AppError("web.malformed", `The host's answer cannot be read: ${why}`);
}

/** The answer ended before its end. */
export function cut(): AppError {
  return new AppError("web.cut", "The host's answer ended before its end", {
    hint: "Try again",
  });
}

function headTooLarge(): AppError {
  return new AppError(
    "web.head_too_large",
    `The head of the host's answer is longer than ${MAX_HEAD_BYTES / 1024} KB`,
  );
}

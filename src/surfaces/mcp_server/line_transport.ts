/**
 * Messages as lines over a pair of streams (MCP, "stdio"). What is no message is told to `onerror`
 * and, where it asks for an answer, answered as JSON-RPC 2.0 has it; it never ends the connection,
 * and never reaches the output as anything but a message.
 */
import {
  type JSONRPCMessage,
  parseJSONRPCMessage,
  ProtocolErrorCode,
  type Transport,
} from "@modelcontextprotocol/server";

/** Longest line that is taken, bytes. */
const MAX_LINE_BYTES = 10 * 1024 * 1024;

/** Where messages come from and go to. */
export interface Lines {
  readonly input: ReadableStream<Uint8Array>;
  /** Writes whole lines in order. @throws Once nobody reads them any more. */
  write(text: string): Promise<void>;
}

/** The transport; it ends with its input. */
export class LineTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly #lines: Lines;
  readonly #closed = Promise.withResolvers<void>();
  #reader: ReadableStreamDefaultReader<Uint8Array> | null = null;
  #isClosed = false;

  /** Reads nothing yet. */
  constructor(lines: Lines) {
    this.#lines = lines;
  }

  /** Resolves at the end, whoever brought it about. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** Begins to read. */
  start(): Promise<void> {
    this.#reader = this.#lines.input.getReader();
    this.#read(this.#reader).catch((error) => this.onerror?.(asError(error)))
      .finally(() => this.close());
    return Promise.resolve();
  }

  /** @throws When nobody reads any more. */
  async send(message: JSONRPCMessage): Promise<void> {
    if (this.#isClosed) throw new Error("The connection is closed");
    try {
      await this.#lines.write(JSON.stringify(message) + "\n");
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Ends it; nothing is read or written from here on. */
  close(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    this.#isClosed = true;
    this.#reader?.cancel().catch(() => {});
    this.onclose?.();
    this.#closed.resolve();
    return Promise.resolve();
  }

  async #read(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    let pieces: Uint8Array[] = [];
    let length = 0;
    let isTooLong = false;
    const add = (piece: Uint8Array) => {
      length += piece.length;
      isTooLong ||= length > MAX_LINE_BYTES;
      // Of what is not taken nothing is kept.
      if (isTooLong) pieces = [];
      else if (piece.length > 0) pieces.push(piece);
    };
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      let rest: Uint8Array = chunk.value;
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
        add(rest.subarray(0, end));
        rest = rest.subarray(end + 1);
        if (isTooLong) this.#refuse(`A line of more than ${MAX_LINE_BYTES} bytes was left out`);
        else this.#take(joined(pieces, length));
        pieces = [];
        length = 0;
        isTooLong = false;
      }
      add(rest);
    }
  }

  #take(line: string): void {
    if (line.trim() === "") return;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      return this.#refuse("A line that is no JSON was left out");
    }
    let message: JSONRPCMessage;
    try {
      message = parseJSONRPCMessage(value);
    } catch {
      this.#refuse("A line that is no message of JSON-RPC 2.0 was left out");
      const id = idOf(value);
      if (id !== null) {
        const error = { code: ProtocolErrorCode.InvalidRequest, message: "That is no request" };
        this.send({ jsonrpc: "2.0", id, error }).catch(() => {});
      }
      return;
    }
    try {
      this.onmessage?.(message);
    } catch (error) {
      this.onerror?.(asError(error));
    }
  }

  #refuse(why: string): void {
    this.onerror?.(new Error(why));
  }
}

/** The id of what would be a request; null: whoever sent it waits for nothing. */
function idOf(value: unknown): string | number | null {
  if (typeof value !== "object" || value === null || !("id" in value)) return null;
  const isAnswer = "result" in value || "error" in value;
  const { id } = value;
  return !isAnswer && (typeof id === "string" || Number.isSafeInteger(id))
    ? id as string | number
    : null;
}

function joined(pieces: readonly Uint8Array[], length: number): string {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return new TextDecoder().decode(bytes);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(typeof error);
}

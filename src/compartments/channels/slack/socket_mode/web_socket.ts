/**
 * A WebSocket to Slack that notices when nobody is there any more. The built-in one can send no ping:
 * after a change of network it stays open and silent for ever, and Slack sends nothing by itself
 * between messages that a program could see. Source: RFC 6455.
 */
import { encodeBase64 } from "../../../../base/base64.ts";
import type { ThreadTime } from "../../thread_time.ts";
import { clientFrame, FrameError, FrameReader, OPCODES } from "./frames.ts";

/** One connection. */
export interface TextSocket {
  /** Nothing happens once it has ended. */
  send(text: string): void;
  close(): void;
  /** Resolves when it has ended, with why; safe to show. */
  readonly ended: Promise<string>;
}

/**
 * Opens one. `onText` is called for each message; when `signal` aborts it is closed.
 *
 * @throws {Error} Why it could not; safe to show.
 */
export type OpenSocket = (
  url: URL,
  onText: (text: string) => void,
  signal: AbortSignal,
) => Promise<TextSocket>;

/** Longest until it is open, ms. */
const OPEN_MS = 15_000;
/** How often a ping is sent, and how long may pass without any sign, ms. */
const PING_MS = 15_000;
const SILENCE_MS = 40_000;
/** How long the other end may take to say goodbye, ms. */
const CLOSE_MS = 1_000;
/** Bytes of the answer before the first frame. */
const MAX_HEAD = 16_384;
/** Bytes that wait to be written; whoever reads nothing is not there. */
const MAX_UNSENT = 4 * 1024 * 1024;

/** Source: RFC 6455, section 1.3. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** Makes what opens them. */
export function socketOpener(time: ThreadTime): OpenSocket {
  return async (url, onText, signal) => {
    const limit = new AbortController();
    const stop = () => limit.abort();
    signal.addEventListener("abort", stop, { once: true });
    time.clock.delay(OPEN_MS, limit.signal).then(stop, () => {});
    try {
      const connection = await connect(url, limit.signal);
      const closeIt = () => connection.close();
      limit.signal.addEventListener("abort", closeIt);
      try {
        const rest = await shakeHands(connection, url);
        return new Frames(connection, rest, onText, time, signal);
      } catch (error) {
        closeIt();
        throw error;
      } finally {
        limit.signal.removeEventListener("abort", closeIt);
      }
    } finally {
      signal.removeEventListener("abort", stop);
      limit.abort();
    }
  };
}

/** A connection that is given up when `signal` aborts, and then closed when it comes about. */
async function connect({ protocol, hostname: name, port }: URL, signal: AbortSignal) {
  const hostname = name.replace(/^\[|\]$/g, "");
  const isSecure = protocol === "wss:";
  const address = { hostname, port: Number(port || (isSecure ? 443 : 80)) };
  const aborted = Promise.withResolvers<null>();
  signal.addEventListener("abort", () => aborted.resolve(null), { once: true });
  const opening: Promise<Deno.Conn> = isSecure ? connectTls(address) : Deno.connect(address);
  const connection = await Promise.race([opening, aborted.promise]).catch((error) => {
    if (error instanceof Untrusted) throw error;
    if (error instanceof Deno.errors.NotCapable) {
      throw new Error("it is none of the hosts that this thread may reach");
    }
    return null;
  });
  if (connection !== null) return connection;
  opening.then((late) => late.close(), () => {});
  throw new Error("could not connect");
}

/** Somebody else is there, or a proxy that takes connections apart. */
class Untrusted extends Error {}

async function connectTls(address: Deno.ConnectTlsOptions): Promise<Deno.Conn> {
  const connection = await Deno.connectTls({ ...address, alpnProtocols: ["http/1.1"] });
  try {
    await connection.handshake();
    return connection;
  } catch (error) {
    connection.close();
    const isCertificate = error instanceof Error && error.message.includes("certificate");
    throw isCertificate ? new Untrusted("its certificate is not trusted") : error;
  }
}

/** Asks for a WebSocket. @returns What came after the answer already. */
async function shakeHands(connection: Deno.Conn, url: URL): Promise<Uint8Array> {
  const key = encodeBase64(crypto.getRandomValues(new Uint8Array(16)));
  const head = [
    `GET ${url.pathname}${url.search} HTTP/1.1`,
    `Host: ${url.host}`,
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Key: ${key}`,
    "Sec-WebSocket-Version: 13",
  ];
  await writeAll(connection, new TextEncoder().encode(head.join("\r\n") + "\r\n\r\n"));
  let answer = new Uint8Array(0);
  for (;;) {
    const text = new TextDecoder("latin1").decode(answer);
    const end = text.indexOf("\r\n\r\n");
    if (end >= 0) {
      const [status = "", ...lines] = text.slice(0, end).split("\r\n");
      if (!/^HTTP\/1\.1 101(?: |$)/.test(status)) {
        throw new Error(`it answered ${status.slice(0, 60).replace(/[^\x20-\x7e]/g, "?")}`);
      }
      const digest = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(key + GUID));
      const accept = encodeBase64(new Uint8Array(digest));
      const isOurs = lines.some((line) => {
        const colon = line.indexOf(":");
        return line.slice(0, colon).toLowerCase() === "sec-websocket-accept" &&
          line.slice(colon + 1).trim() === accept;
      });
      if (!isOurs) throw new Error("it answered with another's handshake");
      return answer.subarray(end + 4);
    }
    if (answer.length > MAX_HEAD) throw new Error("it answered without an end");
    const buffer = new Uint8Array(4096);
    const count = await connection.read(buffer).catch(() => null);
    if (count === null) throw new Error("it hung up");
    const longer = new Uint8Array(answer.length + count);
    longer.set(answer);
    longer.set(buffer.subarray(0, count), answer.length);
    answer = longer;
  }
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

/** An open one. */
class Frames implements TextSocket {
  readonly #connection: Deno.Conn;
  readonly #onText: (text: string) => void;
  readonly #time: ThreadTime;
  readonly #life = new AbortController();
  readonly #ended = Promise.withResolvers<string>();
  #written: Promise<void> = Promise.resolve();
  #unsent = 0;
  #heardMs: number;
  #isClosing = false;

  constructor(
    connection: Deno.Conn,
    rest: Uint8Array,
    onText: (text: string) => void,
    time: ThreadTime,
    signal: AbortSignal,
  ) {
    this.#connection = connection;
    this.#onText = onText;
    this.#time = time;
    this.#heardMs = time.clock.monotonic();
    const close = () => this.close();
    signal.addEventListener("abort", close, { once: true });
    this.#ended.promise.then(() => signal.removeEventListener("abort", close));
    this.#read(rest);
    this.#ping();
    if (signal.aborted) close();
  }

  get ended(): Promise<string> {
    return this.#ended.promise;
  }

  send(text: string): void {
    if (!this.#isClosing) this.#write(OPCODES.text, new TextEncoder().encode(text));
  }

  close(): void {
    if (this.#isClosing) return;
    this.#write(OPCODES.close, new Uint8Array([0x03, 0xe8]));
    this.#isClosing = true;
    this.#time.clock.delay(CLOSE_MS, this.#life.signal).then(() => this.#end("closed"), () => {});
  }

  #end(why: string): void {
    if (this.#life.signal.aborted) return;
    this.#isClosing = true;
    this.#life.abort();
    this.#connection.close();
    this.#ended.resolve(why);
  }

  #write(opcode: number, payload: Uint8Array): void {
    const mask = crypto.getRandomValues(new Uint8Array(4));
    const frame = clientFrame(opcode, payload, mask);
    this.#unsent += frame.length;
    if (this.#unsent > MAX_UNSENT) return this.#end("it takes nothing any more");
    this.#written = this.#written.then(async () => {
      if (this.#life.signal.aborted) return;
      await writeAll(this.#connection, frame);
      this.#unsent -= frame.length;
    }).catch(() => this.#end("the connection broke off"));
  }

  async #read(rest: Uint8Array): Promise<void> {
    const reader = new FrameReader();
    const buffer = new Uint8Array(65_536);
    try {
      this.#take(reader, rest);
      while (!this.#life.signal.aborted) {
        const count = await this.#connection.read(buffer);
        if (count === null) return this.#end("the connection was closed");
        this.#heardMs = this.#time.clock.monotonic();
        this.#take(reader, buffer.slice(0, count));
      }
    } catch (error) {
      this.#end(error instanceof FrameError ? error.message : "the connection broke off");
    }
  }

  #take(reader: FrameReader, bytes: Uint8Array): void {
    for (const { opcode, payload } of reader.take(bytes)) {
      if (opcode === OPCODES.text) this.#onText(decoded(payload));
      else if (opcode === OPCODES.ping && !this.#isClosing) this.#write(OPCODES.pong, payload);
      else if (opcode === OPCODES.close) {
        if (!this.#isClosing) this.#write(OPCODES.close, payload.slice(0, 2));
        this.#isClosing = true;
        this.#written.then(() => this.#end("the connection was closed"));
      }
    }
  }

  async #ping(): Promise<void> {
    const { clock } = this.#time;
    for (;;) {
      const before = clock.now();
      try {
        await clock.delay(PING_MS, this.#life.signal);
      } catch {
        return;
      }
      // The machine slept: whoever was at the other end has given up meanwhile.
      if (clock.now() - before > 2 * SILENCE_MS) return this.#end("the machine slept");
      if (clock.monotonic() - this.#heardMs > SILENCE_MS) return this.#end("nothing was heard");
      if (!this.#isClosing) this.#write(OPCODES.ping, new Uint8Array(0));
    }
  }
}

function decoded(payload: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(payload);
  } catch {
    throw new FrameError("a text that is none");
  }
}

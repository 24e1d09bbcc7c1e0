/** Frames of WebSocket, as a client writes and reads them. Source: RFC 6455, section 5. */

/** What a frame is. */
export const OPCODES = { more: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** Bytes of one message. */
const MAX_MESSAGE = 8 * 1024 * 1024;

/** Bytes of a frame that is none of a message. */
const MAX_CONTROL = 125;

/** Whole messages, and frames that are none of one. */
export interface Received {
  readonly opcode: number;
  readonly payload: Uint8Array;
}

/** What a server sent that it may not send. Its message is safe to show. */
export class FrameError extends Error {}

/** A frame with all of a message, masked as those of clients have to be. */
export function clientFrame(opcode: number, payload: Uint8Array, mask: Uint8Array): Uint8Array {
  const { length } = payload;
  const extra = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const frame = new Uint8Array(2 + extra + 4 + length);
  const view = new DataView(frame.buffer);
  frame[0] = 0x80 | opcode;
  frame[1] = 0x80 | (extra === 0 ? length : extra === 2 ? 126 : 127);
  if (extra === 2) view.setUint16(2, length);
  if (extra === 8) view.setBigUint64(2, BigInt(length));
  frame.set(mask, 2 + extra);
  for (let at = 0; at < length; at++) frame[6 + extra + at] = payload[at]! ^ mask[at % 4]!;
  return frame;
}

/** Puts together what arrives in pieces. */
export class FrameReader {
  #pieces: Uint8Array[] = [];
  #size = 0;
  /** Frames of a message that goes on. */
  #message: Uint8Array[] = [];
  #messageSize = 0;
  #opcode = 0;

  /**
   * Takes bytes.
   *
   * @returns What is whole now, in order.
   * @throws {FrameError} Nothing after it can be read.
   */
  take(bytes: Uint8Array): Received[] {
    this.#pieces.push(bytes);
    this.#size += bytes.length;
    const received: Received[] = [];
    for (;;) {
      const frame = this.#nextFrame();
      if (frame === null) return received;
      const whole = this.#join(frame);
      if (whole !== null) received.push(whole);
    }
  }

  #nextFrame(): { isLast: boolean; opcode: number; payload: Uint8Array } | null {
    if (this.#size < 2) return null;
    const head = this.#peek(Math.min(10, this.#size));
    const [first = 0, second = 0] = head;
    if (first & 0x70) throw new FrameError("a frame of an extension that was not asked for");
    if (second & 0x80) throw new FrameError("a masked frame");
    const short = second & 0x7f;
    const extra = short < 126 ? 0 : short === 126 ? 2 : 8;
    if (this.#size < 2 + extra) return null;
    const view = new DataView(head.buffer, head.byteOffset);
    const length = extra === 0
      ? short
      : extra === 2
      ? view.getUint16(2)
      : Number(view.getBigUint64(2));
    const opcode = first & 0x0f;
    if (!Object.values<number>(OPCODES).includes(opcode)) throw new FrameError("an unknown frame");
    const isLast = (first & 0x80) !== 0;
    if (opcode >= OPCODES.close && (!isLast || length > MAX_CONTROL)) {
      throw new FrameError("a control frame that is none");
    }
    if (length + this.#messageSize > MAX_MESSAGE) throw new FrameError("too large a message");
    if (this.#size < 2 + extra + length) return null;
    const whole = this.#peek(2 + extra + length);
    this.#pieces[0] = this.#pieces[0]!.subarray(whole.length);
    this.#size -= whole.length;
    return { isLast, opcode, payload: whole.subarray(2 + extra) };
  }

  #join(
    { isLast, opcode, payload }: { isLast: boolean; opcode: number; payload: Uint8Array },
  ): Received | null {
    if (opcode >= OPCODES.close) return { opcode, payload };
    const isBegun = this.#opcode !== 0;
    if (isBegun !== (opcode === OPCODES.more)) throw new FrameError("a message within a message");
    if (!isBegun) this.#opcode = opcode;
    this.#message.push(payload);
    // An empty frame counts, too: endless ones would be kept for ever.
    this.#messageSize += payload.length + 1;
    if (this.#messageSize > MAX_MESSAGE) throw new FrameError("too large a message");
    if (!isLast) return null;
    const whole = { opcode: this.#opcode, payload: joined(this.#message) };
    this.#message = [];
    this.#messageSize = 0;
    this.#opcode = 0;
    return whole;
  }

  /** The next bytes in one piece; they stay where they are, at the beginning of the first piece. */
  #peek(length: number): Uint8Array {
    if (this.#pieces[0]!.length < length) this.#pieces = [joined(this.#pieces)];
    return this.#pieces[0]!.subarray(0, length);
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

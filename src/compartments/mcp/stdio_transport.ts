import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/client";
import { deserializeMessage } from "@modelcontextprotocol/client";
import type { Traffic } from "./traffic.ts";

/** Messages of a process, which the kernel carries as lines. */
export class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: Transport["onmessage"];
  /** By these two the SDK tells a process from a service: one that is silent speaks an older revision. */
  readonly stderr = null;
  readonly pid = null;
  readonly #send: (line: string) => void;
  readonly #traffic: Traffic;

  constructor(send: (line: string) => void, traffic: Traffic) {
    this.#send = send;
    this.#traffic = traffic;
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  send(message: JSONRPCMessage): Promise<void> {
    this.#send(JSON.stringify(message));
    return Promise.resolve();
  }

  /** A line of the process. */
  receive(line: string): void {
    let message: JSONRPCMessage;
    try {
      message = deserializeMessage(line);
    } catch {
      this.#traffic.malformed();
      return;
    }
    this.#traffic.received(message);
    this.onmessage?.(message);
  }

  close(): Promise<void> {
    this.onclose?.();
    return Promise.resolve();
  }
}

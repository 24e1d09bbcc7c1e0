/**
 * One connection of a program in a cell: what it asks for is looked up in the granted hosts, and
 * dialled at the addresses that the kernel checked. Nothing that it says is resolved or dialled.
 */
import { type EgressTarget, NOT_GRANTED } from "../../model/cells/egress.ts";
import { close, type Connection, type Count, join, writeAll } from "../pump.ts";
import { AppError } from "../../base/app_error.ts";
import { helloProblem, UNRECOGNIZED_NAME } from "./client_hello.ts";
import { MAX_HEAD_BYTES, readHead, type RequestHead } from "./request_head.ts";

/** What the proxy works with. */
export interface ProxyDeps {
  /** Granted hosts by `hostname:port`. */
  readonly targets: ReadonlyMap<string, EgressTarget>;
  /** Beginning of the command that grants a host. */
  readonly grantCommand: string;
  /** Whether TLS may hide its host, or pretend to: a browser always does. */
  readonly allowsEncrypted: boolean;
  dial(address: string, port: number): Promise<Deno.TcpConn>;
  /** What passes is counted by what it answers. */
  onReached(target: EgressTarget): Count;
  /** @param authority null: no host that can be read. */
  onRefused(authority: string | null, why: string): void;
}

/** Bytes that are still read of what is refused, so that the answer arrives. */
const DRAIN_BYTES = 1024 * 1024;

/** Works a connection off; it is closed in the end. */
export async function serveConnection(client: Connection, deps: ProxyDeps): Promise<void> {
  try {
    const read = await readHeadBytes(client);
    if (read === null) return;
    const head = read.text === null ? null : readHead(read.text);
    if (head === null) {
      deps.onRefused(null, "it is no request to a proxy");
      return await answer(client, 400, "Bad Request", "ward: this is no request to a proxy");
    }
    const target = deps.targets.get(head.authority);
    if (target === undefined) {
      // As a grant names it: the usual ports are not said.
      const host = [80, 443].includes(head.port) ? head.hostname : head.authority;
      deps.onRefused(host, NOT_GRANTED);
      return await answer(
        client,
        403,
        "Forbidden",
        `ward: ${host} is not granted to commands. To allow it: ${deps.grantCommand} ${host} --once`,
      );
    }
    const upstream = await reach(target, head, deps);
    if (typeof upstream === "string") {
      deps.onRefused(target.host, upstream);
      return await answer(client, 502, "Bad Gateway", `ward: ${target.host}: ${upstream}`);
    }
    const count = deps.onReached(target);
    if (head.method === "CONNECT") {
      await writeAll(client, encoder.encode("HTTP/1.1 200 Connection established\r\n\r\n"));
      const said = checkedTunnel(client, read.rest, {
        look: (bytes) => helloProblem(bytes, { ...head, allowsEncrypted: deps.allowsEncrypted }),
        async refuse(why) {
          deps.onRefused(target.host, why);
          await writeAll(client, UNRECOGNIZED_NAME).catch(() => {});
          close(upstream);
          close(client);
        },
      });
      return await join(client, upstream, count, said);
    }
    count.sent(head.onward.length + read.rest.length);
    await writeAll(upstream, encoder.encode(head.onward));
    await writeAll(upstream, read.rest);
    await join(client, upstream, count);
  } catch {
    // Whoever hung up needs no answer.
  } finally {
    close(client);
  }
}

/** What a program says in its tunnel; nothing is handed on before its beginning was understood. */
function checkedTunnel(client: Connection, rest: Uint8Array, { look, refuse }: {
  /** What is wrong; undefined: more is needed to say. */
  look(bytes: Uint8Array): string | null | undefined;
  refuse(why: string): Promise<void>;
}): Pick<Connection, "read"> {
  let held = rest;
  let isOpen = false;
  return {
    async read(buffer) {
      while (!isOpen) {
        const problem = look(held);
        if (problem) {
          await refuse(problem);
          throw new AppError("egress.hello", problem);
        }
        if (problem === null) isOpen = true;
        else {
          const read = await client.read(buffer);
          // What hung up before it said which host it wants has said nothing.
          if (read === null) return null;
          held = joined(held, buffer.subarray(0, read));
        }
      }
      if (held.length === 0) return await client.read(buffer);
      const now = held.subarray(0, buffer.length);
      buffer.set(now);
      held = held.subarray(now.length);
      return now.length;
    },
  };
}

function joined(some: Uint8Array, more: Uint8Array): Uint8Array {
  const all = new Uint8Array(some.length + more.length);
  all.set(some);
  all.set(more, some.length);
  return all;
}

const encoder = new TextEncoder();

/** The connection, or why there is none. */
async function reach(
  { addresses, problem }: EgressTarget,
  { port }: RequestHead,
  deps: ProxyDeps,
): Promise<Deno.TcpConn | string> {
  if (problem !== null) return problem;
  for (const address of addresses) {
    try {
      return await deps.dial(address, port);
    } catch {
      // The next address may answer.
    }
  }
  return "no connection to it";
}

/** Everything to the empty line, and what came with it; null when the program hung up before. */
async function readHeadBytes(
  client: Connection,
): Promise<{ text: string | null; rest: Uint8Array } | null> {
  const buffer = new Uint8Array(MAX_HEAD_BYTES);
  let length = 0;
  while (length < buffer.length) {
    const read = await client.read(buffer.subarray(length));
    if (read === null) return null;
    // What came before was looked through, but for an end that was cut.
    const end = endOfHead(buffer.subarray(0, length + read), Math.max(0, length - 3));
    length += read;
    if (end === null) continue;
    // Bytes as characters: a head is no text of Unicode.
    const text = String.fromCharCode(...buffer.subarray(0, end));
    return { text, rest: buffer.slice(end + 4, length) };
  }
  return { text: null, rest: new Uint8Array() };
}

/** Where the empty line begins. */
function endOfHead(bytes: Uint8Array, from: number): number | null {
  for (let at = bytes.indexOf(13, from); at >= 0; at = bytes.indexOf(13, at + 1)) {
    if (bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10) return at;
  }
  return null;
}

async function answer(client: Connection, status: number, words: string, text: string) {
  const body = encoder.encode(`${text}\n`);
  const head = `HTTP/1.1 ${status} ${words}\r\nContent-Type: text/plain; charset=utf-8\r\n` +
    // RFC 9209: it was the proxy that said it.
    `Proxy-Status: ward; error=http_request_denied\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`;
  await writeAll(client, encoder.encode(head));
  await writeAll(client, body);
  await client.closeWrite();
  // Closed with something unread, the answer could be lost (tcp(7)).
  const buffer = new Uint8Array(16 * 1024);
  for (let drained = 0; drained < DRAIN_BYTES;) {
    const read = await client.read(buffer);
    if (read === null) return;
    drained += read;
  }
}

/** Bytes between two connections. */

/** One end: a TCP or a unix connection of the runtime. */
export type Connection = Deno.TcpConn | Deno.UnixConn;

/** Bytes read at once. */
const CHUNK_BYTES = 64 * 1024;

/** Counts bytes as they pass, before they are handed on: who has them is never ahead of the count. */
export interface Count {
  sent(bytes: number): void;
  received(bytes: number): void;
}

const UNCOUNTED: Count = { sent() {}, received() {} };

/**
 * Joins a client's connection with that of what it asked for, until the answer has ended; then both
 * are closed. A client that has said all is waited for.
 *
 * @param said What the client says, where somebody looks at it first.
 */
export async function join(
  client: Connection,
  upstream: Connection,
  count: Count = UNCOUNTED,
  said: Pick<Connection, "read"> = client,
): Promise<void> {
  const sending = pump(said, upstream, count.sent)
    .then(() => upstream.closeWrite())
    // The answer may still come; when it does not, the other direction ends too.
    .catch(() => {});
  await pump(upstream, client, count.received)
    .then(() => client.closeWrite()).catch(() => {});
  close(upstream);
  close(client);
  await sending;
}

async function pump(
  from: Pick<Connection, "read">,
  to: Connection,
  count: (bytes: number) => void,
) {
  const buffer = new Uint8Array(CHUNK_BYTES);
  for (let read = await from.read(buffer); read !== null; read = await from.read(buffer)) {
    count(read);
    await writeAll(to, buffer.subarray(0, read));
  }
}

/** Writes all of it. */
export async function writeAll(to: Connection, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
}

/** Closes it, if it is not closed already. */
export function close(connection: Connection): void {
  try {
    connection.close();
  } catch {
    // The other side was faster.
  }
}

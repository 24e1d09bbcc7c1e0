/** A line before a server on this machine, whose connections can be cut: as by a network that fails. */

/** The line. */
export interface Front {
  /** Where clients connect. */
  readonly port: number;
  /** Cuts the connection that the server sees as coming from this port. */
  cut(fromPort: number): void;
  /** Ends it with all connections. */
  close(): Promise<void>;
}

/** Starts it. @param port Of the server. */
export function startFront(port: number): Front {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections = new Map<number, () => void>();
  const ended = new Set<Promise<void>>();

  async function carry(client: Deno.TcpConn): Promise<void> {
    const server = await Deno.connect({ hostname: "127.0.0.1", port });
    const { port: from } = server.localAddr;
    const cut = () => {
      if (!connections.delete(from)) return;
      client.close();
      server.close();
    };
    connections.set(from, cut);
    await Promise.all([pump(client, server), pump(server, client)].map((one) => one.finally(cut)));
  }

  const accepting = (async () => {
    for await (const client of listener) {
      const carried = carry(client).catch(() => {});
      ended.add(carried);
      carried.finally(() => ended.delete(carried));
    }
  })();
  return {
    port: listener.addr.port,
    cut: (fromPort) => connections.get(fromPort)?.(),
    async close() {
      listener.close();
      await accepting.catch(() => {});
      for (const cut of connections.values()) cut();
      await Promise.all(ended);
    },
  };
}

/** Carries until one end is closed. */
async function pump(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  try {
    for (;;) {
      const count = await from.read(buffer);
      if (count === null) return;
      for (let at = 0; at < count;) at += await to.write(buffer.subarray(at, count));
    }
  } catch {
    // Cut, or gone: the other end is closed, too.
  }
}

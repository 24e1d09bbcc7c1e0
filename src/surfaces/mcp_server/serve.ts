/** Serves one client over a pair of streams, in whichever revision it speaks. */
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { createServer, type ServerParts } from "./create_server.ts";
import { type Lines, LineTransport } from "./line_transport.ts";

/** Parts of the server, and what to tell of lines that are no messages. */
export interface ServeParts extends Omit<ServerParts, "era"> {
  /** For people. */
  onOddInput(text: string): void;
}

/** A client that is served. */
export interface Serving {
  /** Resolves when the client is gone, or {@linkcode close} was called. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

/** Begins to serve. */
export function serve(lines: Lines, parts: ServeParts): Serving {
  const transport = new LineTransport(lines);
  const { closed } = transport;
  const handle = serveStdio(({ era }) => createServer({ ...parts, era }), {
    transport,
    onerror: ({ message }) => parts.onOddInput(message),
  });
  return { closed, close: () => handle.close() };
}

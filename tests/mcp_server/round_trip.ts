/** The SDK's client and ward's serving code, joined by streams within one process. */
import {
  Client,
  type ClientCapabilities,
  type JSONRPCMessage,
  type Transport,
} from "@modelcontextprotocol/client";
import { systemClock, systemRandom } from "../../src/host/process/system.ts";
import { serve } from "../../src/surfaces/mcp_server/serve.ts";
import type { Served } from "../../src/surfaces/mcp_server/served.ts";

/** A client and its server. */
export interface RoundTrip extends AsyncDisposable {
  readonly client: Client;
  /** What the server wrote, each write by itself. */
  lines(): readonly string[];
  /** Writes to the server beside the client. */
  write(text: string): Promise<void>;
}

/** Joins them. */
export async function createRoundTrip(served: Served, options: {
  readonly revision: "2025-11-25" | "2026-07-28";
  readonly capabilities?: ClientCapabilities;
  answer?(message: string): { action: "accept"; content: Record<string, string> };
  onFault?(error: unknown): void;
}): Promise<RoundTrip> {
  const { revision, capabilities = {}, answer } = options;
  const towards = new TransformStream<Uint8Array, Uint8Array>();
  const writer = towards.writable.getWriter();
  const write = (text: string) => writer.write(new TextEncoder().encode(text));
  const written: string[] = [];
  const transport: Transport = {
    start: () => Promise.resolve(),
    send: (message: JSONRPCMessage) => write(JSON.stringify(message) + "\n"),
    async close() {
      await writer.close().catch(() => {});
      transport.onclose?.();
    },
  };
  const serving = serve({
    input: towards.readable,
    write(text) {
      written.push(text);
      const message: JSONRPCMessage = JSON.parse(text);
      // Answers to what was written beside it are not the client's.
      queueMicrotask(() => transport.onmessage?.(message));
      return Promise.resolve();
    },
  }, {
    served,
    clock: systemClock,
    random: systemRandom,
    clean: (text) => text,
    onOddInput: () => {},
    onFault: options.onFault ?? (() => {}),
  });
  const client = new Client({ name: "test", version: "1" }, {
    capabilities,
    versionNegotiation: { mode: revision === "2025-11-25" ? "legacy" : { pin: revision } },
  });
  if (answer) {
    client.setRequestHandler("elicitation/create", ({ params }) => answer(params.message));
  }
  await client.connect(transport);
  return {
    client,
    lines: () => written,
    write,
    async [Symbol.asyncDispose]() {
      await client.close();
      await serving.closed;
    },
  };
}

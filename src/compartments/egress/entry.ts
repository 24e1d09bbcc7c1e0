/**
 * Entry of an `egress:<cell>` thread: the proxy by which a cell reaches granted hosts. Its list has
 * the checked addresses and the one socket; names are not resolved here, so none leads elsewhere
 * later. Imports nothing from npm.
 */
import type {
  EgressEvent,
  EgressReport,
  EgressTally,
  EgressTarget,
} from "../../model/cells/egress.ts";
import { AppError } from "../../base/app_error.ts";
import { serve, workerScopeChannel } from "../wire.ts";
import { serveConnection } from "./proxy.ts";

/** What the kernel says first. */
interface ListenParams {
  /** Absolute path of the socket. */
  readonly socket: string;
  readonly targets: readonly EgressTarget[];
  readonly grantCommand: string;
  readonly allowsEncrypted: boolean;
}

/** Connections at once; one more waits until another has ended. */
const MAX_CONNECTIONS = 128;

/** Longest until a host takes a connection, ms. */
const DIAL_LIMIT_MS = 10_000;

/** Hosts whose refusal is told; a program may ask for any number of them. */
const MAX_TOLD = 100;

/** Since they were taken last. */
let refused = new Map<string | null, string>();

const tallies = new Map<string, { -readonly [key in keyof EgressTally]: EgressTally[key] }>();

serve(workerScopeChannel(), {
  /** Serves until it is cancelled or the thread is ended; events: {@linkcode EgressEvent}. */
  async listen({ socket, targets, grantCommand, allowsEncrypted }: ListenParams, context) {
    const told = new Set<string | null>();
    const tell = (event: EgressEvent) => context.emit(event);
    const byAuthority = new Map(
      targets.flatMap((target) =>
        target.authorities.map(({ name, port }) => [`${name}:${port}`, target] as const)
      ),
    );
    const listener = Deno.listen({ transport: "unix", path: socket });
    context.signal.addEventListener("abort", () => listener.close(), { once: true });
    tell({ type: "listening" });
    const open = new Set<Promise<void>>();
    for await (const client of listener) {
      const served: Promise<void> = serveConnection(client, {
        targets: byAuthority,
        grantCommand,
        allowsEncrypted,
        dial,
        onReached({ host }) {
          let tally = tallies.get(host);
          if (!tally) {
            tallies.set(host, tally = { host, connections: 0, sentBytes: 0, receivedBytes: 0 });
            tell({ type: "reached", host });
          }
          tally.connections++;
          return {
            sent: (bytes) => tally.sentBytes += bytes,
            received: (bytes) => tally.receivedBytes += bytes,
          };
        },
        onRefused(host, why) {
          if (refused.size < MAX_TOLD) refused.set(host, why);
          if (told.has(host) || told.size >= MAX_TOLD) return;
          told.add(host);
          tell({ type: "refused", host, why });
        },
      }).finally(() => open.delete(served));
      open.add(served);
      if (open.size >= MAX_CONNECTIONS) await Promise.race(open);
    }
  },
  /** What went through so far, and what was refused since this was asked last. */
  tally(): EgressReport {
    const report = {
      reached: [...tallies.values()],
      refused: [...refused].map(([host, why]) => ({ host, why })),
    };
    refused = new Map();
    return report;
  },
});

async function dial(hostname: string, port: number): Promise<Deno.TcpConn> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new AppError("egress.late", "The host does not take connections")),
    DIAL_LIMIT_MS,
  );
  const dialling = Deno.connect({ hostname, port });
  try {
    return await Promise.race([dialling, late]);
  } catch (error) {
    dialling.then((connection) => connection.close()).catch(() => {});
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

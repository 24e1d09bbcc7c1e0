/** The proxy of one cell: a thread that lives as long as the cell and reaches its granted hosts. */
import { AppError } from "../../../base/app_error.ts";
import { startThread } from "../../../compartments/start.ts";
import type { CodeBase } from "../../../compartments/start.ts";
import { compartment, NO_INPUTS } from "../../../compartments/table.ts";
import { makeSocketFolder } from "../../../host/files/socket_folder.ts";
import { egressTarget } from "../../../kernel/net/cell_hosts.ts";
import type { Resolve } from "../../../kernel/net/walk.ts";
import {
  EGRESS_SOCKET,
  type EgressEvent,
  type EgressRefusal,
  type EgressReport,
  type EgressTally,
} from "../../../model/cells/egress.ts";

/** Longest until the granted names are resolved, ms; a cell does not wait longer for them. */
const RESOLVE_LIMIT_MS = 5_000;

/** What a proxy is made from. */
export interface EgressInputs {
  /** Id of the cell. */
  readonly cell: string;
  /** Granted hosts, as `cellHost` wrote them. */
  readonly hosts: readonly string[];
  readonly form: CodeBase;
  readonly dataDir: string;
  /** Beginning of the command that grants a host. */
  readonly grantCommand: string;
  readonly resolve: Resolve;
  now(): number;
  /** For the audit log. */
  onEvent(event: Exclude<EgressEvent, { type: "listening" }>): void;
  onEnd(tallies: readonly EgressTally[]): void;
}

/** A proxy that listens. */
export interface Egress {
  /** With the socket in it; for the cell alone. */
  readonly folder: string;
  /** The cell has proven itself: from here on what is refused is told. */
  begin(): Promise<void>;
  /** What was refused since it was asked last. */
  takeRefused(): Promise<readonly EgressRefusal[]>;
  /** Ends it with all connections. */
  end(): Promise<void>;
}

/**
 * Resolves and checks the granted hosts, and starts the thread whose list is what came of it.
 *
 * @throws {AppError} `egress.path`.
 */
export async function startEgress(inputs: EgressInputs): Promise<Egress> {
  const timeout = AbortSignal.timeout(RESOLVE_LIMIT_MS);
  const targets = await Promise.all(
    inputs.hosts.map((host) => egressTarget(host, inputs.resolve, timeout)),
  );
  const folder = makeSocketFolder(inputs.dataDir, inputs.now());
  const socket = `${folder.path}/${EGRESS_SOCKET}`;
  const hosts = targets.flatMap(({ addresses, authorities }) =>
    addresses.flatMap((address) => authorities.map(({ port }) => hostAndPort(address, port)))
  );
  const proxied = [{ cell: inputs.cell, socket, hosts: [...new Set(hosts)] }];
  const spec = compartment({ ...NO_INPUTS, proxied }, `egress:${inputs.cell}`)!;
  const { client, stop, ended } = startThread(spec, inputs.form);
  let proven = false;
  const listening = Promise.withResolvers<void>();
  const onEvent = (raw: unknown) => {
    const event = raw as EgressEvent;
    if (event.type === "listening") listening.resolve();
    else if (proven) inputs.onEvent(event);
  };
  const { grantCommand } = inputs;
  const allowsEncrypted = inputs.cell === "browser";
  client.call("listen", { socket, targets, grantCommand, allowsEncrypted }, { onEvent })
    .catch((error) => listening.reject(error));
  const report = async () => await client.call("tally", {}) as EgressReport;
  const end = async () => {
    const last = client.closed ? null : await report().catch(() => null);
    stop(new AppError("egress.ended", "The cell of this proxy has ended"));
    await ended;
    folder.remove();
    if (last && last.reached.length > 0) inputs.onEnd(last.reached);
  };
  try {
    await listening.promise;
  } catch (error) {
    await end();
    throw error;
  }
  return {
    folder: folder.path,
    async begin() {
      // With its answer all that the proof had refused has come.
      await report();
      proven = true;
    },
    takeRefused: async () => (await report()).refused,
    end,
  };
}

function hostAndPort(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The network of a process's cells: proxies that live as long as the cells they are for. */
import { type Egress, type EgressInputs, startEgress } from "./egress.ts";
import type { Sandbox, SandboxMachine } from "../../../compartments/launcher/sandbox.ts";
import type { TableInputs } from "../../../compartments/table.ts";
import { socketFolders } from "../../../host/files/socket_folder.ts";
import type { EgressRefusal } from "../../../model/cells/egress.ts";
import type { Grant } from "../../../model/cells/permission.ts";

/** See {@linkcode createCellNetwork}. */
export interface CellNetwork {
  /**
   * Starts the proxy of a cell.
   *
   * @returns null where no host is granted, or no cell of this sandbox reaches one.
   */
  open(grants: readonly Grant[], sandbox: Sandbox): Promise<Egress | null>;
  /** What programs asked for and did not get since this was asked last. */
  takeRefused(): Promise<readonly EgressRefusal[]>;
  /** Hosts that programs reached since this was asked last; whole once what was refused was asked. */
  takeReached(): readonly string[];
  /** All that programs reached since it was made. */
  everReached(): readonly string[];
  /** Beginning of the command that grants a host. */
  readonly grantCommand: string;
}

/** What it is made from. */
export interface CellNetworkInputs extends Omit<EgressInputs, "hosts"> {
  readonly machine: SandboxMachine;
  /** Hosts are granted and not reached. */
  onNoHosts(why: { readonly cause: string; readonly fix: string }): void;
}

/** Makes it; nothing is started. */
export function createCellNetwork(inputs: CellNetworkInputs): CellNetwork {
  return networkOf(inputs, grantedHosts);
}

/** For the proof: the same hosts for every cell, and nothing is written down. */
export function provingNetwork(hosts: readonly string[], inputs: CellNetworkInputs): CellNetwork {
  return networkOf({ ...inputs, onEvent() {}, onEnd() {}, onNoHosts() {} }, () => [...hosts]);
}

function networkOf(
  inputs: CellNetworkInputs,
  hostsOf: (grants: readonly Grant[]) => string[],
): CellNetwork {
  const open = new Set<Egress>();
  let last: EgressRefusal[] = [];
  let reached = new Set<string>();
  const ever = new Set<string>();
  return {
    async open(grants, sandbox) {
      const hosts = hostsOf(grants);
      if (hosts.length === 0) return null;
      const why = sandbox.noHosts(inputs.machine);
      if (why !== null) {
        inputs.onNoHosts(why);
        return null;
      }
      const egress = await startEgress({
        ...inputs,
        hosts,
        onEvent(event) {
          if (event.type === "reached") {
            reached.add(event.host);
            ever.add(event.host);
          }
          inputs.onEvent(event);
        },
      });
      const own: Egress = {
        ...egress,
        async end() {
          open.delete(own);
          // A cell may end with its call, before anybody asks.
          last.push(...await egress.takeRefused().catch(() => []));
          await egress.end();
        },
      };
      open.add(own);
      return own;
    },
    async takeRefused() {
      const taken = await Promise.all([...open].map((one) => one.takeRefused().catch(() => [])));
      const refused = [...last, ...taken.flat()];
      last = [];
      return refused;
    },
    takeReached() {
      const taken = [...reached];
      reached = new Set();
      return taken;
    },
    everReached: () => [...ever],
    grantCommand: inputs.grantCommand,
  };
}

/** Of hands that are only looked at: nothing is reached. */
export const NO_NETWORK: CellNetwork = {
  open: () => Promise.resolve(null),
  takeRefused: () => Promise.resolve([]),
  takeReached: () => [],
  everReached: () => [],
  grantCommand: "",
};

/** The proxy's row as the table shows it; each cell has a socket of its own in that folder. */
export function proxiedRows(grants: readonly Grant[], dataDir: string): TableInputs["proxied"] {
  const hosts = grantedHosts(grants);
  return hosts.length === 0 ? [] : [{ cell: "hands", socket: socketFolders(dataDir), hosts }];
}

/** The hosts among grants that are for commands. */
function grantedHosts(grants: readonly Grant[]): string[] {
  const values = grants.filter(({ compartment, permission }) =>
    compartment === "hands" && permission === "net"
  ).map(({ value }) => value);
  return [...new Set(values)];
}

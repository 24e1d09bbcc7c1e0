/** Where programs of a cell that was granted hosts find the proxy, on the cell's own 127.0.0.1. */
export const CELL_PROXY = { hostname: "127.0.0.1", port: 3128 } as const;

/** Address of the proxy, as `HTTP_PROXY` names it. */
export const CELL_PROXY_URL = `http://${CELL_PROXY.hostname}:${CELL_PROXY.port}`;

/** Name of the socket in the folder that cell and proxy share. */
export const EGRESS_SOCKET = "socket";

/** A granted host with what may be dialled for it. */
export interface EgressTarget {
  /** As the grant holds it: `example.com`, `127.0.0.1:8080`. */
  readonly host: string;
  /** `hostname:port` as a program asks for it, in the form of the URL standard. */
  readonly authorities: readonly { readonly name: string; readonly port: number }[];
  /** Checked; the first that answers is used. Empty where `problem` says why. */
  readonly addresses: readonly string[];
  /** Why nothing is dialled for it; null: it is. */
  readonly problem: string | null;
}

/** What the proxy tells the kernel. */
export type EgressEvent =
  | { readonly type: "listening" }
  /** The first connection to a granted host. */
  | { readonly type: "reached"; readonly host: string }
  /** The first refusal of a host. */
  | ({ readonly type: "refused" } & EgressRefusal);

/** Why a host is refused that a grant would open. */
export const NOT_GRANTED = "it is not granted";

/** Something that was asked for and not reached. */
export interface EgressRefusal {
  /** As a grant would hold it; null: it is no host that can be read. */
  readonly host: string | null;
  readonly why: string;
}

/** What went through, by granted host. */
export interface EgressTally {
  readonly host: string;
  readonly connections: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

/** What the proxy of a cell did. */
export interface EgressReport {
  readonly reached: readonly EgressTally[];
  /** Since it was asked last. */
  readonly refused: readonly EgressRefusal[];
}

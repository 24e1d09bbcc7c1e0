/**
 * The one table of compartments: what each is for and how its permission set follows from the
 * settings and the grants. `ward permissions`, the docs page and the tests are printed from it.
 * A new compartment is a folder and a row here.
 */
import { CHANNEL_KINDS, type ChannelKind } from "../model/channels/channel.ts";
import { DEBUG_ADDRESS } from "../model/cells/browser.ts";
import type { SandboxKind } from "../model/cells/cell.ts";
import type { Grant, PermissionSet } from "../model/cells/permission.ts";

/** What the rows are computed from. All paths absolute and real. */
export interface TableInputs {
  readonly workspace: string;
  readonly dataDir: string;
  /** Saved whole outputs of tools, read-only in cells. */
  readonly outputDir: string;
  /** Allowed programs as they are run in a cell. */
  readonly programs: readonly string[];
  /** Whether a sandbox holds the cells; without one `hands` is a thread and runs nothing. */
  readonly sandbox: SandboxKind | "none";
  /** A cell's folder for temporary files. @default "/tmp" */
  readonly tmp?: string | undefined;
  /** Commands without a sandbox, the user's own choice. */
  readonly commandsWithoutSandbox: boolean;
  /** Path of the sandbox helper and other programs that the launcher may start. */
  readonly helpers: readonly string[];
  /** Providers in use: name, and `host:port` or `host`. */
  readonly providers: readonly {
    readonly name: string;
    /** null: a cap of the budget is reached, and it has no network. */
    readonly host: string | null;
  }[];
  /**
   * Logins in use: name, hosts of the login service, and the port where the browser brings a code
   * (0: a free one; null: it brings none).
   */
  readonly logins: readonly {
    readonly name: string;
    readonly hosts: readonly string[];
    readonly listens: number | null;
  }[];
  /** Servers by their aliases that a login is made at, or renewed. @default [] */
  readonly mcpLogins?: readonly string[] | undefined;
  /** Cells that were granted hosts: id, the socket of its proxy, and what that may dial. */
  readonly proxied: readonly {
    readonly cell: string;
    readonly socket: string;
    readonly hosts: readonly string[];
  }[];
  /** The browser that may be started, and the folder of its profile; null: there is none. */
  readonly browser?: { readonly program: string; readonly profile: string } | null | undefined;
  /** MCP servers that may be used. @default [] */
  readonly servers?: readonly McpServerInputs[] | undefined;
  /** The request that a thread is started for: checked addresses, none of them a name. */
  readonly request?: { readonly addresses: readonly string[]; readonly port: number } | undefined;
  /** Where the Web API of Slack is, `host:port`; left out: nobody is logged in there. */
  readonly slack?: string | undefined;
  /** Bots of chat services: name, service, and the hosts of that, `host:port`. @default [] */
  readonly channels?:
    | readonly {
      readonly name: string;
      readonly kind: ChannelKind;
      readonly hosts: readonly string[];
    }[]
    | undefined;
  /** Where the HTTP API listens, `host:port`; left out: it is off. */
  readonly api?: string | undefined;
  /** Grants in force. */
  readonly grants: readonly Grant[];
}

/** An MCP server as the table needs it. */
export interface McpServerInputs {
  readonly alias: string;
  /** Host and port of a service, `host:port`; null: it is a process. */
  readonly host: string | null;
  /** Absolute paths of the programs that its cell starts; empty for a service. */
  readonly programs: readonly string[];
  /** Absolute real paths. */
  readonly read: readonly string[];
  readonly write: readonly string[];
}

/** For the row of one compartment that does not follow from the rest of the table. */
export const NO_INPUTS: TableInputs = {
  workspace: "",
  dataDir: "",
  outputDir: "",
  programs: [],
  sandbox: "none",
  commandsWithoutSandbox: false,
  helpers: [],
  providers: [],
  logins: [],
  proxied: [],
  grants: [],
};

/** Folder for the pipes of commands that run without a sandbox. */
export function reducedPipes(dataDir: string): string {
  return `${dataDir}/pipes`;
}

/** One compartment with its values of today. */
export interface CompartmentSpec {
  readonly id: string;
  readonly kind: "kernel" | "thread" | "cell";
  /** Worker entry below `src/`, without extension; null for the kernel. */
  readonly entry: string | null;
  readonly purpose: string;
  readonly permissions: PermissionSet;
}

/** A row: fixed facts and the rule of its set. */
interface Row {
  readonly family: string;
  readonly kind: (inputs: TableInputs) => CompartmentSpec["kind"];
  readonly entry: string | null;
  readonly purpose: string;
  /** The members of the family, with their sets before grants. */
  readonly members: (inputs: TableInputs) => { id: string; permissions: PermissionSet }[];
}

/** Nothing at all. */
export const NOTHING: PermissionSet = { read: [], write: [], net: [], run: [], env: [], sys: [] };

/** What the SDKs of model services ask of the system, and no more. */
const SDK_SYS = ["osRelease", "hostname", "cpus", "systemMemoryInfo"];

const ROWS: readonly Row[] = [
  {
    family: "kernel",
    kind: () => "kernel",
    entry: null,
    purpose: "configuration, secrets, policy, approvals, audit, the turn loop; starts the others",
    // A thread cannot give more than it has, so the kernel holds the union; it runs no tool and
    // nothing from outside, of SDKs only those that speak to the owner's own editor or client over
    // standard input and output, and gives up `run` and `env` before the first turn. Only with
    // commands.without_sandbox = true it keeps `run` until a cell is proven, because a thread may
    // then have to hold it.
    members: () => [{
      id: "kernel",
      permissions: { ...NOTHING, read: ["*"], write: ["*"], net: ["*"] },
    }],
  },
  {
    family: "store",
    kind: () => "thread",
    entry: "compartments/store/entry",
    purpose: "the encrypted state database",
    members: ({ dataDir }) => [{
      id: "store",
      permissions: { ...NOTHING, read: [dataDir], write: [dataDir] },
    }],
  },
  {
    family: "launcher",
    kind: () => "thread",
    entry: "compartments/launcher/entry",
    purpose: "starts cells through the sandbox helper",
    members: ({ helpers }) => [{ id: "launcher", permissions: { ...NOTHING, run: helpers } }],
  },
  {
    family: "model",
    kind: () => "thread",
    entry: "compartments/models/entry",
    purpose: "speaks to one model service with its key",
    members: ({ providers }) =>
      providers.map(({ name, host }) => ({
        id: `model:${name}`,
        permissions: { ...NOTHING, net: host === null ? [] : [host], sys: SDK_SYS },
      })),
  },
  {
    family: "auth",
    kind: () => "thread",
    entry: "compartments/auth/entry",
    purpose: "speaks to one login service, with its refresh tokens",
    members: ({ logins }) =>
      logins.map(({ name, hosts, listens }) => ({
        id: `auth:${name}`,
        permissions: {
          ...NOTHING,
          // Port 0 is a free one for the browser's answer; nothing can be dialled by it.
          net: [...hosts, ...(listens === null ? [] : [`127.0.0.1:${listens}`])],
        },
      })),
  },
  {
    family: "mcp_auth",
    kind: () => "thread",
    entry: "compartments/auth/mcp/entry",
    purpose: "finds the login service of an MCP server and asks it for tokens, by requests that " +
      "the kernel checks and makes",
    members: ({ mcpLogins = [] }) =>
      mcpLogins.map((alias) => ({ id: `auth:mcp-${alias}`, permissions: NOTHING })),
  },
  {
    family: "egress",
    kind: () => "thread",
    entry: "compartments/egress/entry",
    purpose: "the proxy by which a cell reaches the hosts it was granted, and no others",
    members: ({ proxied }) =>
      proxied.map(({ cell, socket, hosts }) => ({
        id: `egress:${cell}`,
        permissions: {
          ...NOTHING,
          read: [socket],
          write: [socket],
          net: [...hosts, `unix:${socket}`],
        },
      })),
  },
  {
    family: "web",
    kind: () => "thread",
    entry: "compartments/web/entry",
    purpose:
      "fetches and searches; started for one request, with the checked addresses of its host alone",
    members: ({ request }) => [{
      id: "web",
      permissions: { ...NOTHING, net: request ? netValues(request) : [] },
    }],
  },
  {
    family: "slack",
    kind: () => "thread",
    entry: "compartments/slack/entry",
    purpose: "speaks to Slack's Web API for one call, with the token of one account",
    members: ({ slack }) =>
      slack === undefined ? [] : [{ id: "slack", permissions: { ...NOTHING, net: [slack] } }],
  },
  // Each service has code of its own, which no other bot's thread loads.
  ...CHANNEL_KINDS.map((kind): Row => ({
    family: `channel_${kind}`,
    kind: () => "thread",
    entry: `compartments/channels/${kind}/entry`,
    purpose: `speaks to ${kind} as one bot, with its token`,
    members: ({ channels = [] }) =>
      channels.filter((one) => one.kind === kind).map(({ name, hosts }) => ({
        id: `channel:${name}`,
        permissions: { ...NOTHING, net: hosts },
      })),
  })),
  {
    family: "api",
    kind: () => "thread",
    entry: "compartments/api/entry",
    purpose: "answers the HTTP API to whoever has its token",
    members: ({ api }) =>
      api === undefined ? [] : [{ id: "api", permissions: { ...NOTHING, net: [api] } }],
  },
  {
    family: "browser",
    kind: () => "cell",
    entry: "compartments/browser/cell",
    purpose: "the browser, which reaches the hosts of a navigation by its proxy",
    members: ({ browser }) =>
      browser
        ? [{
          id: "browser",
          permissions: {
            ...NOTHING,
            read: [browser.profile],
            write: [browser.profile],
            // Where the browser listens inside the cell; nothing outside is reached by it.
            net: [`${DEBUG_ADDRESS.hostname}:${DEBUG_ADDRESS.port}`],
            run: [browser.program],
          },
        }]
        : [],
  },
  {
    family: "driver",
    kind: () => "thread",
    entry: "compartments/browser/entry",
    purpose: "drives the browser and takes apart what its pages say",
    members: ({ browser }) => browser ? [{ id: "browser:driver", permissions: NOTHING }] : [],
  },
  {
    family: "mcp",
    kind: () => "thread",
    entry: "compartments/mcp/entry",
    purpose: "speaks to one MCP server; to a process only by lines that the kernel carries",
    members: ({ servers = [] }) =>
      servers.map(({ alias, host }) => ({
        id: `mcp:${alias}`,
        permissions: { ...NOTHING, net: host === null ? [] : [host] },
      })),
  },
  {
    family: "mcp_process",
    kind: () => "cell",
    entry: "compartments/mcp/cell",
    purpose: "the process of an MCP server, with what its entry grants",
    members: ({ servers = [] }) =>
      servers.filter(({ host }) => host === null)
        .map(({ alias, programs, read, write }) => ({
          id: `mcp:${alias}:process`,
          permissions: { ...NOTHING, read: [...read, ...write], write, run: programs },
        })),
  },
  {
    family: "hands",
    kind: ({ sandbox }) => sandbox === "none" ? "thread" : "cell",
    entry: "compartments/hands/entry",
    purpose: "files, search, edit, commands and git in the workspace",
    members({ workspace, dataDir, outputDir, programs, sandbox, tmp, commandsWithoutSandbox }) {
      const runs = sandbox !== "none" || commandsWithoutSandbox;
      // Where the pipes between programs are made; the file tools' own check refuses it.
      const pipes = sandbox !== "none" ? [tmp ?? "/tmp"] : runs ? [reducedPipes(dataDir)] : [];
      return [{
        id: "hands",
        permissions: {
          ...NOTHING,
          read: [workspace, outputDir, ...pipes],
          write: [workspace, ...pipes],
          run: runs ? programs : [],
        },
      }];
    },
  },
];

function netValues({ addresses, port }: NonNullable<TableInputs["request"]>): string[] {
  return addresses.map((one) => one.includes(":") ? `[${one}]:${port}` : `${one}:${port}`);
}

/**
 * Every compartment with its set of today: the row's own, and what grants added.
 *
 * @param inputs Settings and grants.
 */
export function compartments(inputs: TableInputs): CompartmentSpec[] {
  return ROWS.flatMap((row) =>
    row.members(inputs).map(({ id, permissions }) => ({
      id,
      kind: row.kind(inputs),
      entry: row.entry,
      purpose: row.purpose,
      permissions: withGrants(permissions, inputs.grants.filter((g) => g.compartment === id)),
    }))
  );
}

/** The compartment with this id. */
export function compartment(inputs: TableInputs, id: string): CompartmentSpec | undefined {
  return compartments(inputs).find((spec) => spec.id === id);
}

/**
 * A set grown by grants. Run grants are prefix rules and are counted among `programs` by the
 * caller, because a rule's program has to be found on the machine first.
 */
function withGrants(set: PermissionSet, grants: readonly Grant[]): PermissionSet {
  const add = (values: readonly string[], kind: Grant["permission"]) => [
    ...new Set([...values, ...grants.filter((g) => g.permission === kind).map((g) => g.value)]),
  ];
  return {
    ...set,
    // What may be written may be read: an edit needs both.
    read: add(add(set.read, "read"), "write"),
    write: add(set.write, "write"),
    env: set.env,
  };
}

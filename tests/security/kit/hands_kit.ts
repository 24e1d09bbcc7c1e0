/**
 * The real `hands` of a throw-away profile, as `openWard` makes it but without policy in front:
 * what is refused here is refused by the runtime or by the operating system.
 */
import type { BrowserParts } from "../../../src/app/browser/start_browser.ts";
import {
  type CellNetwork,
  type CellNetworkInputs,
  createCellNetwork,
} from "../../../src/app/cells/network/cell_network.ts";
import { startEgress } from "../../../src/app/cells/network/egress.ts";
import { createHands, type Hands } from "../../../src/app/cells/hands.ts";
import { formOf } from "../../../src/app/start/code_base.ts";
import { AppError } from "../../../src/base/app_error.ts";
import { createHandsClient } from "../../../src/compartments/hands/client.ts";
import { sandboxHelpers } from "../../../src/compartments/launcher/sandboxes.ts";
import { startThread } from "../../../src/compartments/start.ts";
import { NOTHING } from "../../../src/compartments/table.ts";
import { plantCanaries } from "../../../src/host/protection/canaries.ts";
import { openDataFolder } from "../../../src/host/files/data_folder.ts";
import { inheritedDescriptors } from "../../../src/compartments/inherited_descriptors.ts";
import { lookAtMachine, type Machine } from "../../../src/host/process/machine.ts";
import { programMounts } from "../../../src/host/process/programs.ts";
import { childEnvironment } from "../../../src/kernel/commands/child_env.ts";
import { parseLine } from "../../../src/kernel/commands/parse_line.ts";
import { parseConfig } from "../../../src/kernel/settings/parse_config.ts";
import { resolveSettings } from "../../../src/kernel/settings/resolve.ts";
import type { Resolve } from "../../../src/kernel/net/walk.ts";
import type { EgressEvent, EgressTally } from "../../../src/model/cells/egress.ts";
import type { HandsPort, RunOutcome } from "../../../src/model/cells/hands.ts";
import { type Manifest, narrowedTo } from "../../../src/kernel/manifest/manifest.ts";
import { grantsUnder } from "../../../src/kernel/policy/taint.ts";
import type { OutsideRead } from "../../../src/model/conversation/outside.ts";
import type { CellVariant, Grant, PermissionKind } from "../../../src/model/cells/permission.ts";

import { machineOfRun } from "./sandbox_of_run.ts";

/** Root of the checkout. */
export const ROOT = new URL("../../../", import.meta.url).pathname.replace(/\/$/, "");

const FORM = formOf(new URL("../../../src/main.ts", import.meta.url).href);

/** The text that no attack may bring in. */
export const SECRET = "canary-secret-8d1f";

/** What a profile is made from. */
export interface HandsKitOptions {
  /** Prefix rules. @default {["*"]}: every program of the machine. */
  readonly allow?: readonly string[];
  /** Further lines of config.toml. */
  readonly config?: string;
  readonly grants?: readonly Grant[];
  /** What to change of the machine as found, such as another `bwrap`. */
  readonly machine?: (machine: Machine) => Machine;
  /** Paths of the profile below its folder, when the workspace contains it. */
  readonly layout?: (
    top: string,
  ) => { workspace?: string; home?: string; osHome?: string; others?: readonly string[] };
  /** Paths that are ward itself; `CHECKOUT` is the workspace. */
  readonly selfPaths?: readonly string[];
  /** Fills the folders before the first cell. */
  readonly prepare?: (places: { workspace: string; out: string }) => Promise<void>;
  /** PATH that ward was started with. */
  readonly path?: string;
  /** Time, for grants that run out. */
  readonly now?: () => number;
  /** Addresses of names; nothing is looked up in tests. @default none has one */
  readonly resolve?: Resolve;
}

/** What the network of cells tells. */
type NetworkEvent = Exclude<EgressEvent, { type: "listening" }>;

/** Running hands and the folders around them. */
export interface HandsKit extends AsyncDisposable {
  /** Real folder that holds everything of this kit. */
  readonly top: string;
  readonly workspace: string;
  readonly home: string;
  readonly dataDir: string;
  /** Outside the workspace: has `secret` with {@linkcode SECRET} and a folder `sub`. */
  readonly out: string;
  readonly hands: Hands;
  readonly files: HandsPort;
  /** Grants in force; a test changes them. */
  grants: Grant[];
  /** What the session read from outside; a test changes it. */
  taint: OutsideRead | null;
  /** Of a run with `--lock`; a test changes it. */
  lock: Manifest | null;
  /** Paths that were set aside. */
  readonly setAside: string[];
  readonly network: CellNetwork;
  /** What a browser beside them is made from. */
  readonly parts: BrowserParts;
  /** What the cells' network told, in order. */
  readonly networkEvents: readonly NetworkEvent[];
  readonly tallied: readonly EgressTally[];
  /** Why granted hosts were not reached. */
  readonly noHosts: readonly string[];
  /** Runs a line by ward's grammar, without a question. */
  run(line: string, options?: RunOptions): Promise<RunOutcome>;
  /** Runs a line by `sh` in a cell made for it. */
  shell(line: string, options?: RunOptions): Promise<RunOutcome>;
}

/** Bounds of one run. */
export interface RunOptions {
  readonly timeoutMs?: number;
  readonly outputLimitBytes?: number;
  readonly variant?: CellVariant;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Grants of which a use was taken for this call. */
  readonly leased?: readonly Grant[];
}

/** Makes a profile and its hands; no cell runs before the first call. */
export async function makeHands(options: HandsKitOptions = {}): Promise<HandsKit> {
  // Not in /tmp, which is a place of the cell's own: what is outside must be absent inside.
  const made = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "ward-attack-" });
  const top = await Deno.realPath(made);
  const places = options.layout?.(top) ?? {};
  const workspace = places.workspace ?? `${top}/work`;
  const osHome = places.osHome ?? `${top}/user`;
  const home = places.home ?? `${osHome}/.ward`;
  const out = `${top}/out`;
  for (const folder of [workspace, osHome, home, `${out}/sub`]) {
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  }
  await Deno.writeTextFile(`${out}/secret`, SECRET);
  await options.prepare?.({ workspace, out });
  const configText = `[commands]\nallow = ${JSON.stringify(options.allow ?? ["*"])}\n` +
    (options.config ?? "");
  const { settings } = resolveSettings({
    flags: {},
    variables: {},
    config: parseConfig(configText, "config.toml"),
    configPath: `${home}/config.toml`,
    home,
    dataDir: `${home}/data`,
    others: places.others,
    workspace: { path: workspace, source: "flag" },
  });
  const machine = (options.machine ?? ((one) => one))(
    machineOfRun(
      lookAtMachine(options.path ?? "/usr/local/bin:/usr/bin:/bin", inheritedDescriptors()),
    ),
  );
  const data = openDataFolder(settings.dataDir, "somebody", workspace);
  const launcher = startThread({
    id: "launcher",
    kind: "thread",
    entry: "compartments/launcher/entry",
    purpose: "",
    permissions: { ...NOTHING, run: sandboxHelpers(machine) },
  }, FORM);
  const setAside: string[] = [];
  const networkEvents: NetworkEvent[] = [];
  const tallied: EgressTally[] = [];
  const noHosts: string[] = [];
  const kit: Pick<HandsKit, "grants" | "taint" | "lock"> = {
    grants: [...options.grants ?? []],
    taint: null,
    lock: null,
  };
  const narrowed = (grants: readonly Grant[]) =>
    grants.flatMap((one) => kit.lock === null ? [one] : narrowedTo(kit.lock, one, workspace));
  const networkOf = (cell: string): CellNetworkInputs => ({
    cell,
    form: FORM,
    machine,
    dataDir: data.path,
    grantCommand: "ward permissions grant net",
    resolve: options.resolve ?? (() => Promise.resolve([])),
    now: options.now ?? Date.now,
    onEvent: (event) => void networkEvents.push(event),
    onEnd: (tallies) => void tallied.push(...tallies),
    onNoHosts: ({ cause }) => void noHosts.push(cause),
  });
  const network = createCellNetwork(networkOf("hands"));
  const planted = plantCanaries(data.path);
  const hands = createHands({
    settings,
    form: {
      ...FORM,
      selfPaths: options.selfPaths?.map((path) => path.replace("CHECKOUT", workspace)) ??
        FORM.selfPaths,
    },
    machine,
    data,
    osHome,
    planted,
    launcher: launcher.client,
    network,
    grants: () => {
      const now = kit.taint ? grantsUnder(kit.taint, kit.grants) : kit.grants;
      return Promise.resolve({ grants: narrowed(now), tainted: kit.taint !== null });
    },
    narrowed,
    isRevoked: () => Promise.resolve(false),
    now: options.now ?? Date.now,
    onPlanted: (paths) => setAside.push(...paths),
    onCell: () => {},
    onReduced: () => {},
  });
  const files = createHandsClient(hands.router.call);
  const limits = (given: RunOptions = {}) => {
    const folders = programMounts(machine, hands.programs({ grants: kit.grants, tainted: false }))
      .map(({ path }) => path.slice(0, path.lastIndexOf("/")));
    return {
      cwd: workspace,
      timeoutMs: given.timeoutMs ?? 20_000,
      outputLimitBytes: given.outputLimitBytes ?? 4_000_000,
      env: given.env ?? childEnvironment({
        parent: { LANG: "C.UTF-8" },
        scrubExtra: [],
        workspace,
        path: [...new Set(folders)].join(":") || "/usr/bin",
      }),
    };
  };
  return Object.assign(kit, {
    top,
    workspace,
    home,
    dataDir: data.path,
    out,
    hands,
    files,
    setAside,
    network,
    parts: {
      settings,
      form: FORM,
      machine,
      data,
      planted,
      hands,
      launcher: launcher.client,
      openEgress: (cell: string, hosts: readonly string[]) =>
        startEgress({ ...networkOf(cell), hosts }),
    },
    networkEvents,
    tallied,
    noHosts,
    async run(line: string, given: RunOptions = {}) {
      const parsed = parseLine(line, { HOME: workspace, PWD: workspace });
      if (parsed.type !== "plan") throw new Error(`Not understood (${parsed.why}): ${line}`);
      return await files.runPlan({ ...limits(given), plan: parsed.plan }, {
        variant: given.variant,
        signal: given.signal,
        leased: given.leased,
      });
    },
    shell: (line: string, given: RunOptions = {}) =>
      files.runLine({ ...limits(given), line }, { variant: "shell", signal: given.signal }),
    async [Symbol.asyncDispose]() {
      await hands.router.end();
      launcher.stop(new AppError("kit.done", "The test is done"));
      await Deno.remove(top, { recursive: true });
    },
  });
}

let grantCount = 0;

/** A grant as the book mints it. */
export function grantOf(
  permission: PermissionKind,
  value: string,
  scope: Grant["scope"] = { type: "always" },
): Grant {
  return {
    id: `g${grantCount++}`,
    compartment: "hands",
    permission,
    value,
    scope,
    grantedBy: "test",
    atMs: 0,
    reason: "test",
  };
}

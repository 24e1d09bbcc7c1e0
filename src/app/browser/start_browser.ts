import type { Hands } from "../cells/hands.ts";
import type { Egress } from "../cells/network/egress.ts";
import type { Form } from "../start/code_base.ts";
import { AppError } from "../../base/app_error.ts";
import { MOUNTED_TMP } from "../../compartments/launcher/layout.ts";
import { SANDBOXES } from "../../compartments/launcher/sandboxes.ts";
import { type Running, startCell, startThread } from "../../compartments/start.ts";
import { compartment, NO_INPUTS } from "../../compartments/table.ts";
import type { Client } from "../../compartments/wire.ts";
import type { DataFolder } from "../../host/files/data_folder.ts";
import { exists } from "../../host/files/file_exists.ts";
import type { Machine } from "../../host/process/machine.ts";
import { type PlantedCanaries, withListener } from "../../host/protection/canaries.ts";
import type { BrowserAction, BrowserAnswer, BrowserStart } from "../../model/cells/browser.ts";
import type { CellSpec, Mount } from "../../model/cells/cell.ts";
import { CELL_PROXY_URL, type EgressRefusal } from "../../model/cells/egress.ts";
import type { ResolvedSettings } from "../../model/settings.ts";
import { within } from "../../model/cells/paths.ts";

/** Hosts that a browser may reach, as `cellHost` writes them. */
export type BrowserHosts = readonly string[];

/** What a browser is made from. */
export interface BrowserParts {
  readonly settings: ResolvedSettings;
  readonly form: Form;
  readonly machine: Machine;
  readonly data: DataFolder;
  readonly planted: PlantedCanaries;
  readonly hands: Pick<Hands, "sandbox">;
  readonly launcher: Client;
  openEgress(cell: string, hosts: readonly string[]): Promise<Egress>;
}

/** A browser that runs. */
export interface StartedBrowser {
  act(action: BrowserAction): Promise<BrowserAnswer>;
  takeRefused(): Promise<readonly EgressRefusal[]>;
  ended(): boolean;
  /** Ends cell, driver and proxy. */
  end(): Promise<void>;
}

/** Temporary files, in memory; Chromium keeps shared memory there too. */
const TMP_BYTES = 512 * 1024 * 1024;

/** Threads count as processes, and a browser has many. */
const MIN_PROCESSES = 1024;

/** What a browser reads of /etc, where it is: fonts. */
const ETC = ["/etc/fonts"];

/** Longest until the browser listens and is attached, ms. */
const START_LIMIT_MS = 60_000;

/**
 * Starts the cell of a browser and its proxy, without the browser.
 *
 * @param program Absolute real path of the browser.
 * @param profile Folder for its profile, of ward's making.
 * @throws {AppError} `browser.no_cell` where nothing holds it, and what `startCell` throws.
 */
export async function startBrowserCell(
  parts: BrowserParts,
  program: string,
  profile: string,
  hosts: BrowserHosts,
): Promise<{ readonly cell: Running; readonly egress: Egress }> {
  const { kind, cause } = await parts.hands.sandbox();
  const sandbox = SANDBOXES.find((one) => one.kind === kind);
  const why = sandbox === undefined
    ? { cause, fix: "See `ward doctor`" }
    : sandbox.noHosts(parts.machine);
  if (sandbox === undefined || why !== null) {
    throw new AppError("browser.no_cell", `No cell holds a browser here: ${why?.cause}`, {
      hint: why?.fix,
    });
  }
  const egress = await parts.openEgress("browser", hosts);
  try {
    const cell = await withListener(
      parts.planted,
      (canaries) =>
        startCell(cellSpec(parts, { program, profile, canaries, egressFolder: egress.folder }), {
          launcher: parts.launcher,
          sandbox,
          machine: parts.machine,
          self: parts.form.self,
        }),
    );
    await egress.begin();
    return { cell, egress };
  } catch (error) {
    await egress.end();
    throw error;
  }
}

/**
 * Starts cell, browser and driver.
 *
 * @param program Absolute real path of the browser.
 * @param profile Folder for its profile, of ward's making.
 * @throws {AppError} `browser.not_started`, and what {@linkcode startBrowserCell} throws.
 */
export async function startBrowser(
  parts: BrowserParts,
  program: string,
  profile: string,
  hosts: BrowserHosts,
): Promise<StartedBrowser> {
  removeLocks(profile);
  const { cell, egress } = await startBrowserCell(parts, program, profile, hosts);
  const inputs = { ...NO_INPUTS, browser: { program, profile } };
  const driver = startThread(compartment(inputs, "browser:driver")!, parts.form);
  const stopped = new AppError("browser.ended", "The browser has ended");
  let hasEnded = false;
  const end = async () => {
    hasEnded = true;
    cell.stop(stopped);
    driver.stop(stopped);
    await egress.end();
  };
  try {
    cell.ended.then(end);
    const ready = Promise.withResolvers<void>();
    const timer = setTimeout(
      () => ready.reject(new AppError("browser.not_started", "The browser did not start in time")),
      START_LIMIT_MS,
    );
    const { width, height } = parts.settings.browser;
    const viewport = { width, height };
    const params: BrowserStart = {
      program,
      profile,
      proxy: CELL_PROXY_URL,
      tmp: MOUNTED_TMP,
      viewport,
    };
    const toBrowser = (event: unknown) => {
      const { message, attached } = event as { message?: string; attached?: true };
      if (message !== undefined) cell.client.call("send", { message }).catch(() => {});
      if (attached) ready.resolve();
    };
    const toDriver = (event: unknown) => {
      const { message, open } = event as { message?: unknown; open?: true };
      if (typeof message === "string") driver.client.tell("message", { message });
      if (open) {
        driver.client.call("attach", { viewport }, { onEvent: toBrowser }).catch(ready.reject);
      }
    };
    cell.client.call("run", params, { onEvent: toDriver }).then(
      () => ready.reject(new AppError("browser.not_started", "The browser ended as it started")),
      ready.reject,
    ).finally(end);
    await ready.promise.finally(() => clearTimeout(timer));
  } catch (error) {
    await end();
    throw error;
  }
  return {
    act: async (action) => await driver.client.call("act", action) as BrowserAnswer,
    takeRefused: egress.takeRefused,
    ended: () => hasEnded,
    end,
  };
}

function cellSpec(
  parts: BrowserParts,
  { program, profile, canaries, egressFolder }:
    & { readonly program: string; readonly profile: string }
    & Pick<CellSpec, "canaries" | "egressFolder">,
): CellSpec {
  const { limits } = parts.settings;
  const { permissions, entry } = compartment(
    { ...NO_INPUTS, browser: { program, profile } },
    "browser",
  )!;
  const folder = program.slice(0, program.lastIndexOf("/"));
  const isMounted = parts.machine.libraries.some((path) => within(path, folder));
  const read = (path: string): Mount => ({ path, mode: "read" });
  return {
    id: "browser",
    entry: entry!,
    cwd: profile,
    mounts: [
      ...Object.entries(parts.data.etc).map(([at, path]): Mount => ({ path, at, mode: "read" })),
      ...[...ETC.filter(exists), ...isMounted ? [] : [folder]].map(read),
      { path: profile, mode: "write" },
      ...parts.planted.mounts,
    ],
    programs: [],
    permissions,
    limits: {
      memoryBytes: limits.memoryBytes,
      processes: Math.max(limits.processes, MIN_PROCESSES),
      fileBytes: limits.fileBytes,
      cpuSeconds: limits.cpuSeconds,
      tmpBytes: TMP_BYTES,
    },
    canaries,
    tmp: MOUNTED_TMP,
    egressFolder,
  };
}

/** Of a browser that was ended: names that say which process has the profile. */
function removeLocks(profile: string): void {
  for (const { name } of Deno.readDirSync(profile)) {
    if (name.startsWith("Singleton")) Deno.removeSync(`${profile}/${name}`);
  }
}

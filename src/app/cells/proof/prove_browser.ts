/** What the browser's cell reaches besides the hosts of a navigation; no browser is started in it. */
import type { ProbeParams } from "../../../compartments/probe.ts";
import { AppError } from "../../../base/app_error.ts";
import { SANDBOXES } from "../../../compartments/launcher/sandboxes.ts";
import { cellFolders, makeCellFolder } from "../../../host/files/cell_folder.ts";
import { findBrowser } from "../../../host/process/find_browser.ts";
import { systemClock } from "../../../host/process/system.ts";
import type { ProofLine } from "../../../model/cells/cell.ts";
import type { ProveLine } from "../../../model/report.ts";
import { startBrowserCell } from "../../browser/start_browser.ts";
import type { Ward } from "../../ward.ts";
import { ask, probeLine } from "./probe_lines.ts";

/** Granted, and nobody listens there: what is tried is all the rest. */
const GRANTED = ["127.0.0.1:1"];

/** The lines; or why there are none, in a sentence. */
export async function browserLines(
  ward: Ward,
): Promise<{ readonly lines: readonly ProveLine[]; readonly note: string | null }> {
  const why = await noBrowserCell(ward);
  const { settings } = ward.start;
  const program = findBrowser(settings.browser.program);
  if (why !== null || program === null) {
    const cause = why ??
      (settings.browser.program === null
        ? "there is no Chromium on this machine"
        : `there is no program "${settings.browser.program}" (browser.program)`);
    return { lines: [], note: `The cell of the browser was not tried: ${cause}` };
  }
  const folder = makeCellFolder(ward.data.path, systemClock.now());
  try {
    const parts = { ...ward, settings, launcher: ward.threads.launcher };
    const { cell, egress } = await startBrowserCell(parts, program, folder.path, GRANTED);
    try {
      const { osHome } = ward.facts;
      const tries: [string, string, ProbeParams][] = [
        ["workspace", "read the workspace", { kind: "read", value: settings.workspace }],
        ["home", "read the home folder", { kind: "read", value: osHome }],
        ["state", "read ward's database", { kind: "read", value: `${ward.data.path}/ward.db` }],
        ["other_profiles", "read other browsers' profiles", {
          kind: "read",
          value: cellFolders(ward.data.path),
        }],
        ["program", "run a program that is no browser", { kind: "run", value: "/usr/bin/id" }],
        ["variables", "read the environment", { kind: "env", value: "PATH" }],
        ["worker", "dial out past the proxy", { kind: "net", value: "127.0.0.1:9" }],
        ["code", "make code from text", { kind: "code", value: "" }],
      ];
      const lines = cell.proof.map(proofLine);
      for (const [id, what, params] of tries) {
        const said = await ask(cell.client, params);
        lines.push(probeLine(`browser.${id}`, `${what} from the cell of the browser`, said));
      }
      return { lines, note: null };
    } finally {
      cell.stop(new AppError("prove.done", "The proof is done"));
      await cell.ended;
      await egress.end();
    }
  } catch (error) {
    const { proof } = error as { proof?: readonly ProofLine[] };
    if (proof === undefined) throw error;
    return { lines: proof.map(proofLine), note: null };
  } finally {
    folder.remove();
  }
}

/** Why this machine or its settings have no cell for a browser; null: nothing. */
async function noBrowserCell(ward: Ward): Promise<string | null> {
  if (!ward.start.settings.browser.enabled) return "the browser is off (browser.enabled)";
  const { kind, cause } = await ward.hands.sandbox();
  const sandbox = SANDBOXES.find((one) => one.kind === kind);
  if (sandbox === undefined) return `no cell holds one here, so none is started: ${cause}`;
  const why = sandbox.noHosts(ward.machine);
  return why === null ? null : `no cell holds one here, so none is started: ${why.cause}`;
}

function proofLine({ id, what, refused, errno, detail }: ProofLine): ProveLine {
  return {
    id: `browser.${id}`,
    what: `${what} from the cell of the browser`,
    refused,
    // The proxy's table of hosts says no; its thread could not dial it either.
    layer: refused ? (id === "proxy" ? "runtime" : "os") : null,
    errno,
    detail,
  };
}

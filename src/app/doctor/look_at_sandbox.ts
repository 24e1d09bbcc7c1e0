import type { Client } from "../../compartments/wire.ts";
import { plantCanaries } from "../../host/protection/canaries.ts";
import { openDataFolder } from "../../host/files/data_folder.ts";
import type { Machine } from "../../host/process/machine.ts";
import { systemClock } from "../../host/process/system.ts";
import type { SandboxFacts } from "../../kernel/doctor/facts.ts";
import { parseConfig } from "../../kernel/settings/parse_config.ts";
import { resolveSettings } from "../../kernel/settings/resolve.ts";
import type { Form } from "../start/code_base.ts";
import { NO_NETWORK } from "../cells/network/cell_network.ts";
import { createHands } from "../cells/hands.ts";
import type { SandboxState } from "../cells/sandbox_choice.ts";
import { problemOf } from "./problem_of.ts";

/**
 * Starts one cell with the real sandbox line and lets it prove itself, in folders of its own: the
 * proof needs canaries, and an inspection writes nothing into the profile.
 *
 * @param inputs `scratch`: an empty folder, removed by the caller.
 */
export async function lookAtSandbox(
  { form, machine, osHome, launcher, scratch }: {
    readonly form: Form;
    readonly machine: Machine;
    readonly osHome: string;
    readonly launcher: Client;
    readonly scratch: string;
  },
): Promise<SandboxFacts> {
  try {
    const workspace = `${scratch}/work`;
    const dataDir = `${scratch}/data`;
    Deno.mkdirSync(workspace, { mode: 0o700 });
    const { settings } = resolveSettings({
      flags: {},
      variables: {},
      config: parseConfig(null, "config.toml"),
      configPath: `${scratch}/config.toml`,
      home: scratch,
      dataDir,
      workspace: { path: workspace, source: "default" },
    });
    const data = openDataFolder(dataDir, "user", workspace);
    const hands = createHands({
      settings,
      form,
      machine,
      data,
      osHome,
      planted: plantCanaries(data.path),
      launcher,
      network: NO_NETWORK,
      grants: () => Promise.resolve({ grants: [], tainted: false }),
      isRevoked: () => Promise.resolve(false),
      now: systemClock.now,
      onPlanted: () => {},
      onCell: () => {},
      onReduced: () => {},
    });
    try {
      return sandboxFacts(await hands.sandbox());
    } finally {
      await hands.router.end();
    }
  } catch (error) {
    const { message, hint } = problemOf(error);
    return { name: null, cause: message, fix: hint, untried: true, notHeld: [], passedOver: [] };
  }
}

/** The part of a state that is judged. */
export function sandboxFacts(state: SandboxState): SandboxFacts {
  const { kind, name, cause, fix, notHeld, passedOver } = state;
  return { name: kind === "none" ? null : name, cause, fix, untried: false, notHeld, passedOver };
}

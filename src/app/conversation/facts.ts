/** What is said of what is in force: to the person who is asked, and by the built-in assistant. */
import { likelyLayer, missingSandbox } from "../cells/sandbox_choice.ts";
import type { Ward } from "../ward.ts";
import type { BuiltinFacts } from "../../kernel/builtin/facts.ts";
import type { Grant } from "../../model/cells/permission.ts";

/** What is in force as far as it is known without starting a cell for it. */
export function layerInForce(ward: Ward): { layer: string; commands: boolean } {
  const layer = ward.hands.knownSandbox()?.layer ?? likelyLayer(ward.machine);
  return {
    layer,
    commands: layer !== "REDUCED" || ward.start.settings.commands.withoutSandbox,
  };
}

/**
 * The layer in words for the person who decides.
 *
 * @param layer Of the cells.
 * @param compartment That gets what is asked for; not each is in a cell.
 */
export function layerWords(layer: string, compartment: string): string {
  if (compartment === "web") {
    return "RUNTIME: in a thread for this request, which holds its host's checked addresses alone";
  }
  if (compartment === "slack") {
    return "RUNTIME: in a thread for this call, which reaches Slack's host alone";
  }
  if (compartment === "kernel") return "KERNEL: done by ward itself, in no cell";
  return layer === "REDUCED"
    ? "REDUCED: no OS sandbox holds it"
    : `${layer}: in a cell that holds what it may touch, with no network but granted hosts`;
}

/** What the proof could not show, as far as it is known. */
function notHeldWords(ward: Ward): string {
  const notHeld = ward.hands.knownSandbox()?.notHeld ?? [];
  return notHeld.length === 0 ? "" : `; REDUCED, not held against: ${notHeld.join("; ")}`;
}

/** What it answers from to whoever is not told of the workspace and what is in force. */
export const HIDDEN_FACTS: BuiltinFacts = {
  workspace: "not told here",
  layer: "not told here",
  commands: false,
  programs: [],
  readable: [],
  writable: [],
  network: "not told here",
  providerHint: "its owner has connected none",
  timeZone: "UTC",
};

/** What the built-in assistant answers from. */
export function builtinFacts(
  ward: Ward,
  grants: readonly Grant[],
  providerHint: string,
): BuiltinFacts {
  const { layer, commands } = layerInForce(ward);
  const values = (kind: Grant["permission"]) =>
    grants.filter((grant) => grant.compartment === "hands" && grant.permission === kind)
      .map((grant) => grant.value);
  return {
    workspace: ward.start.settings.workspace,
    layer: layer === "REDUCED"
      ? `REDUCED, no OS sandbox: ${
        ward.hands.knownSandbox()?.cause ?? missingSandbox(ward.machine)
      }`
      : `${layer}, a cell proven before its first call${notHeldWords(ward)}`,
    commands,
    programs: [...ward.start.settings.commands.allow, ...values("run")],
    readable: values("read"),
    writable: values("write"),
    network: values("net").join(", ") || "none",
    providerHint,
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
}

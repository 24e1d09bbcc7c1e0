import { inheritedDescriptors } from "../../compartments/inherited_descriptors.ts";
import { lookAtMachine, type Machine } from "../../host/process/machine.ts";

/** Looks at the machine once, for a run in `environment`. */
export function machineFor(
  environment: { readonly variables: Readonly<Record<string, string | undefined>> },
): Machine {
  return lookAtMachine(environment.variables["PATH"] ?? "", inheritedDescriptors());
}

import type { SandboxState } from "./sandbox_choice.ts";

/** What the user is told where not all holds. */
export function reducedNotice(
  { name, notHeld, cause, fix }: SandboxState,
  commandsWithoutSandbox: boolean,
): string {
  if (cause === null) {
    return `REDUCED: ${name} holds files, programs and network of the tools, but not against: ` +
      `${notHeld.join("; ")}. See docs/security.md`;
  }
  const commands = commandsWithoutSandbox ? "unconfined, as you set" : "off";
  return `REDUCED: no OS sandbox holds the tools here, and commands are ${commands}: ${cause}. ` +
    (fix ?? "See `ward doctor`");
}

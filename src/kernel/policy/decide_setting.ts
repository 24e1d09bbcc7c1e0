import type { Decision, SettingAccess } from "../../model/cells/permission.ts";

/**
 * Decides on a change of the configuration: it asks, for this one change and no other. One that
 * opens something, or is about what ward may do, whom it trusts or what it may spend, asks in every
 * mode.
 */
export function decideSetting({ key, opens, guards }: SettingAccess): Decision {
  const isGrave = guards || opens.length > 0;
  return {
    type: "ask",
    rule: opens.length > 0 ? opens.join("; ") : "the configuration is yours to change",
    grant: {
      compartment: "kernel",
      permission: "setting",
      value: key,
      risk: opens.length > 0 ? "critical" : isGrave ? "high" : "medium",
      touches: isGrave ? "what ward may do from its next start" : "ward's configuration",
      command: `ward config set ${key} <value>`,
      onceOnly: true,
      everyMode: isGrave,
    },
  };
}

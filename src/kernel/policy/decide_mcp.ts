import type { Decision, Grant, GrantWidth, McpAccess } from "../../model/cells/permission.ts";
import { grantCommand } from "./grant_command.ts";
import type { PolicyState } from "./state.ts";
import { sourcesText } from "./taint.ts";

/**
 * Decides on a call of a tool of a server: it asks, but for what was granted. Nothing that a server
 * says of a tool opens it, not that it only reads either. What was granted for longer than a session
 * was granted to a server of the configuration: one of a workspace or an editor that took its name
 * gets nothing of it.
 */
export function decideMcp(
  { server, tool, sends, isOwners }: McpAccess,
  state: PolicyState,
): Decision {
  const compartment = `mcp:${server}`;
  const value = `${server}/${tool}`;
  const whole = `${server}/*`;
  const grants = state.grants.filter((one) =>
    one.permission === "mcp" && one.compartment === compartment &&
    (one.value === value || one.value === whole) && (isOwners || isShort(one))
  );
  const lasting = isOwners ? "--always" : "--once";
  const grant = grants.find(({ usesLeft }) => usesLeft === undefined) ?? grants[0];
  // On the word of somebody who is not trusted no grant of the owner's counts.
  if (grant && state.trusted) {
    return { type: "allow", rule: `grant ${grant.id}`, grantId: grant.id };
  }
  const width = (one: string, covers: string): GrantWidth => ({
    value: one,
    covers,
    risk: sends ? "high" : "medium",
    command: grantCommand("mcp", one, lasting),
  });
  return {
    type: "ask",
    rule: !state.trusted
      ? "it was not asked for by somebody who is trusted"
      : state.taint !== null
      ? `this session read ${sourcesText(state.taint.sources)}: what acts outside asks`
      : `${value} is not granted`,
    grant: {
      compartment,
      permission: "mcp",
      value,
      risk: sends ? "high" : "medium",
      touches: sends
        ? `what the server "${server}" does, with what it is given, outside this machine`
        : `what the server "${server}" may do in its cell`,
      command: grantCommand("mcp", value, lasting),
      sessionOnly: !isOwners,
      widths: [width(value, "every call of this tool"), width(whole, "every tool of this server")],
      // What sends data out is nothing to be skipped, nor is what comes after text from outside.
      everyMode: sends || state.taint !== null || !state.trusted,
    },
  };
}

function isShort({ scope }: Grant): boolean {
  return scope.type === "once" || scope.type === "session";
}

import { hostOfNetValue, netValueOf } from "../../model/cells/net_value.ts";
import type { Decision, NetAccess } from "../../model/cells/permission.ts";
import { type Assessment, worse } from "../risk/command_risk.ts";
import { requestRisk } from "../risk/request_risk.ts";
import type { PolicyState } from "./state.ts";
import { sinceRead } from "./taint.ts";

/**
 * Decides on a request to a host. Reading the web needs nobody's word; what sends something, goes
 * with credentials, or comes after the session read from outside does. That the address is one of
 * the public web is not decided here: the guard of `kernel/net/` looks at each one, redirects too.
 */
export function decideNet(access: NetAccess, state: PolicyState): Decision {
  const { compartment, host, url, method, sends, profile } = access;
  const value = netValueOf(access);
  const grants = state.grants.filter((one) =>
    one.permission === "net" && one.compartment === compartment && one.value === value
  );
  const grant = grants.find(({ usesLeft }) => usesLeft === undefined) ?? grants[0];
  // On the word of somebody who is not trusted no grant of the owner's counts.
  if (grant && state.trusted) {
    return { type: "allow", rule: `grant ${grant.id}`, grantId: grant.id };
  }
  const isPlainRead = !sends && profile === undefined;
  const ask = (least: Assessment["risk"], rule: string): Decision => ({
    type: "ask",
    rule,
    grant: {
      compartment,
      permission: "net",
      value,
      ...worse({ ...requestRisk(access), risk: least }, requestRisk(access)),
      command: netCommand(value, compartment),
      // What a page told the model to send goes to the same host as what the user wants sent.
      ...(sends && state.taint !== null ? { onceOnly: true } : {}),
      // What sends data out is nothing to be skipped, nor is what comes after outside text; and what
      // programs do with a host nobody sees.
      everyMode: !isPlainRead || compartment === "hands" || state.taint !== null || !state.trusted,
    },
  });
  if (!isPlainRead) {
    const what = sends ? `${method} sends data to ${host}` : `${method} to ${host}`;
    return ask("medium", profile ? `${what} as "${profile}"` : what);
  }
  // Only to Slack itself goes what is read by, in the user's own account: nobody else hears of it.
  if (compartment === "slack" && state.trusted) {
    return { type: "allow", rule: "the user logged in at Slack for reading there" };
  }
  if (compartment === "hands") {
    const rule = `${host} is not granted to commands, which could send it all they read`;
    return ask("high", sinceRead(rule, state.taint));
  }
  if (compartment !== "web") {
    return ask("medium", sinceRead(`${host} is not granted to ${compartment}`, state.taint));
  }
  if (!state.trusted) return ask("medium", "it was not asked for by somebody who is trusted");
  if (state.taint === null) return { type: "allow", rule: "reading the web" };
  // People write no slash after a host.
  if (state.saidByUser(url.replace(/^(https?:\/\/[^/]+)\/$/, "$1"))) {
    return { type: "allow", rule: "the user named this address" };
  }
  return ask("medium", "an address can carry what this session knows");
}

/** The command line that gives a grant of a host. */
function netCommand(value: string, compartment: string): string {
  const host = hostOfNetValue(value);
  const word = host === value ? value : `'${value.replaceAll("'", "'\\''")}'`;
  const place = compartment === "hands" ? "" : ` --compartment ${compartment}`;
  return `ward permissions grant net ${word}${place} --once`;
}

import type { FoundSource } from "../../model/report.ts";
import type { SetUpProvider } from "../models/providers/set_up_providers.ts";
import type { FoundLogin } from "./found_login.ts";

/**
 * Everything that was found to pay for a model, for people: providers that could be used now, then
 * logins that are not, and why.
 */
export function foundSources(
  providers: readonly SetUpProvider[],
  logins: readonly FoundLogin[],
): FoundSource[] {
  const usable = providers.map(({ choice }) => ({
    provider: choice.name,
    from: choice.keySource ?? "this machine",
    problem: null,
  }));
  const used = new Set(
    providers.flatMap(({ login }) => login?.onlyNamed === false ? login.id : []),
  );
  const others = logins.filter(({ id }) => !used.has(id)).map((one) => ({
    provider: one.provider,
    from: one.from,
    problem: one.problem !== null
      ? `${one.problem}: ${one.mend}`
      : one.onlyNamed
      ? `used after provider = "${one.provider}"`
      : "something else goes before it",
  }));
  const named = new Set(others.map(({ from }) => from));
  return [...usable.filter(({ from }) => !named.has(from)), ...others];
}

import { PROVIDER_VARIABLES } from "../models/providers/provider_table.ts";

/** Names that hold a secret. */
const SECRET = /KEY|TOKEN|SECRET/;

/**
 * Names of variables with keys that stand in somebody's environment only, and that a service,
 * which has an environment of its own, would not have.
 */
export function keysLeftBehind(
  variables: Readonly<Record<string, string>>,
  credentials: Readonly<Record<string, string>>,
): string[] {
  return ["WARD_API_TOKEN", ...PROVIDER_VARIABLES].filter((name) =>
    SECRET.test(name) && Boolean(variables[name]) && !Object.hasOwn(credentials, name)
  );
}

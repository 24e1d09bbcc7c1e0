/** The providers of this start that could be used, each with its key. */
import { askLocal } from "../provider.ts";
import type { ProcessStart } from "../start/process.ts";
import { UsageError } from "../../base/app_error.ts";
import {
  type SetUpProvider,
  setUpProvider,
  setUpProviders,
} from "../../kernel/models/providers/set_up_providers.ts";

/**
 * Finds them; this machine's Ollama and LM Studio are looked for too.
 *
 * @param name One of them; null: all.
 * @throws {UsageError} What is missing for the one that was named.
 */
export async function foundProviders(
  { providerInputs: settings, environment: { variables }, form }: ProcessStart,
  name: string | null,
): Promise<readonly SetUpProvider[]> {
  if (name === "builtin") {
    throw new UsageError("provider.no_models", "The built-in assistant has no models", {
      hint: "It is used with --model builtin",
    });
  }
  if (name !== null) return [setUpProvider(name, { settings, variables, ollama: null })];
  const local = await askLocal({ ...settings, apiBase: null }, variables, form);
  return setUpProviders({ settings, variables, ...local });
}

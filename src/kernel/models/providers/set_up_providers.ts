/** Every provider that could be used now, with its key: what lists of models are asked of. Pure. */
import { UsageError } from "../../../base/app_error.ts";
import type { FoundLogin } from "../../accounts/found_login.ts";
import type { ProviderChoice } from "../../../model/settings.ts";
import type { ChoiceInputs } from "./candidate.ts";
import { chooseByRef } from "./choose_ref.ts";
import { providerNames } from "./model_ref.ts";
import { KNOWN_PROVIDERS } from "./provider_table.ts";

/** A provider that is set up. Holds its key: never log or store it. */
export interface SetUpProvider {
  readonly choice: Omit<ProviderChoice, "model">;
  readonly key: string | null;
  readonly login: FoundLogin | null;
}

/** Stands for "any model" while a provider is looked at for its list alone. */
const ANY_MODEL = "*";

/**
 * One provider by name, whichever of its models.
 *
 * @throws {UsageError} What is missing, as `chooseProvider` says it.
 */
export function setUpProvider(name: string, inputs: ChoiceInputs): SetUpProvider {
  const from = "its name";
  const { choice, key, login } = chooseByRef(`${name}/${ANY_MODEL}`, inputs, {
    current: null,
    from,
  });
  return { choice, key, login };
}

/**
 * All of them, in the order of the file and then of the table of known ones.
 *
 * @param inputs `ollama`: null where none answers; it is left out then unless it was chosen.
 */
export function setUpProviders(inputs: ChoiceInputs): SetUpProvider[] {
  const { settings } = inputs;
  return providerNames(settings).flatMap((name) => {
    if (name === "builtin") return [];
    const isNamed = settings.provider?.value === name ||
      settings.providers.some((one) => one.name === name);
    try {
      const found = setUpProvider(name, inputs);
      // What takes neither key nor login is set up where it answers.
      const isLocal = found.login === null &&
        KNOWN_PROVIDERS.some((one) => one.name === name && one.keyVariable === null);
      const local = name === "ollama" ? inputs.ollama : inputs.lmStudio ?? null;
      const isSilent = isLocal && !isNamed && local === null;
      return isSilent ? [] : [found];
    } catch (error) {
      if (error instanceof UsageError) return [];
      throw error;
    }
  });
}

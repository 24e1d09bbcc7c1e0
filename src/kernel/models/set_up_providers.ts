/** Every provider that could be used now, with its key: what lists of models are asked of. Pure. */
import { UsageError } from "../../base/app_error.ts";
import type { ProviderChoice } from "../../model/settings.ts";
import { type ChoiceInputs, chooseProvider } from "./choose_provider.ts";
import { providerNames } from "./model_ref.ts";
import { KNOWN_PROVIDERS } from "./provider_table.ts";

/** A provider that is set up. Holds its key: never log or store it. */
export interface SetUpProvider {
  readonly choice: Omit<ProviderChoice, "model">;
  readonly key: string | null;
}

/** Stands for "any model" while a provider is looked at for its list alone. */
const ANY_MODEL = "*";

/**
 * One provider by name, whichever of its models.
 *
 * @throws {UsageError} What is missing, as `chooseProvider` says it.
 */
export function setUpProvider(name: string, inputs: ChoiceInputs): SetUpProvider {
  const { settings } = inputs;
  const isChosen = settings.provider?.value === name ||
    (settings.provider === null && settings.apiBase !== null && name === "openai");
  const flag = (value: string) => ({ value, source: "flag", from: "its name" }) as const;
  const { choice, key } = chooseProvider({
    ...inputs,
    settings: isChosen
      ? { ...settings, model: flag(ANY_MODEL) }
      // WARD_API_BASE and WARD_API_KEY are for the chosen one: no other key goes to that address.
      : { ...settings, provider: flag(name), model: flag(ANY_MODEL), apiBase: null, apiKey: null },
  });
  return { choice, key };
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
      // What takes no key is set up where it answers, and only Ollama was asked.
      const isLocal = KNOWN_PROVIDERS.some((one) => one.name === name && one.keyVariable === null);
      const isSilent = isLocal && !isNamed && (name !== "ollama" || inputs.ollama === null);
      return isSilent ? [] : [found];
    } catch (error) {
      if (error instanceof UsageError) return [];
      throw error;
    }
  });
}

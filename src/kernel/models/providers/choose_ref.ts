import type { ChoiceInputs, ChosenProvider } from "./candidate.ts";
import { chooseProvider } from "./choose_provider.ts";
import { inputsFor, parseModelRef, providerNames } from "./model_ref.ts";

/**
 * A provider and model by reference, beside the one that is chosen.
 *
 * @param ref `provider/model`, a provider, or a model of `current`.
 * @param options `from`: where it was named, for people.
 * @throws {UsageError} What is missing, as `chooseProvider` says it.
 */
export function chooseByRef(
  ref: string,
  inputs: ChoiceInputs,
  options: { readonly current: string | null; readonly from: string },
): ChosenProvider {
  const { settings } = inputs;
  const name = parseModelRef(ref, providerNames(settings)).provider ?? options.current;
  const isChosen = name === null || settings.provider?.value === name ||
    (settings.provider === null && settings.apiBase !== null && name === "openai");
  const chosen = inputsFor(settings, ref, options);
  return chooseProvider({
    ...inputs,
    // WARD_API_BASE and WARD_API_KEY are for the chosen one: no other key goes to that address.
    settings: isChosen ? chosen : { ...chosen, apiBase: null, apiKey: null },
  });
}

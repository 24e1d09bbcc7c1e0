/**
 * `provider/model`, as it is written everywhere a model is named. Pure.
 *
 * A first word that is the name of a provider is the provider; any other slash is part of the
 * model's own id, as in `openai/gpt-oss-120b` of a service that sells models of others. Where the
 * provider was named beside the model, by the same flag, file or variables, the id is taken as is.
 */
import type { SettingSource } from "../../../model/settings.ts";
import type { ProviderInputs, Sourced } from "../../settings/resolve.ts";
import { KNOWN_PROVIDERS } from "./provider_table.ts";

/** Names that can stand before the slash: the file's first, then the known ones, then `builtin`. */
export function providerNames(
  { providers }: {
    readonly providers: readonly Pick<ProviderInputs["providers"][number], "name">[];
  },
): string[] {
  return [
    ...new Set([
      ...providers.map((one) => one.name),
      ...KNOWN_PROVIDERS.map((one) => one.name),
      "builtin",
    ]),
  ];
}

/**
 * Takes `provider/model` apart.
 *
 * @returns `provider` null: the text names no provider; `model` null: it names nothing else.
 */
export function parseModelRef(
  text: string,
  names: readonly string[],
): { readonly provider: string | null; readonly model: string | null } {
  const [first = "", ...rest] = text.trim().split("/");
  if (!names.includes(first)) return { provider: null, model: text.trim() || null };
  return { provider: first, model: rest.join("/") || null };
}

/** Sources by how much they weigh. */
const WEIGHT: Readonly<Record<SettingSource, number>> = {
  default: 0,
  file: 1,
  variable: 2,
  flag: 3,
};

/** The inputs of the choice with a general model of the form `provider/model` taken apart. */
export function withRefApart(inputs: ProviderInputs): ProviderInputs {
  const { model, provider } = inputs;
  if (!model) return inputs;
  const ref = parseModelRef(model.value, providerNames(inputs));
  if (ref.provider === null) return inputs;
  const isNamed = provider !== null && WEIGHT[provider.source] >= WEIGHT[model.source];
  // `groq` and `groq/x` say the same; `groq` and `openai/x` is Groq's model of that name.
  if (isNamed && provider.value !== ref.provider) return inputs;
  const of = (value: string): Sourced => ({ ...model, value });
  return {
    ...inputs,
    provider: isNamed ? provider : of(ref.provider),
    model: ref.model === null ? null : of(ref.model),
  };
}

/**
 * Inputs of the choice for a model named by a person: a provider, a model, or `provider/model`.
 *
 * @param current Name of the provider that answers now: a model alone is one of its own.
 * @param from Where it was named, for people: `flag --model`.
 */
export function inputsFor(
  inputs: ProviderInputs,
  text: string,
  { current, from }: { readonly current: string | null; readonly from: string },
): ProviderInputs {
  const ref = parseModelRef(text, providerNames(inputs));
  const of = (value: string): Sourced => ({ value, source: "flag", from });
  const provider = ref.provider ?? current;
  return {
    ...inputs,
    provider: provider === null || provider === inputs.provider?.value
      ? inputs.provider
      : of(provider),
    model: ref.model === null ? null : of(ref.model),
  };
}

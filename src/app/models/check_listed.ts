/** Models that a person typed, against the lists of their services. */
import { keptModelIds, listModels } from "./catalog.ts";
import type { ProcessStart } from "../start/process.ts";
import { checkModel, isListed } from "../../kernel/models/check_model.ts";
import type { ChosenProvider } from "../../kernel/models/providers/candidate.ts";
import { providerNames } from "../../kernel/models/providers/model_ref.ts";

/**
 * Checks each; a service that gives no list is asked for the model as it is.
 *
 * @param options `keep`: write the lists to the disk. @default {true}
 * @throws {UsageError} `provider.unknown_model`, with what was meant.
 */
export async function checkListed(
  typed: readonly ChosenProvider[],
  { form, providerInputs, settings: { home } }: ProcessStart,
  { keep }: { keep: boolean } = { keep: true },
): Promise<void> {
  const unsure = typed.filter((one) =>
    one.choice.protocol !== "builtin" && !isListed(one.choice.model, keptModelIds(one, home))
  );
  const services = new Map(unsure.map((one) => [one.choice.name, one]));
  const lists = await listModels([...services.values()], { home, form, refresh: true, keep });
  for (const { choice: { name, model } } of unsure) {
    const asked = lists.find(({ provider }) => provider.choice.name === name);
    const ids = asked?.list?.models.map(({ id }) => id) ?? [];
    checkModel(model, ids, name, providerNames(providerInputs));
  }
}

/** `ward models`: what the providers that are set up list. */
import { print, type ProfileContext } from "./context.ts";
import { foundProviders } from "../models/found_providers.ts";
import { listModels, type ProviderModels } from "../models/catalog.ts";
import { findNamed } from "../provider.ts";
import { startProcess } from "../start/process.ts";
import { UsageError } from "../../base/app_error.ts";
import { isListed } from "../../kernel/models/check_model.ts";
import { modelFacts } from "../../kernel/models/describe_model.ts";
import { providerHost } from "../../kernel/models/providers/provider_table.ts";
import type { ParsedCommand } from "../../surfaces/cli/parsed_command.ts";
import { formatModels, type ModelsReport } from "../../surfaces/cli/format/format_models.ts";

/**
 * Prints the lists, or what is known of the one model that was named. A service that does not answer does not keep the others from being shown.
 *
 * @returns 1 when a provider was named and there is no list of it.
 * @throws {UsageError} What is missing for the provider that was named, or that there is no such model.
 */
export async function models(
  command: Extract<ParsedCommand, { type: "models" }>,
  context: ProfileContext,
): Promise<number> {
  const { workspace, model, refresh } = command;
  const start = startProcess(
    context.profile,
    model === null ? { workspace } : { workspace, model, provider: command.provider },
  );
  const { form, settings: { home } } = start;
  const named = model === null ? null : (await findNamed(start));
  const provider = named?.choice.name ?? command.provider;
  const providers = await foundProviders(start, provider);
  const all = await listModels(providers, { home, form, refresh });
  const listed = named === null || named.modelFrom !== "flag"
    ? all
    : all.map((one) => onlyModel(one, named.choice.model));
  const report: ModelsReport = { providers: listed.map(reportOf) };
  print(context, report, () => formatModels(report, context.stdout));
  return provider !== null && listed.every(({ list }) => list === null) ? 1 : 0;
}

/** The list with nothing but one model. */
function onlyModel({ provider, list, problem }: ProviderModels, model: string): ProviderModels {
  const { name } = provider.choice;
  const models = list?.models.filter(({ id }) => isListed(model, [id])) ?? [];
  if (list !== null && models.length === 0) {
    throw new UsageError("provider.unknown_model", `${name} lists no model "${model}"`, {
      hint: `See \`ward models --provider ${name}\`; a service may take what it does not list`,
    });
  }
  return { provider, list: list && { ...list, models }, problem };
}

function reportOf(
  { provider: { choice }, list, problem }: ProviderModels,
): ModelsReport["providers"][number] {
  const { name, baseUrl } = choice;
  return {
    name,
    host: providerHost(baseUrl),
    listedAt: list === null ? null : new Date(list.atMs).toISOString(),
    problem,
    models: (list?.models ?? []).map((model) => modelFacts(choice, model)),
  };
}

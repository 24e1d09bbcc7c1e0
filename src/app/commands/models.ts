/** `ward models`: what the providers that are set up list. */
import { print, type ProfileContext } from "./context.ts";
import { foundProviders } from "../models/found_providers.ts";
import { listModels, type ProviderModels } from "../models/catalog.ts";
import { startProcess } from "../start/process.ts";
import { modelFacts } from "../../kernel/models/describe_model.ts";
import { providerHost } from "../../kernel/models/providers/provider_table.ts";
import type { ParsedCommand } from "../../surfaces/cli/parsed_command.ts";
import { formatModels, type ModelsReport } from "../../surfaces/cli/format/format_models.ts";

/**
 * Prints the lists. A service that does not answer does not keep the others from being shown.
 *
 * @returns 1 when a provider was named and there is no list of it.
 * @throws {UsageError} What is missing for the provider that was named.
 */
export async function models(
  command: Extract<ParsedCommand, { type: "models" }>,
  context: ProfileContext,
): Promise<number> {
  const start = startProcess(context.profile, { workspace: command.workspace });
  const { form, settings: { home } } = start;
  const providers = await foundProviders(start, command.provider);
  const listed = await listModels(providers, { home, form, refresh: command.refresh });
  const report: ModelsReport = { providers: listed.map(reportOf) };
  print(context, report, () => formatModels(report, context.stdout));
  return command.provider !== null && listed.every(({ list }) => list === null) ? 1 : 0;
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

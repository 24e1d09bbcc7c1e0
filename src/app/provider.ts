/** Which provider answers, and its thread. */
import { askService } from "./models/ask_service.ts";
import { keptModelIds, listModels } from "./models/catalog.ts";
import { type ProviderThread, providerThread } from "./models/provider_thread.ts";
import type { Form } from "./start/code_base.ts";
import type { ProcessStart } from "./start/process.ts";
import { hasSharedCaps } from "../kernel/budget/with_budget.ts";
import { checkModel, isListed } from "../kernel/models/check_model.ts";
import {
  type ChoiceInputs,
  chooseProvider,
  type ChosenProvider,
} from "../kernel/models/choose_provider.ts";
import { providerNames } from "../kernel/models/model_ref.ts";
import { ollamaAddress, providerHost } from "../kernel/models/provider_table.ts";
import type { ProviderInputs } from "../kernel/settings/resolve.ts";

/** How long this machine's Ollama may take to list its models. */
const OLLAMA_LIMIT_MS = 300;

/**
 * Chooses the provider. Ollama is asked only when nothing else is set up, or when it was chosen
 * without a model.
 *
 * @throws {UsageError} What is wrong with the choice.
 */
export async function findProvider(
  settings: ProviderInputs,
  variables: Readonly<Record<string, string>>,
  form: Form,
): Promise<ChosenProvider> {
  let first: ChosenProvider | null = null;
  try {
    first = chooseProvider({ settings, variables, ollama: null });
    if (first.choice.protocol !== "builtin" || settings.provider) return first;
  } catch (error) {
    const isOllama = settings.provider?.value === "ollama" ||
      settings.providers.some((one) =>
        one.name === settings.provider?.value && one.protocol === "ollama"
      );
    if (!isOllama) throw error;
  }
  const baseUrl = settings.apiBase?.value ??
    settings.providers.find((one) => one.protocol === "ollama")?.apiBase?.value ??
    ollamaAddress(variables);
  const models = await askOllama(baseUrl, form);
  if (!models && first) return first;
  return chooseProvider({ settings, variables, ollama: models ? { models } : null });
}

/** Models of the Ollama at this address; null when nothing answers there. */
export async function askOllama(baseUrl: string, form: Form): Promise<string[] | null> {
  if (!URL.canParse(baseUrl)) return null;
  const [hostname = "", port = ""] = splitHost(providerHost(baseUrl));
  // A refused connection is known in a millisecond; only then is a thread worth its start.
  const socket = await Deno.connect({ hostname, port: Number(port) }).catch(() => null);
  if (!socket) return null;
  socket.close();
  const choice = { name: "ollama", protocol: "ollama", baseUrl, why: "", keySource: null } as const;
  try {
    const signal = AbortSignal.timeout(OLLAMA_LIMIT_MS + 1_000);
    const models = await askService(
      { choice, key: null },
      form,
      (client) => client.models({ signal, timeoutMs: OLLAMA_LIMIT_MS }),
    );
    return models.map((model) => model.id);
  } catch {
    return null;
  }
}

function splitHost(host: string): string[] {
  const at = host.lastIndexOf(":");
  return [host.slice(0, at).replace(/^\[|\]$/g, ""), host.slice(at + 1)];
}

/** A chosen provider; its thread may be loading already. `thread` null: the built-in assistant. */
export interface BegunProvider {
  readonly chosen: ChosenProvider;
  /** What it was chosen from; other models are chosen beside it. Holds keys. */
  readonly inputs: ChoiceInputs;
  readonly thread: ProviderThread | null;
}

/**
 * Chooses the provider and starts its thread, which needs nothing of the rest of ward: an SDK
 * takes as long to load as the database to open. Where a cap may have been reached the thread
 * waits for the first call that the ledger lets through.
 *
 * @throws {UsageError} What is wrong with the choice.
 */
export async function beginProvider(start: ProcessStart): Promise<BegunProvider> {
  const { providerInputs, environment, form, settings } = start;
  const chosen = await findProvider(providerInputs, environment.variables, form);
  await checkTyped(chosen, start);
  const thread = providerThread(chosen, form);
  if (!hasSharedCaps(settings.budget)) thread?.start();
  const inputs = { settings: providerInputs, variables: environment.variables, ollama: null };
  return { chosen, inputs, thread };
}

/**
 * Checks a model that was typed for this very start against its service's list. A service that
 * gives none is asked for the model as it is.
 *
 * @throws {UsageError} `provider.unknown_model`.
 */
async function checkTyped(
  { choice, key, modelFrom }: ChosenProvider,
  { form, providerInputs, settings: { home } }: ProcessStart,
): Promise<void> {
  if (modelFrom !== "flag" || choice.protocol === "builtin") return;
  const provider = { choice, key };
  if (isListed(choice.model, keptModelIds(provider, home))) return;
  const [asked] = await listModels([provider], { home, form, refresh: true });
  const listed = asked?.list?.models.map(({ id }) => id) ?? [];
  checkModel(choice.model, listed, choice.name, providerNames(providerInputs));
}

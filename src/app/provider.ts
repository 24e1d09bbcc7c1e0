/** Which provider answers, and its thread. */
import { askService } from "./models/ask_service.ts";
import { checkListed } from "./models/check_listed.ts";
import { type ProviderThread, providerThread } from "./models/provider_thread.ts";
import type { Form } from "./start/code_base.ts";
import type { ProcessStart } from "./start/process.ts";
import { hasSharedCaps } from "../kernel/budget/with_budget.ts";
import type { ChosenProvider } from "../kernel/models/providers/candidate.ts";
import { chooseProvider, refuseStandIn } from "../kernel/models/providers/choose_provider.ts";
import { type Choice, isPinned } from "../kernel/models/roles.ts";
import {
  LM_STUDIO_ADDRESS,
  ollamaAddress,
  providerHost,
} from "../kernel/models/providers/provider_table.ts";
import type { ProviderInputs } from "../kernel/settings/resolve.ts";
import type { ServiceProtocol } from "../model/settings.ts";

/** How long a service of this machine may take to list its models. */
const LOCAL_LIMIT_MS = 300;

/**
 * Chooses the provider. Ollama and LM Studio are asked only when nothing else is set up, or when
 * one of them was chosen without a model.
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
    const named = settings.provider?.value;
    const isLocal = named === "ollama" || named === "lmstudio" ||
      settings.providers.some((one) => one.name === named && one.protocol === "ollama");
    if (!isLocal) throw error;
  }
  const { ollama, lmStudio } = await askLocal(settings, variables, form);
  if (!ollama && !lmStudio && first) return first;
  return chooseProvider({ settings, variables, ollama, lmStudio });
}

/** Models of one service. */
type Models = { readonly models: readonly string[] } | null;

/** Models of the services of this machine that take no key. */
export async function askLocal(
  settings: Pick<ProviderInputs, "apiBase" | "providers">,
  variables: Readonly<Record<string, string>>,
  form: Form,
): Promise<{ ollama: Models; lmStudio: Models }> {
  const inFile = (is: (one: ProviderInputs["providers"][number]) => boolean) =>
    settings.providers.find(is)?.apiBase?.value;
  const ollamaAt = settings.apiBase?.value ?? inFile((one) => one.protocol === "ollama") ??
    ollamaAddress(variables);
  const lmStudioAt = inFile((one) => one.name === "lmstudio") ?? LM_STUDIO_ADDRESS;
  const [ollama, lmStudio] = await Promise.all([
    askOllama(ollamaAt, form),
    askModels("lmstudio", lmStudioAt, "openai", form),
  ]);
  return { ollama: ollama && { models: ollama }, lmStudio: lmStudio && { models: lmStudio } };
}

/** Models of the Ollama at this address; null when nothing answers there. */
export function askOllama(baseUrl: string, form: Form): Promise<string[] | null> {
  return askModels("ollama", baseUrl, "ollama", form);
}

async function askModels(
  name: string,
  baseUrl: string,
  protocol: ServiceProtocol,
  form: Form,
): Promise<string[] | null> {
  if (!URL.canParse(baseUrl)) return null;
  const [hostname = "", port = ""] = splitHost(providerHost(baseUrl));
  // A refused connection is known in a millisecond; only then is a thread worth its start.
  const socket = await Deno.connect({ hostname, port: Number(port) }).catch(() => null);
  if (!socket) return null;
  socket.close();
  const choice = { name, protocol, baseUrl, why: "", keySource: null };
  try {
    const signal = AbortSignal.timeout(LOCAL_LIMIT_MS + 1_000);
    const models = await askService(
      { choice, key: null, login: null },
      form,
      (client) => client.models({ signal, timeoutMs: LOCAL_LIMIT_MS }),
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
export interface BegunProvider extends Choice {
  readonly thread: ProviderThread | null;
  /** Where threads of other providers come from. @default {a new one each} */
  readonly threadOf?: ThreadMaker | undefined;
}

/** Makes the thread of a provider; null for the built-in assistant. */
export type ThreadMaker = (chosen: ChosenProvider, form: Form) => ProviderThread | null;

/**
 * Chooses the provider and starts its thread, which needs nothing of the rest of ward: an SDK
 * takes as long to load as the database to open. Where a cap may have been reached the thread
 * waits for the first call that the ledger lets through.
 *
 * @param options `auto`: a model that was named for this start pins nothing. @default {false}
 *   `threadOf`: where threads come from. @default {a new one each}
 * @throws {UsageError} What is wrong with the choice.
 */
export async function beginProvider(
  start: ProcessStart,
  { auto = false, threadOf }: { auto?: boolean; threadOf?: ThreadMaker | undefined } = {},
): Promise<BegunProvider> {
  const { providerInputs, environment, form, settings } = start;
  const chosen = await findNamed(start);
  const thread = (threadOf ?? providerThread)(chosen, form);
  if (!hasSharedCaps(settings.budget)) thread?.start();
  const inputs = { settings: providerInputs, variables: environment.variables, ollama: null };
  return { chosen, inputs, isPinned: !auto && isPinned(inputs, chosen), thread, threadOf };
}

/**
 * As {@linkcode findProvider}; a model that was named for this start is held to its name.
 *
 * @throws {UsageError} What is wrong with the choice.
 */
export async function findNamed(start: ProcessStart): Promise<ChosenProvider> {
  const { providerInputs, environment, form } = start;
  const chosen = await findProvider(providerInputs, environment.variables, form);
  refuseStandIn(chosen, providerInputs);
  if (chosen.modelFrom === "flag") await checkListed([chosen], start);
  return chosen;
}

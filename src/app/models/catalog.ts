/** Lists of models: asked of each service through its own thread, kept on the disk for an hour. */
import type { Form } from "../start/code_base.ts";
import { askService } from "./ask_service.ts";
import { problemOf } from "../doctor/problem_of.ts";
import { keepModelLists, readModelLists } from "../../host/files/model_cache.ts";
import { systemClock } from "../../host/process/system.ts";
import { providerHost } from "../../kernel/models/providers/provider_table.ts";
import type { SetUpProvider } from "../../kernel/models/providers/set_up_providers.ts";
import type { ListedModel, ModelList } from "../../model/services/catalog.ts";

/** How long a list counts as the service's own of today. */
const FRESH_MS = 3_600_000;

/** Longest wait for one service. */
const TIMEOUT_MS = 5_000;

/** The list of one provider, or why there is none. */
export interface ProviderModels {
  readonly provider: SetUpProvider;
  /** null: it was not reached and no earlier list is kept. */
  readonly list: ModelList | null;
  /** Why it was not asked with success now, in a sentence; null: it was, or the list is fresh. */
  readonly problem: string | null;
}

/**
 * Lists of providers, side by side.
 *
 * @param options `refresh`: ask also where a fresh list is kept. `keep`: write new lists to the
 * disk. @default {true}
 */
export async function listModels(
  providers: readonly SetUpProvider[],
  options: {
    readonly home: string;
    readonly form: Form;
    readonly refresh: boolean;
    readonly keep?: boolean;
  },
): Promise<ProviderModels[]> {
  const kept = readModelLists(options.home);
  const added: Record<string, ModelList> = {};
  const all = await Promise.all(providers.map(async (provider): Promise<ProviderModels> => {
    const key = cacheKey(provider);
    const old = Object.hasOwn(kept, key) ? kept[key]! : null;
    const nowMs = systemClock.now();
    const isFresh = old !== null && nowMs - old.atMs < FRESH_MS && nowMs >= old.atMs;
    if (isFresh && !options.refresh) return { provider, list: old, problem: null };
    const asked = await ask(provider, options.form);
    if (!Array.isArray(asked)) return { provider, list: old, problem: asked.problem };
    const list = { atMs: nowMs, models: asked };
    added[key] = list;
    return { provider, list, problem: null };
  }));
  if (options.keep ?? true) keepModelLists(options.home, added);
  return all;
}

/** Ids that are kept of a provider, however old; empty: none. */
export function keptModelIds(provider: SetUpProvider, home: string): readonly string[] {
  const kept = readModelLists(home);
  const key = cacheKey(provider);
  return Object.hasOwn(kept, key) ? kept[key]!.models.map((model) => model.id) : [];
}

async function ask(
  provider: SetUpProvider,
  form: Form,
): Promise<ListedModel[] | { problem: string }> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS * 2);
    const models = await askService(
      provider,
      form,
      (client) => client.models({ signal, timeoutMs: TIMEOUT_MS }),
    );
    // Any page at all can look like an empty list to the SDKs.
    return models.length > 0 ? models : { problem: "it lists no models" };
  } catch (error) {
    return { problem: problemOf(error).message };
  }
}

/** Another address is another service, also under the same name. */
function cacheKey({ choice }: SetUpProvider): string {
  return `${choice.name}@${providerHost(choice.baseUrl)}`;
}

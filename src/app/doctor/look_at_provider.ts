import type { ModelClient } from "../../compartments/models/client.ts";
import type { Problem, ProviderFacts } from "../../kernel/doctor/facts.ts";
import type { ChosenProvider } from "../../kernel/models/providers/candidate.ts";
import { chooseProvider, refuseStandIn } from "../../kernel/models/providers/choose_provider.ts";
import { checkModel } from "../../kernel/models/check_model.ts";
import { providerNames } from "../../kernel/models/providers/model_ref.ts";
import { ollamaAddress, providerHost } from "../../kernel/models/providers/provider_table.ts";
import type { Form } from "../start/code_base.ts";
import type { ProcessStart } from "../start/process.ts";
import { askService } from "../models/ask_service.ts";
import { askOllama, findProvider } from "../provider.ts";
import { problemOf } from "./problem_of.ts";

/** Longest wait for one answer of a service. */
const TIMEOUT_MS = 15_000;

/** Failures that a service without a list of models may answer with. */
const HAS_NO_LIST = ["model.not_found", "model.rejected", "model.malformed"];

/**
 * Finds the choice and asks its service through its own thread.
 *
 * @param start Null while the configuration is broken: then there is no choice.
 * @param options `offline`: ask nobody.
 */
export async function lookAtProvider(
  start: ProcessStart | null,
  options: { offline: boolean; form: Form; variables: Readonly<Record<string, string>> },
): Promise<Omit<ProviderFacts, "keys" | "savedProblems" | "logins">> {
  const { offline, form, variables } = options;
  const none = {
    choice: null,
    problem: null,
    host: null,
    reach: { type: "skipped" },
    ollama: null,
  } as const;
  if (!start) return none;
  let chosen: ChosenProvider;
  try {
    chosen = offline
      ? chooseProvider({ settings: start.providerInputs, variables, ollama: null })
      : await findProvider(start.providerInputs, variables, form);
    if (!offline) refuseStandIn(chosen, start.providerInputs);
  } catch (error) {
    const problem = problemOf(error);
    // Which models Ollama has is not known without asking it.
    if (offline && problem.code === "provider.no_model") return none;
    return { ...none, problem };
  }
  const isService = chosen.choice.protocol !== "builtin";
  const choice = offline && !isService && !start.providerInputs.provider
    ? { ...chosen.choice, why: "no key was found; Ollama was not asked (--offline)" }
    : chosen.choice;
  const reached: ProviderFacts["reach"] = chosen.login?.state === "due"
    ? { type: "skipped", isLoginDue: true }
    : isService && !offline
    ? await reach(chosen, form)
    : { type: "skipped" };
  const typo = typoIn(chosen, reached, providerNames(start.providerInputs));
  if (typo !== null) return { ...none, problem: typo };
  return {
    ...none,
    choice,
    host: isService ? providerHost(choice.baseUrl) : null,
    reach: reached,
    ollama: offline || choice.protocol === "ollama"
      ? null
      : await lookAtOllama(ollamaAddress(variables), form),
  };
}

/** What is wrong with a model that was typed for this look; null: nothing, as far as is known. */
function typoIn(
  { choice, modelFrom }: ChosenProvider,
  reached: ProviderFacts["reach"],
  names: readonly string[],
): Problem | null {
  if (modelFrom !== "flag" || reached.type !== "reached" || reached.models === null) return null;
  try {
    checkModel(choice.model, reached.models, choice.name, names);
    return null;
  } catch (error) {
    return problemOf(error);
  }
}

/**
 * Asks a service for its models, which costs nothing; where it has no such list, for a word.
 *
 * @param timeoutMs For each of both.
 */
export async function reach(
  { choice, key, login }: Pick<ChosenProvider, "choice" | "key" | "login">,
  form: Form,
  timeoutMs: number = TIMEOUT_MS,
): Promise<ProviderFacts["reach"]> {
  const { protocol, model } = choice;
  if (protocol === "builtin") return { type: "skipped" };
  try {
    return await askService({ choice, key, login }, form, async (client) => {
      const models = await listModels(client, timeoutMs);
      if ("code" in models && !HAS_NO_LIST.includes(models.code)) {
        return { type: "failed", problem: models };
      }
      // Any page at all can look like an empty list to the SDKs.
      const isList = !("code" in models) && (models.length > 0 || protocol === "ollama");
      if (isList) return { type: "reached", models };
      const failure = await askForAWord(client, model, timeoutMs);
      return failure ? { type: "failed", problem: failure } : { type: "reached", models: null };
    });
  } catch (error) {
    return { type: "failed", problem: problemOf(error) };
  }
}

async function listModels(
  client: ModelClient,
  timeoutMs: number,
): Promise<readonly string[] | Problem> {
  try {
    const models = await client.models({ signal: AbortSignal.timeout(timeoutMs * 2), timeoutMs });
    return models.map((model) => model.id);
  } catch (error) {
    return problemOf(error);
  }
}

async function askForAWord(
  client: ModelClient,
  model: string,
  timeoutMs: number,
): Promise<Problem | null> {
  const request = {
    model,
    system: "",
    messages: [{ role: "user" as const, text: "Say ok" }],
    tools: [],
    maxOutputTokens: 16,
  };
  for await (const event of client.stream(request, { signal: AbortSignal.timeout(timeoutMs) })) {
    if (event.type === "failed") {
      const { code, message, hint = null } = event.failure;
      return code === "model.cancelled"
        ? { code: "model.timeout", message: "No answer within the time limit", hint }
        : { code, message, hint };
    }
    if (event.type !== "usage") return null;
  }
  return null;
}

async function lookAtOllama(
  baseUrl: string,
  form: Form,
): Promise<{ host: string; models: number | null }> {
  const models = await askOllama(baseUrl, form);
  return { host: providerHost(baseUrl), models: models?.length ?? null };
}

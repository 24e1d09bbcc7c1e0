/** Rows of a menu of models. */
import type { ProviderModels } from "./catalog.ts";
import { modelFacts, modelWords } from "../../kernel/models/describe_model.ts";
import { revealHidden } from "../../surfaces/cli/sanitize_terminal.ts";
import type { MenuItem } from "../../surfaces/prompts/menu.ts";

/** Every listed model by `provider/model`, with window, price and abilities. */
export function modelItems(lists: readonly ProviderModels[]): MenuItem<string>[] {
  return lists.flatMap(({ provider: { choice }, list }) =>
    (list?.models ?? []).map((model) => {
      const facts = modelFacts(choice, model);
      return { value: facts.ref, label: facts.ref, detail: modelWords(facts) };
    })
  );
}

/** Services that gave no list, a line each, for people. */
export function withoutList(lists: readonly ProviderModels[]): string[] {
  return lists.filter(({ list }) => list === null)
    .map(({ provider: { choice }, problem }) =>
      `! ${choice.name} gives no list: ${revealHidden(problem ?? "")}\n`
    );
}

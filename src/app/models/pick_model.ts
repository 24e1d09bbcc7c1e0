/** `--model ?`: a menu of every model that can be used now. */
import type { CommandContext } from "../commands/context.ts";
import { prompterOf } from "../prompting.ts";
import type { ProcessStart } from "../start/process.ts";
import { foundProviders } from "./found_providers.ts";
import { listModels } from "./catalog.ts";
import { modelItems, withoutList } from "./model_items.ts";
import { UsageError } from "../../base/app_error.ts";

/**
 * Asks for a model.
 *
 * @returns `provider/model`, or `builtin`.
 * @throws {UsageError} `cli.missing_argument` where nobody can be asked.
 * @throws {StoppedError} When the person leaves the menu.
 */
export async function pickModel(start: ProcessStart, context: CommandContext): Promise<string> {
  const prompter = prompterOf(context);
  if (!prompter) {
    throw new UsageError("cli.missing_argument", "Cannot ask for the model: here is no terminal", {
      hint: "Give one as provider/model; `ward models` lists them",
    });
  }
  const providers = await foundProviders(start, null);
  const { form, settings: { home } } = start;
  const lists = await listModels(providers, { home, form, refresh: false });
  for (const line of withoutList(lists)) context.stderr.write(line);
  return await prompter.choose({
    title: "Model",
    items: [...modelItems(lists), {
      value: "builtin",
      label: "builtin",
      detail: "no language model, free",
    }],
  });
}

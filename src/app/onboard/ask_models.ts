/** Asks which model answers, and which ones do some work of their own. */
import { OTHER, SKIP } from "./menu_values.ts";
import type { ProfileContext } from "../commands/context.ts";
import { listModels, type ProviderModels } from "../models/catalog.ts";
import { foundProviders } from "../models/found_providers.ts";
import { modelItems, withoutList } from "../models/model_items.ts";
import type { ProcessStart } from "../start/process.ts";
import { UsageError } from "../../base/app_error.ts";
import type { OnboardAnswers } from "../../kernel/settings/onboard_plan.ts";
import type { FileSettings } from "../../kernel/settings/schema/schema.ts";
import type { MenuItem } from "../../surfaces/prompts/menu.ts";
import type { Prompter } from "../../surfaces/prompts/prompter.ts";

const TYPE: MenuItem<string> = {
  value: OTHER,
  label: "another one",
  detail: "type its name",
  isAlways: true,
};

/**
 * Asks for the model of a provider: from what its service lists, or typed.
 *
 * @param asked `today`: the model in force, or the usual one; empty: there is none. `mayLogIn`:
 * false where a service whose login is due is not asked, because that would renew it.
 * @returns The model's id; null: leave it.
 */
export async function askModel(
  prompter: Prompter,
  context: ProfileContext,
  { provider, today, start, mayLogIn }: {
    provider: string;
    today: string;
    start: ProcessStart;
    mayLogIn: boolean;
  },
): Promise<string | null> {
  const lists = await listsOf(start, { provider, mayLogIn }, context);
  const idOf = (ref: string) => ref.slice(`${provider}/`.length);
  const models = modelItems(lists).map((item) => ({ ...item, label: idOf(item.label) }));
  const leave = { value: SKIP, label: "leave it", detail: today };
  if (models.length > 0) {
    const chosen = await prompter.choose({
      title: "Model",
      items: [...today === "" ? [] : [leave], ...models, TYPE],
    });
    if (chosen === SKIP || idOf(chosen) === today) return null;
    if (chosen !== OTHER) return idOf(chosen);
  }
  const typed = await prompter.text({
    title: today === "" ? "Model" : "Model (empty: leave it)",
    initial: today,
    check: (text) => text === "" && today === "" ? "It needs a name" : null,
  });
  return typed === "" || typed === today ? null : typed;
}

/** Roles that are asked about, and what for; the others follow them. */
const ASKED_ROLES = [
  ["fast", "greetings and lookups"],
  ["smart", "code and work of many steps"],
  ["small", "summaries"],
] as const;

const SAME = "same as primary";

/**
 * Asks for models of their own for some work.
 *
 * @param asked `primary`: `provider/model` that answers otherwise. `start`: finds the providers
 * whose models can be taken. `mayLogIn`: as at {@linkcode askModel}.
 */
export async function askRoles(
  prompter: Prompter,
  context: ProfileContext,
  { file, primary, start, mayLogIn }: {
    file: FileSettings;
    primary: string;
    start(): Promise<ProcessStart>;
    mayLogIn: boolean;
  },
): Promise<OnboardAnswers["roles"]> {
  const today = ASKED_ROLES.flatMap(([role]) =>
    file.roles[role] === undefined ? [] : [`${role}: ${file.roles[role]}`]
  ).join(", ");
  const usual = "one for all; summaries by the service's small one";
  const chosen = await prompter.choose({
    title: "Models for some work",
    items: [
      { value: SKIP, label: "leave them", detail: today === "" ? usual : today },
      { value: OTHER, label: "choose some", detail: "another one for easy, hard or small work" },
    ],
  });
  if (chosen === SKIP) return null;
  const models = modelItems(await listsOf(await start(), { provider: null, mayLogIn }, context));
  const roles: Record<string, string | null> = {};
  for (const [role, work] of ASKED_ROLES) {
    const set = file.roles[role];
    const follows = role !== "small";
    const leave = set ?? (follows ? null : "the service's small one");
    const model = await prompter.choose({
      title: `${role}, for ${work}`,
      items: [
        ...leave === null ? [] : [{ value: SKIP, label: "leave it", detail: leave }],
        { value: SAME, label: SAME, detail: primary },
        ...models,
        TYPE,
      ],
    });
    if (model === SKIP) continue;
    if (model === SAME) {
      // A role that follows is as the primary one when nothing is set.
      if (!follows) roles[role] = primary;
      else if (set !== undefined) roles[role] = null;
      continue;
    }
    const typed = model === OTHER
      ? await prompter.text({ title: `${role}, as provider/model (empty: leave it)` })
      : model;
    if (typed !== "") roles[role] = typed;
  }
  return roles;
}

/** The lists of one provider, or of all that are set up; a service without one is told of. */
async function listsOf(
  start: ProcessStart,
  { provider, mayLogIn }: { provider: string | null; mayLogIn: boolean },
  { stderr }: ProfileContext,
): Promise<readonly ProviderModels[]> {
  try {
    const { form, settings: { home } } = start;
    const providers = (await foundProviders(start, provider))
      .filter(({ login }) => mayLogIn || login?.state !== "due");
    const lists = await listModels(providers, { home, form, refresh: false, keep: false });
    for (const line of withoutList(lists)) stderr.write(line);
    return lists;
  } catch (error) {
    // It has no key yet; that is told before anything is written.
    if (error instanceof UsageError) return [];
    throw error;
  }
}

/**
 * Which model does what. Pure.
 *
 * A role that is not set takes the model of the one it stands in for; a model that was named for
 * this very start, by a flag or a variable, takes the place of all that answer.
 */
import { UsageError } from "../../base/app_error.ts";
import { billedAs } from "./prices/cost.ts";
import type { ChoiceInputs, ChosenProvider } from "./providers/candidate.ts";
import { chooseByRef } from "./providers/choose_ref.ts";

/** What models are used for. */
export const ROLES = [
  "executor",
  "primary",
  "fast",
  "smart",
  "small",
  "evaluator",
  "planner",
  "embedder",
] as const;

/** One of {@linkcode ROLES}. */
export type Role = typeof ROLES[number];

/** A role with its model. Holds a key: never log or store it. */
export interface RoleChoice {
  readonly role: Role;
  /** null: there is none. */
  readonly chosen: ChosenProvider | null;
  /** Where it comes from, for people. */
  readonly from: string;
  /** Why what was set for it cannot be used; null: nothing is wrong. */
  readonly problem: string | null;
}

/** All roles. */
export type Roles = Readonly<Record<Role, RoleChoice>>;

/** Cheap models of services, for what needs no large one; only at a service's own address. */
const SMALL_MODELS: Readonly<Record<string, string>> = {
  anthropic: "claude-haiku-5-5",
  openai: "gpt-5-mini",
  google: "gemini-flash-lite-latest",
  groq: "openai/gpt-oss-20b",
  mistral: "mistral-small-latest",
  together: "openai/gpt-oss-20b",
  deepseek: "deepseek-chat",
};

/** A choice with what it was made from. Holds keys. */
export interface Choice {
  readonly chosen: ChosenProvider;
  /** Other models are chosen beside it. */
  readonly inputs: ChoiceInputs;
  /** It takes the place of all that answer. */
  readonly isPinned: boolean;
}

/** Whether the choice was named for this very start, and so is not routed away from. */
export function isPinned({ settings }: ChoiceInputs, { modelFrom }: ChosenProvider): boolean {
  const sources = [modelFrom, settings.provider?.source, settings.apiBase?.source];
  return sources.some((source) => source === "flag" || source === "variable");
}

/**
 * Resolves every role.
 *
 * @param choice The model that answers where nothing else is said.
 * @param set What is set, by role.
 */
export function resolveRoles(
  { chosen, inputs, isPinned: pinned }: Choice,
  set: Readonly<Partial<Record<Role, string>>>,
): Roles {
  const current = chosen.choice.name;
  const role = (name: Role, otherwise: { chosen: ChosenProvider | null; from: string }) => {
    const ref = set[name];
    const from = `roles.${name} in config.toml`;
    const stand = { role: name, chosen: otherwise.chosen, from: otherwise.from, problem: null };
    const answers = ["executor", "primary", "fast", "smart"].includes(name);
    if (!ref || (pinned && answers)) return stand;
    try {
      return { ...stand, chosen: chooseByRef(ref, inputs, { current, from }), from };
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      return { ...stand, problem: `${from}: ${error.message}` };
    }
  };
  const as = (other: RoleChoice) => ({ chosen: other.chosen, from: `as ${other.role}` });
  const executor = role("executor", { chosen, from: "as chosen" });
  const primary = role("primary", as(executor));
  const fast = role("fast", as(primary));
  const small = role("small", smallOf(inputs, primary, fast));
  return {
    executor,
    primary,
    fast,
    smart: role("smart", as(primary)),
    small,
    evaluator: role("evaluator", as(executor)),
    planner: role("planner", as(executor)),
    embedder: role("embedder", { chosen: null, from: "not set" }),
  };
}

function smallOf(
  inputs: ChoiceInputs,
  primary: RoleChoice,
  fast: RoleChoice,
): { chosen: ChosenProvider | null; from: string } {
  const isSet = fast.chosen !== primary.chosen;
  const choice = primary.chosen?.choice;
  const model = choice && billedAs(choice) === choice.name ? SMALL_MODELS[choice.name] : undefined;
  if (isSet || choice === undefined || model === undefined) {
    return { chosen: fast.chosen, from: `as ${isSet ? "fast" : "primary"}` };
  }
  const from = `the small model of ${choice.name}`;
  return { chosen: chooseByRef(`${choice.name}/${model}`, inputs, { current: null, from }), from };
}

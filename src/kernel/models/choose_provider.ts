/**
 * Which model service is used, and why. Pure.
 *
 * Order: flag, variables, file, keys found in variables by {@linkcode KNOWN_PROVIDERS}, saved keys,
 * Ollama on this machine, the built-in assistant. What was chosen explicitly is never replaced by another.
 *
 * Invariant: a key goes only to the address it was given with. See {@linkcode keyFor}.
 */
import { UsageError } from "../../base/app_error.ts";
import {
  type ProviderChoice,
  type ProviderProtocol,
  SERVICE_PROTOCOLS,
  type SettingSource,
} from "../../model/settings.ts";
import { nearest } from "../settings/nearest.ts";
import type { ProviderInputs, Sourced } from "../settings/resolve.ts";
import { providerNames, withRefApart } from "./model_ref.ts";
import { addressOf, protocolAt, traitsAt } from "./provider_address.ts";
import { type General, keyFor, keyNames, type Named, needsKey } from "./provider_key.ts";
import {
  keyInVariables,
  KNOWN_PROVIDERS,
  type KnownProvider,
  ollamaAddress,
  providerHost,
} from "./provider_table.ts";

/** What the choice works from. Holds keys: never log or store it. */
export interface ChoiceInputs {
  readonly settings: ProviderInputs;
  /** The variables that ward took at its start, at least `PROVIDER_VARIABLES`. */
  readonly variables: Readonly<Record<string, string>>;
  /** Models of the Ollama on this machine; null: it was not asked or did not answer. */
  readonly ollama: { readonly models: readonly string[] } | null;
}

/** One provider that was looked at, for `status`. */
export interface ConsideredProvider {
  readonly name: string;
  readonly usable: boolean;
  readonly why: string;
}

/** The chosen provider. Holds its key: never log or store it. */
export interface ChosenProvider {
  readonly choice: ProviderChoice;
  readonly key: string | null;
  /** Variable that the key came from, or null. */
  readonly keyVariable: string | null;
  /** Where the model was named; `default`: nowhere. */
  readonly modelFrom: SettingSource;
  readonly considered: readonly ConsideredProvider[];
}

/**
 * Chooses the provider.
 *
 * @throws {UsageError} `provider.unknown`, `provider.no_protocol`, `provider.no_address`,
 * `provider.no_key`, `provider.no_model`, `provider.key_without_provider`,
 * `provider.invalid_address`.
 */
export function chooseProvider(given: ChoiceInputs): ChosenProvider {
  const inputs = { ...given, settings: withRefApart(given.settings) };
  const { provider, apiBase, apiKey } = inputs.settings;
  if (provider) {
    const why = `chosen by ${provider.from}`;
    if (provider.value === "builtin") return builtin(why, []);
    return candidate(findProvider(provider.value, inputs), inputs, why, generalValues(inputs));
  }
  if (apiBase) {
    const why = `an address is set by ${apiBase.from}`;
    return candidate(findProvider("openai", inputs), inputs, why, generalValues(inputs));
  }
  if (apiKey) {
    throw new UsageError(
      "provider.key_without_provider",
      `Cannot use the key of ${apiKey.from}: it is not said for which service`,
      { hint: "Set WARD_PROVIDER or WARD_API_BASE too" },
    );
  }
  return chooseUnasked(inputs);
}

function findProvider(name: string, { settings }: ChoiceInputs): Named {
  const known = KNOWN_PROVIDERS.find((one) => one.name === name) ?? null;
  const configured = settings.providers.find((one) => one.name === name) ?? null;
  if (known || configured) return { name, known, configured };
  const names = providerNames(settings);
  const near = nearest(name, names);
  throw new UsageError(
    "provider.unknown",
    `Cannot use the provider "${name}": no such name` + (near ? `; did you mean "${near}"?` : ""),
    { hint: `Use one of ${names.join(", ")}, or add [providers.${name}] to config.toml` },
  );
}

/**
 * The general settings that belong to the chosen provider. One named by a flag or a variable is
 * not the one that the file's (or the variables') key and address were written for.
 */
function generalValues({ settings, variables }: ChoiceInputs): General {
  const { provider } = settings;
  const named = variables["WARD_PROVIDER"]?.trim();
  const belongs = (one: Sourced | null): Sourced | null => {
    if (!one || !provider || provider.source === "file") return one;
    if (one.source === "file") return null;
    const ofAnother = provider.source === "flag" && one.source === "variable" && named &&
      named !== provider.value;
    return ofAnother ? null : one;
  };
  return {
    model: belongs(settings.model),
    apiBase: belongs(settings.apiBase),
    apiKey: belongs(settings.apiKey),
  };
}

/** The choice of a named provider with all its parts. */
function candidate(
  named: Named,
  inputs: ChoiceInputs,
  why: string,
  general: General,
): ChosenProvider {
  const { name, known, configured } = named;
  if (!configured?.protocol && !known) {
    throw new UsageError("provider.no_protocol", `Cannot use the provider "${name}": no protocol`, {
      hint: `Add protocol = "openai" or another of ${
        SERVICE_PROTOCOLS.join(", ")
      } to [providers.${name}]`,
    });
  }
  const address = addressOf(named, inputs.variables, general);
  const protocol = protocolAt(named, address.value);
  const key = keyFor(named, address, inputs, general);
  if (!key && needsKey(named, address.value)) {
    throw new UsageError("provider.no_key", `Cannot use the provider "${name}": it has no key`, {
      hint: `Save one: ward secrets set ${name}; or set ${keyNames(named, address)}`,
    });
  }
  const unsentKey = known && !key ? keyInVariables(known, inputs.variables) : null;
  const unsent = unsentKey
    ? `; ${unsentKey.name} is not sent to this address, set WARD_API_KEY to send a key`
    : "";
  const model = modelOf(named, protocol, inputs, general);
  const choice: ProviderChoice = {
    name,
    protocol,
    traits: traitsAt(named, address.value),
    baseUrl: address.value,
    model: model.value,
    why: why + unsent,
    keySource: key?.from ?? null,
  };
  const keyVariable = /^variable (\w+)/.exec(key?.from ?? "")?.[1] ?? null;
  return {
    choice,
    key: key?.value ?? null,
    keyVariable,
    modelFrom: model.source,
    considered: [{ name, usable: true, why: choice.why }],
  };
}

function modelOf(
  { name, known, configured }: Named,
  protocol: ProviderProtocol,
  inputs: ChoiceInputs,
  general: General,
): Pick<Sourced, "value" | "source"> {
  // A model in the provider's own table is more exact than the file's general one.
  const fromStart = general.model?.source === "file" ? null : general.model;
  const named = fromStart ?? configured?.model ?? general.model;
  if (named) return named;
  const value = known?.defaultModel ?? (protocol === "ollama" ? firstChatModel(inputs) : null);
  if (value) return { value, source: "default" };
  throw new UsageError("provider.no_model", `Cannot use the provider "${name}": no model`, {
    hint: protocol === "ollama"
      ? "Start Ollama and pull a model, or set WARD_MODEL"
      : `Set WARD_MODEL, or model of [providers.${name}] in config.toml`,
  });
}

function firstChatModel({ ollama }: ChoiceInputs): string | null {
  return ollama?.models.find((name) => !/embed|minilm|\bbge\b/i.test(name)) ?? null;
}

/** Nothing was chosen: the file's providers, then found keys, then Ollama. */
function chooseUnasked(inputs: ChoiceInputs): ChosenProvider {
  const considered: ConsideredProvider[] = [];
  for (const [named, why] of candidates(inputs)) {
    const unusable = whyUnusable(named, inputs);
    if (unusable === null) {
      const chosen = candidate(named, inputs, why, generalValues(inputs));
      return { ...chosen, considered: [...considered, ...chosen.considered] };
    }
    considered.push({ name: named.name, usable: false, why: unusable });
  }
  return builtin("no key was found and no Ollama answers", considered);
}

function candidates({ settings, variables }: ChoiceInputs): [Named, string][] {
  const inFile = settings.providers.map((configured): [Named, string] => [
    { name: configured.name, configured, known: knownBy(configured.name) },
    `it is in config.toml as [providers.${configured.name}]`,
  ]);
  const names = new Set(settings.providers.map((one) => one.name));
  const whichOf = (known: KnownProvider) =>
    keyInVariables(known, variables)?.name ??
      [known.baseVariable].find((name) => name && variables[name]);
  const found = KNOWN_PROVIDERS.filter((known) => !names.has(known.name))
    .map((known): [Named, string] => {
      const which = whichOf(known);
      return [
        { name: known.name, known, configured: null },
        which
          ? `${which} is set`
          : Object.hasOwn(settings.saved, known.name)
          ? "its key is saved"
          : known.protocol !== "ollama"
          ? "it may run on this machine"
          : `Ollama answers at ${providerHost(ollamaAddress(variables))}`,
      ];
    });
  // A variable is set for this very start: it comes before what was saved some time.
  const isOfVariable = ([{ known }]: [Named, string]) => known !== null && whichOf(known);
  return [
    ...inFile,
    ...found.filter(isOfVariable),
    ...found.filter((one) => !isOfVariable(one)),
  ];
}

function whyUnusable(named: Named, inputs: ChoiceInputs): string | null {
  const { known } = named;
  if (known?.protocol === "ollama" && inputs.ollama === null) {
    return named.configured?.model ? null : "it does not answer";
  }
  // A server at OPENAI_BASE_URL may take no key; the table alone is no sign that one is wanted.
  const isPointed = Boolean(known?.baseVariable && inputs.variables[known.baseVariable]);
  if (
    known?.keyVariable && !named.configured && !isPointed &&
    !keyInVariables(known, inputs.variables) &&
    !Object.hasOwn(inputs.settings.saved, named.name)
  ) {
    return `${known.keyVariable} is not set and no key is saved`;
  }
  try {
    candidate(named, inputs, "", generalValues(inputs));
    return null;
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
}

function knownBy(name: string): KnownProvider | null {
  return KNOWN_PROVIDERS.find((known) => known.name === name) ?? null;
}

function builtin(why: string, considered: readonly ConsideredProvider[]): ChosenProvider {
  const name = "builtin";
  return {
    choice: { name, protocol: "builtin", baseUrl: "", model: "", why, keySource: null },
    key: null,
    keyVariable: null,
    modelFrom: "default",
    considered: [...considered, { name, usable: true, why }],
  };
}

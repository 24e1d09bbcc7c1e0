/**
 * Which model service is used, and why. Pure.
 *
 * Order: flag, variables, file; then what is found: keys in variables, ward's own logins, logins of
 * other programs, keys in the keychain, keys in `secrets.enc`, Ollama and LM Studio on this machine,
 * the built-in assistant; each in the order of {@linkcode KNOWN_PROVIDERS}. What was chosen
 * explicitly is never replaced by another.
 *
 * Invariant: a key or token goes only to the address it was given with. See {@linkcode keyFor} and
 * {@linkcode loginFor}.
 */
import { UsageError } from "../../../base/app_error.ts";
import { nearest } from "../../settings/nearest.ts";
import type { Sourced } from "../../settings/resolve.ts";
import {
  candidate,
  type ChoiceInputs,
  type ChosenProvider,
  type ConsideredProvider,
} from "./candidate.ts";
import { loginsOf } from "./login_for.ts";
import { providerNames, withRefApart } from "./model_ref.ts";
import type { General, Named } from "./provider_key.ts";
import {
  keyInVariables,
  KNOWN_PROVIDERS,
  type KnownProvider,
  ollamaAddress,
  providerHost,
} from "./provider_table.ts";

/**
 * Chooses the provider.
 *
 * @throws {UsageError} `provider.unknown`, `provider.no_protocol`, `provider.no_address`,
 * `provider.no_key`, `provider.no_login`, `provider.no_model`, `provider.key_without_provider`,
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

/** Nothing was chosen: the file's providers, then what is found, by where it is found. */
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
  return builtin(NOTHING_FOUND, considered);
}

const NOTHING_FOUND = "no key and no login was found and no Ollama answers";

/**
 * Whoever names a model for this start wants that one, and no stand-in that knows no model.
 *
 * @throws {UsageError} `provider.none_for_model`.
 */
export function refuseStandIn(
  { choice }: ChosenProvider,
  settings: ChoiceInputs["settings"],
): void {
  const { model, provider } = settings;
  const isStandIn = choice.protocol === "builtin" && provider?.value !== "builtin";
  if (!isStandIn || !model || model.source === "file" || model.value === "builtin") return;
  const [first = "", ...rest] = model.value.split("/");
  const near = nearest(first, providerNames(settings));
  throw new UsageError(
    "provider.none_for_model",
    `Cannot use the model "${model.value}" of ${model.from}: ${NOTHING_FOUND}` +
      (near ? `; did you mean "${[near, ...rest].join("/")}"?` : ""),
    { hint: "Set a provider up with `ward onboard`, or name one: --model provider/model" },
  );
}

/** Every provider that could be used, in the order in which they are taken, and by what sign. */
export function usableInOrder(inputs: ChoiceInputs): { name: string; why: string }[] {
  return candidates(inputs).filter(([named]) => whyUnusable(named, inputs) === null)
    .map(([{ name }, why]) => ({ name, why }));
}

function candidates(inputs: ChoiceInputs): [Named, string][] {
  const { settings } = inputs;
  const inFile = settings.providers.map((configured): [Named, string] => [
    { name: configured.name, configured, known: knownBy(configured.name) },
    `it is in config.toml as [providers.${configured.name}]`,
  ]);
  const names = new Set(settings.providers.map((one) => one.name));
  const found = KNOWN_PROVIDERS.filter((known) => !names.has(known.name)).map((known) => {
    const { rank, why } = signOf(known, inputs);
    return { rank, row: [{ name: known.name, known, configured: null }, why] as [Named, string] };
  });
  // Stable: within a rank the table's order counts.
  return [...inFile, ...found.sort((a, b) => a.rank - b.rank).map(({ row }) => row)];
}

/** The best sign of a provider on this machine, and its rank: the smaller, the earlier. */
function signOf(known: KnownProvider, inputs: ChoiceInputs): { rank: number; why: string } {
  const { settings, variables, ollama, lmStudio } = inputs;
  const variable = keyInVariables(known, variables)?.name ??
    [known.baseVariable].find((name) => name && variables[name]);
  // A variable is set for this very start: it comes before what was made some time.
  if (variable) return { rank: 1, why: `${variable} is set` };
  const login = loginsOf({ known }, settings.logins)
    .find((one) => one.problem === null && !one.onlyNamed);
  if (login) return { rank: login.kind === "own" ? 2 : 3, why: `found ${login.from}` };
  const saved = Object.hasOwn(settings.saved, known.name) ? settings.saved[known.name] : undefined;
  if (saved) {
    return {
      rank: saved.from.startsWith("the keychain") ? 4 : 5,
      why: `its key is in ${saved.from}`,
    };
  }
  if (known.protocol === "ollama") {
    const host = providerHost(ollamaAddress(variables));
    return { rank: ollama ? 6 : 8, why: `Ollama answers at ${host}` };
  }
  if (known.name === "lmstudio" && known.baseUrl) {
    return { rank: lmStudio ? 7 : 8, why: `LM Studio answers at ${providerHost(known.baseUrl)}` };
  }
  return { rank: 8, why: "" };
}

function whyUnusable(named: Named, inputs: ChoiceInputs): string | null {
  const { known } = named;
  const { settings, variables } = inputs;
  if (known?.protocol === "ollama" && inputs.ollama === null) {
    return named.configured?.model ? null : "it does not answer";
  }
  if (known?.name === "lmstudio" && !named.configured && !inputs.lmStudio) {
    return "it does not answer";
  }
  const logins = loginsOf(named, settings.logins);
  const onlyNamed = logins.find((one) => one.onlyNamed);
  if (onlyNamed && !named.configured) {
    return `${onlyNamed.from} is used after provider = "${named.name}"`;
  }
  // A server at OPENAI_BASE_URL may take no key; the table alone is no sign that one is wanted.
  const isPointed = Boolean(known?.baseVariable && variables[known.baseVariable]);
  const hasLogin = logins.some((one) => one.problem === null);
  if (
    known?.keyVariable && !named.configured && !isPointed && !hasLogin &&
    !keyInVariables(known, variables) && !Object.hasOwn(settings.saved, named.name)
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
    login: null,
    keyVariable: null,
    modelFrom: "default",
    considered: [...considered, { name, usable: true, why }],
  };
}

/** A provider with all its parts: address, protocol, key or login, model. Pure. */
import { UsageError } from "../../../base/app_error.ts";
import {
  type ProviderChoice,
  type ProviderProtocol,
  SERVICE_PROTOCOLS,
  type SettingSource,
} from "../../../model/settings.ts";
import { ACCOUNTS } from "../../accounts/account_table.ts";
import type { FoundLogin } from "../../accounts/found_login.ts";
import type { ProviderInputs, Sourced } from "../../settings/resolve.ts";
import { addressOfLogin, loginFor, loginsOf } from "./login_for.ts";
import { addressOf, protocolAt, traitsAt } from "./provider_address.ts";
import { type General, keyFor, keyNames, type Named, needsKey } from "./provider_key.ts";
import { keyInVariables, type KnownProvider } from "./provider_table.ts";

/** What the choice works from. Holds keys: never log or store it. */
export interface ChoiceInputs {
  readonly settings: ProviderInputs;
  /** The variables that ward took at its start, at least `PROVIDER_VARIABLES`. */
  readonly variables: Readonly<Record<string, string>>;
  /** Models of the Ollama on this machine; null: it was not asked or did not answer. */
  readonly ollama: { readonly models: readonly string[] } | null;
  /** The same of LM Studio. @default null */
  readonly lmStudio?: { readonly models: readonly string[] } | null | undefined;
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
  /** Null: it takes none, or {@linkcode login} pays. */
  readonly key: string | null;
  /** The login that pays in place of a key. */
  readonly login: FoundLogin | null;
  /** Variable that the key came from, or null. */
  readonly keyVariable: string | null;
  /** Where the model was named; `default`: nowhere. */
  readonly modelFrom: SettingSource;
  readonly considered: readonly ConsideredProvider[];
}

/** The choice of a named provider with all its parts. */
export function candidate(
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
  const usual = addressOf(named, inputs, general);
  const { key, login } = paidBy(named, usual, inputs, general);
  const address = login ? addressOfLogin(named, usual, login) : usual;
  const protocol = protocolAt(named, address.value);
  const { settings } = inputs;
  const isKeyMissing = named.configured?.isKeyMissing ||
    (settings.isKeyMissing && settings.provider?.value === name);
  if (!key && !login && (isKeyMissing || needsKey(named, address.value))) {
    throw unpaid(named, address, inputs);
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
    keySource: login?.from ?? key?.from ?? null,
    ...(login ? { login: login.id } : {}),
  };
  const keyVariable = /^variable (\w+)/.exec(key?.from ?? "")?.[1] ?? null;
  return {
    choice,
    key: key?.value ?? null,
    login,
    keyVariable,
    modelFrom: model.source,
    considered: [{ name, usable: true, why: choice.why }],
  };
}

/** The key or the login for a provider at an address; never both. */
function paidBy(
  named: Named,
  address: Sourced,
  inputs: ChoiceInputs,
  general: General,
): { key: Sourced | null; login: FoundLogin | null } {
  const key = keyFor(named, address, inputs, general);
  const unsaved = { ...inputs, settings: { ...inputs.settings, saved: {} } };
  const isSaved = key !== null && keyFor(named, address, unsaved, general) === null;
  const login = loginFor(named, address, {
    logins: inputs.settings.logins,
    key: key && { isSaved },
    general,
  });
  return login ? { key: null, login } : { key, login: null };
}

/** Why a provider has neither key nor login, and the command for it. */
function unpaid(named: Named, address: Sourced, { settings }: ChoiceInputs): UsageError {
  const { name, known } = named;
  const broken = loginsOf(named, settings.logins).find((one) => one.problem !== null);
  const logIn = broken?.mend ?? mendOf(known);
  if (known?.login?.isOnlyWay) {
    const why = broken ? `${broken.from}: ${broken.problem}` : "there is no login for it";
    return new UsageError("provider.no_login", `Cannot use the provider "${name}": ${why}`, {
      hint: `Log in: ${logIn}`,
    });
  }
  return new UsageError("provider.no_key", `Cannot use the provider "${name}": it has no key`, {
    hint: `Save one: ward secrets set ${name}; or set ${keyNames(named, address)}` +
      (logIn === null ? "" : `; or log in: ${logIn}`),
  });
}

/** The command that makes a login for a provider; null: it takes none that ward makes. */
function mendOf(known: KnownProvider | null): string | null {
  const account = Object.values(ACCOUNTS).find((one) => known?.login?.ids.includes(one.name));
  return account?.mend ?? null;
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
  const local = protocol === "ollama"
    ? inputs.ollama
    : known?.name === "lmstudio"
    ? inputs.lmStudio
    : null;
  const value = known?.defaultModel ?? firstChatModel(local?.models ?? []);
  if (value) return { value, source: "default" };
  throw new UsageError("provider.no_model", `Cannot use the provider "${name}": no model`, {
    hint: protocol === "ollama"
      ? "Start Ollama and pull a model, or set WARD_MODEL"
      : `Set WARD_MODEL, or model of [providers.${name}] in config.toml`,
  });
}

function firstChatModel(models: readonly string[]): string | null {
  return models.find((name) => !/embed|minilm|\bbge\b/i.test(name)) ?? null;
}

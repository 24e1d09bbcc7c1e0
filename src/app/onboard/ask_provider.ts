/** Asks which provider, and for its key or login. */
import { connectAccount } from "../accounts/connect_account.ts";
import type { OwnAccount } from "../accounts/connections.ts";
import type { ProfileContext } from "../commands/context.ts";
import { findSaved } from "../keys/found.ts";
import { secretsOf } from "../keys/secrets.ts";
import { askLocal } from "../provider.ts";
import { startIn, workspaceOf } from "../start/process.ts";
import type { Answered } from "./ask.ts";
import { OTHER, SKIP } from "./menu_values.ts";
import { secretProblem } from "../../host/keys/secrets.ts";
import { usableInOrder } from "../../kernel/models/providers/choose_provider.ts";
import { KNOWN_PROVIDERS } from "../../kernel/models/providers/provider_table.ts";
import type { FileSettings } from "../../kernel/settings/schema/schema.ts";
import type { MenuItem } from "../../surfaces/prompts/menu.ts";
import type { Prompter } from "../../surfaces/prompts/prompter.ts";

const LOG_IN = "log in";

/** The login that ward can make for a provider; null: none. */
function loginOf(provider: string): OwnAccount | null {
  switch (provider) {
    case "anthropic":
      return "claude";
    case "copilot":
    case "chatgpt":
      return provider;
    default:
      return null;
  }
}

/** A provider that was found, and by what sign. */
export interface FoundRow {
  readonly name: string;
  readonly why: string;
}

/** Everything that was found, also what is used only where it is named. */
export async function foundForMenu({ profile }: ProfileContext): Promise<FoundRow[]> {
  const found = await findSaved(profile, null);
  const { variables } = profile.environment;
  const start = startIn(found, {}, workspaceOf(found, null, { make: false }));
  const settings = { ...start.providerInputs, provider: null, model: null, apiBase: null };
  const local = await askLocal(settings, variables, profile.form);
  const usable = usableInOrder({ settings: { ...settings, apiKey: null }, variables, ...local });
  const named = (found.logins ?? []).filter((one) => one.onlyNamed && one.problem === null)
    .map((one) => ({ name: one.provider, why: `found ${one.from}` }));
  return [...usable, ...named];
}

type ProviderAnswer = Pick<Answered, "provider" | "apiBase">;

/**
 * Asks which provider; what was found comes first, in the order in which ward would take it.
 *
 * @param found From {@linkcode foundForMenu}.
 */
export async function askProvider(
  prompter: Prompter,
  file: FileSettings,
  found: readonly FoundRow[],
): Promise<ProviderAnswer> {
  const today = file.model.provider;
  const isFound = (name: string) => found.some((one) => one.name === name);
  const own = Object.keys(file.providers).filter((name) => !isFound(name));
  const missing = KNOWN_PROVIDERS.filter(({ name }) => !isFound(name) && !own.includes(name));
  const rows: FoundRow[] = [
    ...found,
    ...own.map((name) => ({ name, why: "in config.toml" })),
    ...missing.map((known) => ({
      name: known.name,
      why: known.login?.isOnlyWay
        ? "needs a login"
        : known.keyVariable === null
        ? "does not answer now"
        : "needs a key",
    })),
  ];
  const item = ({ name, why }: FoundRow): MenuItem<string> => ({
    value: name,
    label: name,
    detail: [name === today ? "today" : null, why].filter(Boolean).join(", "),
  });
  const items: MenuItem<string>[] = [
    ...rows.map(item),
    {
      value: OTHER,
      label: "another address",
      detail: "any OpenAI-compatible service",
      isAlways: true,
    },
    {
      value: "builtin",
      label: "builtin",
      detail: `${today === "builtin" ? "today, " : ""}no language model, a small grammar`,
    },
    { value: SKIP, label: "skip", detail: today ? `leave it: ${today}` : "leave it to be found" },
  ];
  const at = Math.max(0, items.findIndex(({ value }) => value === today));
  const chosen = await prompter.choose({ title: "Provider", items, at });
  if (chosen === SKIP) return { provider: null, apiBase: null };
  if (chosen !== OTHER) return { provider: chosen, apiBase: null };
  return await askOwnAddress(prompter);
}

/** Asks for a service of one's own. */
export async function askOwnAddress(
  prompter: Prompter,
): Promise<{ provider: string; apiBase: string }> {
  const name = await prompter.text({
    title: "Name for it",
    initial: "lab",
    check: (text) =>
      /^(?!builtin$)[a-z0-9][a-z0-9_-]*$/.test(text)
        ? null
        : "Allowed: lower-case letters, digits, - and _",
  });
  const apiBase = await prompter.text({
    title: "Its address, such as https://host/v1",
    check: (text) =>
      /^https?:\/\/[^@\s]+$/.test(text) && URL.canParse(text)
        ? null
        : "Allowed: an http:// or https:// address without a user name in it",
  });
  return { provider: name, apiBase };
}

/**
 * Asks for the key, or for a login where the provider takes one. A login is made and kept at once.
 *
 * @param sign By what the provider was found; null: it was not.
 * @param mayLogIn False: no login is offered or made.
 */
export async function askKey(
  prompter: Prompter,
  context: ProfileContext,
  { provider, sign, mayLogIn }: { provider: string; sign: string | null; mayLogIn: boolean },
): Promise<Pick<Answered, "key" | "usesSavedKey" | "login">> {
  const { profile } = context;
  const known = KNOWN_PROVIDERS.find(({ name }) => name === provider);
  const none = { key: null, usesSavedKey: false, login: null };
  const account = mayLogIn ? loginOf(provider) : null;
  const logInNow = async (name: OwnAccount) => {
    const { title } = await connectAccount(name, true, context);
    return { ...none, login: title };
  };
  if (known?.login?.isOnlyWay) {
    if (sign !== null || account === null) return none;
    const wants = await prompter.choose({
      title: `Login for ${provider}`,
      items: [
        { value: LOG_IN, label: "log in", detail: "now; it is kept at once" },
        { value: SKIP, label: "skip", detail: `no login, or later: ward connect ${account}` },
      ],
    });
    return wants === LOG_IN ? await logInNow(account) : none;
  }
  const isSaved = secretsOf(profile).list().some(({ name }) => name === provider);
  const keep = sign?.startsWith("it is in config.toml") ? null : sign;
  const logIn = account === null || sign?.startsWith("found ward's own")
    ? []
    : [{ value: LOG_IN, label: "log in", detail: "by the browser, now; it is kept at once" }];
  const type = {
    value: "type",
    label: "type it",
    detail: "unseen; saved, not written to a file",
    isAlways: true,
  };
  const choice = await prompter.choose({
    title: `Key for ${provider}`,
    hidesTyped: true,
    items: keep ?? isSaved
      ? [
        { value: SKIP, label: "keep", detail: keep ?? "one is saved" },
        { ...type, label: "type another" },
        ...logIn,
      ]
      : [type, ...logIn, {
        value: SKIP,
        label: "skip",
        detail: "no key, or later: ward secrets set",
      }],
  });
  if (choice === SKIP) return none;
  if (choice === LOG_IN && account !== null) return await logInNow(account);
  const key = await prompter.hidden({
    title: `Key for ${provider} (not shown)`,
    check: (value) => {
      const problem = secretProblem(value);
      return problem && `Cannot save that: ${problem}`;
    },
  });
  return { ...none, key, usesSavedKey: true };
}

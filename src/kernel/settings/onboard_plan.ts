/** Answers of `ward onboard` as changes of `config.toml`. Pure; nothing is written here. */
import { setKey, unsetKey } from "./edit_config.ts";
import { parseConfig, valueAt } from "./parse_config.ts";

/** What was answered; null: that step was skipped. */
export interface OnboardAnswers {
  readonly provider: string | null;
  /** Base address; makes a name that ward does not know a compatible service. */
  readonly apiBase: string | null;
  readonly model: string | null;
  /** Models of their own by role, null: none; those that are not named stay. */
  readonly roles: Readonly<Record<string, string | null>> | null;
  /** The provider's key is saved, and is to be taken from there. */
  readonly usesSavedKey: boolean;
  /** Absolute path. */
  readonly workspace: string | null;
  /** Rules to be added to those that are in force. */
  readonly allow: readonly string[] | null;
}

/**
 * The text of the file as the answers make it.
 *
 * @param text Today's text, empty when there is no file; it must be in order.
 * @param isKnown Whether ward knows the provider's protocol and address by its name.
 * @throws {UsageError} As `setKey`: an answer is not allowed.
 */
export function onboardedText(
  text: string,
  answers: OnboardAnswers,
  { fileName, isKnown }: { fileName: string; isKnown(provider: string): boolean },
): string {
  const before = parseConfig(text, fileName).file;
  const { apiBase, model, usesSavedKey, workspace, allow } = answers;
  const provider = answers.provider ?? before.model.provider ?? null;
  let out = text;
  const set = (key: string, value: unknown) => {
    out = setKey(out, key.split("."), value, fileName);
  };
  // A general value of the file was meant for the provider before, and would win over its own.
  const drop = (name: "name" | "api_base" | "api_key") => {
    if (valueAt(before, ["model", name]) === undefined) return;
    out = unsetKey(out, ["model", name], fileName) ?? out;
  };
  if (answers.provider !== null) {
    if (answers.provider !== before.model.provider) {
      drop("name");
      drop("api_base");
      drop("api_key");
    }
    set("model.provider", answers.provider);
  }
  if (provider !== null && provider !== "builtin") {
    const own = `providers.${provider}`;
    // Each new key goes below the header: the last one set stands first.
    if (usesSavedKey) {
      drop("api_key");
      set(`${own}.api_key`, "keychain");
    }
    if (model !== null) {
      drop("name");
      set(`${own}.model`, model);
    }
    if (apiBase !== null) {
      drop("api_base");
      set(`${own}.api_base`, apiBase);
    }
    if (!isKnown(provider) && before.providers[provider]?.protocol === undefined && apiBase) {
      set(`${own}.protocol`, "openai");
    }
  }
  for (const [role, ref] of Object.entries(answers.roles ?? {})) {
    if (ref === null) out = unsetKey(out, ["roles", role], fileName) ?? out;
    else set(`roles.${role}`, ref);
  }
  if (workspace !== null) set("workspace.path", workspace);
  if (allow !== null && allow.length > 0) {
    set("commands.allow", [...new Set([...before.commands.allow, ...allow])]);
  }
  return out;
}

import { keyInVariables, KNOWN_PROVIDERS } from "../models/providers/provider_table.ts";
import type { FileSettings } from "../settings/schema/schema.ts";
import type { SecretSetting } from "../settings/schema/keys.ts";
import { savedName } from "../settings/parse_config.ts";
import { NOTHING_SAVED, type SavedSecrets } from "../../model/settings.ts";
import type { KeyFact } from "./facts.ts";

/**
 * Where the keys of providers are; never a value.
 *
 * @param variables Those that ward took at its start.
 * @param saved Saved secrets that were looked up.
 * @param file The checked configuration; null while it is broken.
 */
export function keyFacts(
  variables: Readonly<Record<string, string>>,
  file: FileSettings | null,
  saved: SavedSecrets = NOTHING_SAVED,
): KeyFact[] {
  const isSet = (name: string) => (variables[name] ?? "").trim() !== "";
  const found = new Map<string, KeyFact>();
  for (const known of KNOWN_PROVIDERS) {
    const { name } = known;
    const key = keyInVariables(known, variables);
    if (key) {
      found.set(name, keyFact(name, `variable ${key.name}`));
    } else if (saved.keys[name]) found.set(name, keyFact(name, saved.keys[name].from));
  }
  if (isSet("WARD_API_KEY")) found.set("model", keyFact("model", "variable WARD_API_KEY"));
  if (!file) return [...found.values()];
  const written: [string, string, SecretSetting | undefined][] = [
    ["model", "model.api_key", file.model.api_key],
    ...Object.entries(file.providers).map((
      [name, { api_key }],
    ): [string, string, SecretSetting | undefined] => [name, `providers.${name}.api_key`, api_key]),
  ];
  for (const [name, key, secret] of written) {
    // What the variable says wins over the general key of the file.
    if (!secret || (name === "model" && found.has("model"))) continue;
    const provider = name === "model" ? file.model.provider : name;
    const entry = saved.keys[savedName(secret, provider) ?? ""];
    const isSaved = secret.type === "saved";
    found.set(
      name,
      isSaved
        ? {
          ...keyFact(name, entry?.from ?? null),
          missingSecret: entry ? null : savedName(secret, provider),
        }
        : writtenKey(name, key, secret, isSet),
    );
  }
  return [...found.values()];
}

function writtenKey(
  name: string,
  key: string,
  secret: Exclude<SecretSetting, { type: "saved" }>,
  isSet: (variable: string) => boolean,
): KeyFact {
  switch (secret.type) {
    case "plain":
      return { ...keyFact(name, `${key} in config.toml`), isPlain: true };
    case "variable":
      return isSet(secret.name)
        ? keyFact(name, `variable ${secret.name}, named by ${key}`)
        : { ...keyFact(name, null), missingVariable: secret.name };
  }
}

function keyFact(provider: string, from: string | null): KeyFact {
  return { provider, from, isPlain: false, missingVariable: null, missingSecret: null };
}

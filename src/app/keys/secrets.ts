/** Saved secrets of a profile, as commands and the choice of a provider use them. */
import { directKeychain } from "./keychain.ts";
import type { Profile } from "../start/process.ts";
import { AppError } from "../../base/app_error.ts";
import { databaseKey, findDatabaseKey } from "../../host/keys/database_key.ts";
import { createSecrets, type Secrets } from "../../host/keys/secrets.ts";
import { isLoginSecret } from "../../kernel/accounts/login_record.ts";
import { KNOWN_PROVIDERS } from "../../kernel/models/providers/provider_table.ts";
import { API_TOKEN } from "../../kernel/settings/api_settings.ts";
import { savedNames } from "../../kernel/settings/parse_config.ts";
import type { SavedSecrets } from "../../model/settings.ts";

/** The secrets of a profile; to be used while programs can still be started. */
export function secretsOf({ paths, environment: { variables } }: Profile): Secrets {
  const { home, dataDir } = paths;
  const place = { variables, home };
  return createSecrets({
    home,
    keychain: (name) => directKeychain(name, place),
    databaseKey: async (make) =>
      (await (make ? databaseKey : findDatabaseKey)({
        home,
        dataDir,
        variable: variables["WARD_ENCRYPTION_KEY"],
        keychain: directKeychain(undefined, place),
      })).keyHex,
  });
}

/**
 * Looks up the saved keys that a provider could need: those that the configuration names, and
 * those named like a provider. What cannot be opened becomes a problem to be told, since another
 * provider may do.
 *
 * @param secrets Where they are read. @default {by programs that this process can still start}
 */
export async function loadSaved(
  profile: Profile,
  secrets: Pick<Secrets, "list" | "get"> = secretsOf(profile),
): Promise<SavedSecrets> {
  const { config } = profile;
  const wanted = new Set([
    ...KNOWN_PROVIDERS.map(({ name }) => name),
    API_TOKEN.saved,
    ...config.ok ? savedNames(config.parsed.file) : [],
  ]);
  let saved: ReturnType<Secrets["list"]>;
  try {
    saved = secrets.list();
  } catch (error) {
    return { keys: {}, problems: [problemOf(error)] };
  }
  const found = await Promise.all(
    saved.filter(({ name }) => wanted.has(name) || isLoginSecret(name)).map(
      async ({ name, kept }) => {
        try {
          const value = await secrets.get(name);
          if (value !== null) return { name, value, kept };
          return { name, problem: `The keychain does not give back the secret "${name}"` };
        } catch (error) {
          return { name, problem: problemOf(error) };
        }
      },
    ),
  );
  return {
    // A login is no key: it would be sent as one.
    logins: Object.fromEntries(
      found.flatMap((one) =>
        one.value !== undefined && isLoginSecret(one.name) ? [[one.name, one.value]] : []
      ),
    ),
    keys: Object.fromEntries(
      found.flatMap((one) =>
        one.value === undefined || isLoginSecret(one.name) ? [] : [[one.name, {
          value: one.value,
          from: one.kept === "keychain"
            ? `the keychain, saved as "${one.name}"`
            : `secrets.enc, saved as "${one.name}"`,
        }]]
      ),
    ),
    problems: found.flatMap(({ problem }) => problem ?? []),
  };
}

function problemOf(error: unknown): string {
  if (!(error instanceof AppError)) {
    const name = error instanceof Error ? error.name : "unknown error";
    return `Cannot read the saved secrets: ${name}. Check that secrets.enc is yours`;
  }
  return [error.message, error.hint].filter(Boolean).join(". ");
}

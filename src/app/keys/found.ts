/** What pays for models in a profile: saved keys and logins. */
import { loadSaved, secretsOf } from "./secrets.ts";
import { discoverLogins } from "../accounts/discover.ts";
import type { Profile } from "../start/process.ts";
import type { Secrets } from "../../host/keys/secrets.ts";

/**
 * The profile with its saved secrets and logins.
 *
 * @param secrets Where renewed logins are saved; null: by programs that this process starts.
 * @param from Where they are read. @default {by programs that this process can still start}
 */
export async function findSaved(
  profile: Profile,
  secrets: Promise<Secrets> | null,
  from: Secrets = secretsOf(profile),
): Promise<Profile> {
  const saved = { ...profile, saved: await loadSaved(profile, from) };
  const place = secrets ?? Promise.resolve(secretsOf(profile));
  return { ...saved, logins: await discoverLogins(saved, place) };
}

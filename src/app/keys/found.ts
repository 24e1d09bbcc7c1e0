/** What pays for models in a profile: saved keys and logins. */
import { loadSaved, secretsOf } from "./secrets.ts";
import { discoverLogins } from "../accounts/discover.ts";
import type { Profile } from "../start/process.ts";
import type { Secrets } from "../../host/keys/secrets.ts";

/**
 * The profile with its saved secrets and logins; while programs can still be started.
 *
 * @param secrets Where renewed logins are saved; null: by programs that this process starts.
 */
export async function findSaved(
  profile: Profile,
  secrets: Promise<Secrets> | null,
): Promise<Profile> {
  const saved = { ...profile, saved: await loadSaved(profile) };
  const place = secrets ?? Promise.resolve(secretsOf(profile));
  return { ...saved, logins: await discoverLogins(saved, place) };
}

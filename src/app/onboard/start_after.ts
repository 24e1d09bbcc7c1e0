/** What a start would find once the answers are written. */
import { findSaved } from "../keys/found.ts";
import {
  type ProcessStart,
  type Profile,
  reloadProfile,
  startIn,
  workspaceOf,
} from "../start/process.ts";
import { NOTHING_SAVED } from "../../model/settings.ts";

/**
 * The start of a profile whose file has another text; nothing is written.
 *
 * @param key The key that would be saved, and under which name; null: none.
 */
export async function startAfter(
  profile: Profile,
  text: string,
  key: { readonly name: string; readonly value: string } | null,
): Promise<ProcessStart> {
  const changed = await findSaved(reloadProfile(profile, text), null);
  const saved = changed.saved ?? NOTHING_SAVED;
  const keys = key === null
    ? saved.keys
    : { ...saved.keys, [key.name]: { value: key.value, from: "the key given now" } };
  const workspace = workspaceOf(changed, null, { make: false });
  return startIn({ ...changed, saved: { ...saved, keys } }, {}, workspace);
}

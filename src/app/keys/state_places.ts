/** Where the state of a profile is, for what puts another in its place. */
import { directKeychain } from "./keychain.ts";
import { lockedFile } from "../../host/files/file_lock.ts";
import {
  isSwitching,
  NEXT_KEY,
  recoverSwitch,
  switchFiles,
  type SwitchPlaces,
} from "../../host/keys/state_switch.ts";

/** A profile's folders, and the variables that its keychain is found by. */
interface Where {
  readonly home: string;
  readonly dataDir: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** The places of a profile; while programs can still be started. */
export function statePlaces({ home, dataDir, variables }: Where): SwitchPlaces {
  const place = { home, variables };
  return {
    home,
    dataDir,
    keychain: directKeychain(undefined, place),
    nextKeychain: directKeychain(NEXT_KEY, place),
    files: switchFiles,
  };
}

/**
 * Ends a change of the key, or a restore, that a crash interrupted. The home must be held.
 *
 * @throws {AppError} As `recoverSwitch`.
 */
export async function recoverState(where: Where): Promise<void> {
  if (!isSwitching(where)) return;
  // Several may start at once after the crash: one does it.
  using _ = await lockedFile(`${where.home}/database.key.lock`);
  await recoverSwitch(statePlaces(where));
}

import { GRANTS_CHANGING, GRANTS_STAMP } from "../../model/cells/grant_stamp.ts";

/**
 * Reads the stamp of the grants.
 *
 * @returns A text that is the same as long as no grant was made, used or revoked by any process;
 *   null when that cannot be told, so that the database has to be asked.
 */
export function readGrantStamp(dataDir: string): string | null {
  try {
    const text = Deno.readTextFileSync(`${dataDir}/${GRANTS_STAMP}`);
    return text === "" || text === GRANTS_CHANGING ? null : text;
  } catch {
    return null;
  }
}

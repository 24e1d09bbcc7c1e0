/** The login of the Codex CLI, in the CLI's own file. */
import { AppError } from "../../base/app_error.ts";
import { lockedFolder } from "../../host/accounts/account_lock.ts";
import { readForeignFile } from "../../host/accounts/private_file.ts";
import { realOrNull } from "../../host/files/user_path.ts";
import { writeWhole } from "../../host/files/write_whole.ts";
import type { LoginStore } from "../../kernel/accounts/access.ts";
import type { Account } from "../../kernel/accounts/account_table.ts";
import { readCodex, writeCodex } from "../../kernel/accounts/codex_file.ts";
import type { Clock } from "../../kernel/ports.ts";

/**
 * The login of the CLI. It is renewed, never made or removed.
 *
 * @param path From `loginPaths`.
 */
export function codexStore(
  path: string,
  { account, clock }: { account: Account; clock: Clock },
): LoginStore & { readonly place: string } {
  return {
    place: path,
    load: () =>
      Promise.try(() => {
        const read = readForeignFile(path);
        return read === null ? null : readCodex(read, account.client_id);
      }),
    save: (login, renewal) =>
      Promise.try(() => {
        const now = new Date(clock.now()).toISOString();
        const before = readForeignFile(path) ?? "";
        // The CLI takes no lock: it may have logged in anew, or out, while the service was asked.
        const stands = readCodex(before, account.client_id)?.accessToken;
        const isSame = renewal !== undefined && stands === renewal.before.accessToken;
        const text = isSame ? writeCodex(before, login, renewal.idToken, now) : null;
        if (text === null) {
          throw new AppError("account.changed", `The login in "${path}" is another one meanwhile`, {
            hint: `Use that one, or log in anew: ${account.mend}`,
          });
        }
        writeWhole(path, text);
      }),
    // The real folder: two names of one file have one lock.
    lock: () => lockedFolder(folderOf(realOrNull(path) ?? path)),
  };
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

/** Where each login is kept: Claude's in a file of its own, others with the saved secrets. */
import { claudeFile } from "./login_files.ts";
import { AppError } from "../../base/app_error.ts";
import { lockedFolder } from "../../host/accounts/account_lock.ts";
import {
  checkPrivatePlace,
  readPrivateFile,
  removePrivate,
  writePrivate,
} from "../../host/accounts/private_file.ts";
import { ensureFolder } from "../../host/files/ensure_folder.ts";
import type { Secrets } from "../../host/keys/secrets.ts";
import type { LoginStore } from "../../kernel/accounts/access.ts";
import { ACCOUNTS } from "../../kernel/accounts/account_table.ts";
import { LOGIN_PREFIXES, loginText, readLogin } from "../../kernel/accounts/login_record.ts";
import type { AccountName, Login } from "../../model/services/account.ts";

/** A login's place, with what only the one who manages logins does. */
export interface OwnLoginStore extends LoginStore {
  /** Tries whether a login could be saved. @throws {AppError} Why not, and what to do. */
  check(): Promise<void>;
  /** False when there was none. */
  remove(): Promise<boolean>;
  /** For people: the file, or `the saved secrets`. */
  readonly place: string;
}

/** The login of Claude. */
export function claudeStore(home: string): OwnLoginStore {
  const path = claudeFile(home);
  const folder = path.slice(0, path.lastIndexOf("/"));
  return {
    place: path,
    load: () =>
      Promise.try(() => {
        const read = readPrivateFile(path);
        return read === null ? null : checked("claude", read, `"${path}"`);
      }),
    save: (login) => writePrivate(path, loginText(login) + "\n"),
    check: () => Promise.try(checkPrivatePlace, path),
    remove: () => Promise.try(removePrivate, path),
    lock: () => lockedFolder(folder),
  };
}

/** Name of a login among the saved secrets; no provider's key has one like it. */
export function loginSecret(name: AccountName): string {
  return `${LOGIN_PREFIXES.account}${name}`;
}

/** The login in the text of a saved secret. @throws {AppError} `account.broken`. */
export function secretLogin(name: "copilot" | "chatgpt", text: string): Login {
  return checked(name, text, `the saved secret "${loginSecret(name)}"`);
}

/** A login that is kept as a saved secret. */
export function secretStore(
  name: "copilot" | "chatgpt",
  { home, secrets }: { home: string; secrets: Promise<Secrets> },
): OwnLoginStore {
  const secret = loginSecret(name);
  return {
    place: "the saved secrets",
    async load() {
      const text = await (await secrets).get(secret);
      return text === null ? null : secretLogin(name, text);
    },
    async save(login) {
      await (await secrets).set(secret, loginText(login));
    },
    async check() {
      ensureFolder(home);
      // Also whether the file of the secrets can be read: it is written with what it holds.
      (await secrets).list();
    },
    remove: async () => await (await secrets).remove(secret),
    lock: () => lockedFolder(`${home}/auth/${name}`),
  };
}

function checked(name: AccountName, text: string, where: string): Login {
  const login = readLogin(text);
  if (login !== null) return login;
  throw new AppError("account.broken", `Cannot read the login in ${where}`, {
    hint: `Log in anew: ${ACCOUNTS[name].mend}`,
  });
}

/** Access to a login of another program: read from its file each time, never renewed. */
import { AppError } from "../../base/app_error.ts";
import { readForeignFile } from "../../host/accounts/private_file.ts";
import type { Access } from "../../kernel/accounts/access.ts";
import type { ProgramToken } from "../../kernel/accounts/program_logins.ts";
import type { Clock } from "../../kernel/ports.ts";

/** A login in another program's file. */
export interface ProgramFile {
  readonly path: string;
  /** For people: `Claude Code`. */
  readonly title: string;
  /** What renews the login: the program itself, which renews when it is used. */
  readonly mend: string;
  read(text: string): ProgramToken | null;
}

/** What is in the file now; null: no login. @throws {AppError} `account.file`. */
export function programToken({ path, read }: ProgramFile): ProgramToken | null {
  const file = readForeignFile(path);
  return file === null ? null : read(file);
}

/** Whether a token has run out. */
export function isOver({ expiresAtMs }: ProgramToken, clock: Clock): boolean {
  return expiresAtMs !== null && expiresAtMs <= clock.now();
}

/** Access to the login of a file. @param onLogin Told of each that is read. */
export function programAccess(
  file: ProgramFile,
  clock: Clock,
  onLogin: (login: Pick<ProgramToken, "accessToken">) => void = () => {},
): Access {
  return {
    token: (refused) =>
      Promise.try(() => {
        const found = programToken(file);
        if (found !== null) onLogin(found);
        if (found === null || isOver(found, clock) || found.accessToken === refused) {
          throw new AppError(
            "account.stale",
            `The login of ${file.title} does not work any more: it has run out or was taken back`,
            { hint: `That program renews it: ${file.mend}` },
          );
        }
        return { accessToken: found.accessToken, accountId: null };
      }),
  };
}

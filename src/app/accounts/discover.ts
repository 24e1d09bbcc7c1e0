/** Which logins there are on this machine: ward's own, and those of other programs. */
import { renewalOf } from "./auth_thread.ts";
import { codexStore } from "./codex_store.ts";
import { loginPaths } from "./login_files.ts";
import { lookAtLogin } from "./look.ts";
import { isOver, programAccess, type ProgramFile, programToken } from "./program_access.ts";
import { accountIn } from "./settings.ts";
import { claudeStore, loginSecret, secretLogin, secretStore } from "./stores.ts";
import type { Profile } from "../start/process.ts";
import { AppError } from "../../base/app_error.ts";
import type { Secrets } from "../../host/keys/secrets.ts";
import { systemClock } from "../../host/process/system.ts";
import { type AccessDeps, createAccess, type LoginStore } from "../../kernel/accounts/access.ts";
import type { Account } from "../../kernel/accounts/account_table.ts";
import type { FoundLogin, LoginId } from "../../kernel/accounts/found_login.ts";
import type { Login } from "../../model/services/account.ts";
import { readClaudeCode, readQwenCode } from "../../kernel/accounts/program_logins.ts";

/**
 * Looks for logins. No service is asked; what cannot be used says why.
 *
 * @param secrets Saved secrets, once they can be reached: logins that are renewed are saved there.
 */
export async function discoverLogins(
  profile: Profile,
  secrets: Promise<Secrets>,
): Promise<FoundLogin[]> {
  if (!profile.config.ok) return [];
  const { variables } = profile.environment;
  const files = loginPaths(profile);
  const isOff = variables["WARD_ANTHROPIC_OAUTH_DISABLED"] === "1";
  const found = await Promise.all([
    isOff ? null : claude(profile),
    ...(["chatgpt", "copilot"] as const).map((name) => {
      const held = profile.saved?.logins?.[loginSecret(name)];
      return held === undefined ? null : ofSecret(profile, name, { held, secrets });
    }),
    isOff ? null : ofProgram(profile, "claude_code", "anthropic", {
      path: files.claudeCode,
      title: "Claude Code",
      mend: "claude",
      read: readClaudeCode,
    }),
    codex(profile, files.codex),
    ofProgram(profile, "qwen_code", "qwen", {
      path: files.qwenCode,
      title: "Qwen Code",
      mend: "qwen",
      read: readQwenCode,
    }),
  ]);
  return found.filter((one) => one !== null);
}

async function claude(profile: Profile): Promise<FoundLogin | null> {
  const account = accountIn(profile, "claude");
  return await found(profile, account, claudeStore(profile.paths.home), own(account, profile));
}

/** @param options `held`: the secret's text as this start has read it; a keychain is slow. */
async function ofSecret(
  profile: Profile,
  name: "copilot" | "chatgpt",
  { held, secrets }: { held: string; secrets: Promise<Secrets> },
): Promise<FoundLogin | null> {
  const account = accountIn(profile, name);
  const store = secretStore(name, { home: profile.paths.home, secrets });
  const known = Promise.try(secretLogin, name, held);
  return await found(profile, account, store, own(account, profile), known);
}

function own(account: Account, { form }: Profile) {
  return {
    from: `ward's own login of ${account.title}`,
    kind: "own",
    onlyNamed: false,
    renew: renewalOf(account, { form, clock: systemClock }),
  } as const;
}

async function codex(profile: Profile, path: string): Promise<FoundLogin | null> {
  const account = accountIn(profile, "codex");
  const { renewalOff } = account;
  return await found(profile, account, codexStore(path, { account, clock: systemClock }), {
    from: "the login of the Codex CLI",
    kind: "program",
    onlyNamed: true,
    renew: renewalOff === null
      ? renewalOf(account, { form: profile.form, clock: systemClock })
      : () => Promise.reject(renewalIsOff(renewalOff)),
  });
}

function renewalIsOff(variable: string): AppError {
  return new AppError(
    "account.renewal_off",
    `The login of the Codex CLI does not work any more, and renewing is off (${variable})`,
    { hint: `Run codex, which renews it; or: ward auth codex refresh; or: unset ${variable}` },
  );
}

async function found(
  profile: Profile,
  account: Account,
  store: LoginStore & { readonly place: string },
  parts: Pick<FoundLogin, "from" | "kind" | "onlyNamed"> & Pick<AccessDeps, "renew">,
  held?: Promise<Login>,
): Promise<FoundLogin | null> {
  const { renew, ...rest } = parts;
  const onLogin = (login: Login) => profile.known.addLogin(login);
  const read = {
    place: store.place,
    async load() {
      const login = await (held ?? store.load());
      if (login !== null) onLogin(login);
      return login;
    },
  };
  const { state, problem, mend, apiBase } = await lookAtLogin(account, read, systemClock);
  if (state === "none") return null;
  // One that cannot be read was told as broken.
  const known = await held?.catch(() => null) ?? null;
  return {
    ...rest,
    id: account.name,
    provider: account.provider,
    state,
    problem,
    mend: mend ?? account.mend,
    apiBase,
    access: createAccess({ account, store, clock: systemClock, known, renew, onLogin }),
  };
}

function ofProgram(
  { known }: Profile,
  id: LoginId,
  provider: string,
  file: ProgramFile,
): FoundLogin | null {
  const parts = {
    id,
    provider,
    kind: "program",
    from: `the login of ${file.title}`,
    mend: file.mend,
    onlyNamed: false,
    access: programAccess(file, systemClock, (login) => known.addLogin(login)),
  } as const;
  try {
    const token = programToken(file);
    if (token === null) return null;
    known.addLogin(token);
    const isStale = isOver(token, systemClock);
    return {
      ...parts,
      state: isStale ? "stale" : "good",
      problem: isStale ? `it has run out; ${file.title} renews it when it is used` : null,
      apiBase: token.apiBase,
    };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { ...parts, state: "broken", problem: error.message, apiBase: null };
  }
}

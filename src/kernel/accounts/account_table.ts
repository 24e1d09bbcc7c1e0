/**
 * The services ward logs in to: their addresses and client ids, and what the configuration puts in
 * their place. The client ids are those of the services' own programs: see `docs/accounts.md`.
 */
import { UsageError } from "../../base/app_error.ts";
import { ACCOUNT_NAMES, type AccountName } from "../../model/services/account.ts";
import { providerHost } from "../models/providers/provider_table.ts";

/** Addresses of a login service; null: it has none of that kind. */
export interface AccountAddresses {
  /** Page where the user agrees, opened in the browser only. */
  readonly authorize_url: string | null;
  /** Page that shows the code to a user whose browser is on another machine. */
  readonly redirect_url: string | null;
  /** Gives tokens for codes and refresh tokens. */
  readonly token_url: string | null;
  /** Takes tokens back. */
  readonly revoke_url: string | null;
  /** Gives device codes. */
  readonly device_url: string | null;
  /** Says whether the user has typed the device code, where that is not `token_url`. */
  readonly poll_url: string | null;
  /** Page where the user types the device code, where the service does not say it. */
  readonly verify_url: string | null;
  /** Gives the short token of the model service for the login's own. */
  readonly exchange_url: string | null;
}

/** A service ward logs in to. */
export interface Account extends AccountAddresses {
  readonly name: AccountName;
  /** For people. */
  readonly title: string;
  /** Provider that uses the login. */
  readonly provider: string;
  readonly client_id: string;
  readonly scopes: string;
  /** Command that makes a login that is gone or stale good again. */
  readonly mend: string;
  /** How long before its end a token is replaced. */
  readonly aheadMs: number;
  /** Variable of the user that switches renewing off; null: it is on. */
  readonly renewalOff: string | null;
  /** An address of the settings that no token may be sent to; null: none. */
  readonly problem: { readonly message: string; readonly mend: string } | null;
}

const NO_ADDRESS: AccountAddresses = {
  authorize_url: null,
  redirect_url: null,
  token_url: null,
  revoke_url: null,
  device_url: null,
  poll_url: null,
  verify_url: null,
  exchange_url: null,
};

const MINUTE_MS = 60_000;

/** The client of the Codex CLI, under which its login and the device login run. */
const CODEX_CLIENT = "app_EMoamEEZ73f0CkXaXp7hrann";

/** Services as they are without any setting. */
export const ACCOUNTS: Readonly<Record<AccountName, Account>> = {
  claude: {
    ...NO_ADDRESS,
    name: "claude",
    title: "Claude",
    provider: "anthropic",
    client_id: "9d1c250a-e61b-44d9-88ed-5944d1962f5e",
    scopes: "user:profile user:inference",
    authorize_url: "https://claude.ai/oauth/authorize",
    redirect_url: "https://platform.claude.com/oauth/code/callback",
    token_url: "https://platform.claude.com/v1/oauth/token",
    revoke_url: "https://platform.claude.com/v1/oauth/revoke",
    mend: "ward auth claude login",
    aheadMs: 5 * MINUTE_MS,
    renewalOff: null,
    problem: null,
  },
  codex: {
    ...NO_ADDRESS,
    name: "codex",
    title: "Codex CLI",
    provider: "openai_codex",
    client_id: CODEX_CLIENT,
    scopes: "",
    token_url: "https://auth.openai.com/oauth/token",
    mend: "codex login",
    // Its tokens live for ten days; the CLI itself is as early.
    aheadMs: 24 * 60 * MINUTE_MS,
    renewalOff: null,
    problem: null,
  },
  copilot: {
    ...NO_ADDRESS,
    name: "copilot",
    title: "GitHub Copilot",
    provider: "copilot",
    client_id: "Iv1.b507a08c87ecfe98",
    scopes: "",
    device_url: "https://github.com/login/device/code",
    token_url: "https://github.com/login/oauth/access_token",
    exchange_url: "https://api.github.com/copilot_internal/v2/token",
    mend: "ward connect copilot",
    aheadMs: MINUTE_MS,
    renewalOff: null,
    problem: null,
  },
  chatgpt: {
    ...NO_ADDRESS,
    name: "chatgpt",
    title: "ChatGPT",
    provider: "chatgpt",
    client_id: CODEX_CLIENT,
    scopes: "",
    device_url: "https://auth.openai.com/api/accounts/deviceauth/usercode",
    poll_url: "https://auth.openai.com/api/accounts/deviceauth/token",
    verify_url: "https://auth.openai.com/codex/device",
    redirect_url: "https://auth.openai.com/deviceauth/callback",
    token_url: "https://auth.openai.com/oauth/token",
    revoke_url: "https://auth.openai.com/oauth/revoke",
    mend: "ward connect chatgpt",
    aheadMs: 24 * 60 * MINUTE_MS,
    renewalOff: null,
    problem: null,
  },
};

/** What `[accounts.<name>]` says. */
export type AccountSettings = Partial<
  Record<keyof AccountAddresses | "client_id", string | undefined>
>;

/** Variables that stand for a key of an account. */
const VARIABLES: readonly (readonly [AccountName, keyof AccountSettings, string])[] = [
  ["claude", "client_id", "WARD_ANTHROPIC_OAUTH_CLIENT_ID"],
  // The Codex CLI reads the same one.
  ["codex", "token_url", "CODEX_REFRESH_TOKEN_URL_OVERRIDE"],
];

/** Set to 1, the login of the Codex CLI is used until it runs out, and left to the CLI then. */
const CODEX_REFRESH_OFF = "WARD_CODEX_REFRESH_DISABLED";

/**
 * A service as the settings have it: variables before the file, the file before the usual. A bad
 * address is told, not thrown: who uses the login checks it by {@linkcode checkAddresses}.
 */
export function accountOf(
  name: AccountName,
  settings: Readonly<Record<string, AccountSettings>>,
  variables: Readonly<Record<string, string>>,
): Account {
  const written = Object.hasOwn(settings, name) ? settings[name]! : {};
  const fromVariables = VARIABLES.flatMap(([account, key, variable]) => {
    const value = account === name ? variables[variable]?.trim() : undefined;
    return value ? [{ key, value, variable }] : [];
  });
  const given = Object.fromEntries(
    Object.entries(written).filter(([, value]) => value !== undefined),
  );
  for (const { key, value } of fromVariables) given[key] = value;
  const isOff = name === "codex" && variables[CODEX_REFRESH_OFF] === "1";
  const account: Account = {
    ...ACCOUNTS[name],
    ...given,
    ...isOff ? { renewalOff: CODEX_REFRESH_OFF, aheadMs: 0 } : {},
  };
  const wrong = ADDRESS_KEYS.find((key) => account[key] !== null && !isSafeAddress(account[key]));
  if (wrong === undefined) return account;
  const variable = fromVariables.find(({ key }) => key === wrong)?.variable;
  const message = `Cannot use ${wrong} of ${account.title}` +
    (variable === undefined ? "" : ` from the variable ${variable}`) +
    ": its tokens would be readable on the way";
  const mend = variable === undefined
    ? `ward config unset accounts.${name}.${wrong}`
    : `unset ${variable}`;
  return { ...account, problem: { message, mend } };
}

/**
 * To be called before anything is sent to a login service.
 *
 * @throws {UsageError} `account.address` where a token would go through the net in the clear.
 */
export function checkAddresses({ problem }: Account): void {
  if (problem === null) return;
  throw new UsageError("account.address", problem.message, {
    hint: `Write it as https://…; http:// only for this machine; or: ${problem.mend}`,
  });
}

/** Addresses of a login service by their key in the configuration. */
export const ADDRESS_KEYS = Object.keys(NO_ADDRESS) as readonly (keyof AccountAddresses)[];

/** Whether what is sent there cannot be read on the way. */
function isSafeAddress(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, username, password } = new URL(address);
  if (username !== "" || password !== "") return false;
  return protocol === "https:" ||
    (protocol === "http:" && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname));
}

/** What the thread of a login is started for. */
export type LoginPurpose =
  /** The browser brings the code to this machine. */
  | "browser_login"
  /** The user types or pastes a code. */
  | "code_login"
  | "renewal"
  | "logout";

const CALLED: Readonly<Record<LoginPurpose, readonly (keyof AccountAddresses)[]>> = {
  browser_login: ["token_url"],
  code_login: ["device_url", "poll_url", "token_url"],
  renewal: ["token_url"],
  logout: ["revoke_url"],
};

/** Hosts that the thread may reach: those it sends something to, not the user's browser. */
export function loginHosts(account: Account, purpose: LoginPurpose): string[] {
  const isExchange = purpose === "renewal" && account.exchange_url !== null;
  const called = isExchange ? ["exchange_url" as const] : CALLED[purpose];
  const hosts = called.flatMap((key) => account[key] === null ? [] : [providerHost(account[key])]);
  return [...new Set(hosts)];
}

/**
 * The account of a name or alias as a user types it; null: none. No provider that takes a key is an
 * alias: its name is the key's.
 */
export function accountNamed(text: string): AccountName | null {
  const name = ALIASES[text] ?? text;
  return ACCOUNT_NAMES.find((one) => one === name) ?? null;
}

const ALIASES: Readonly<Record<string, AccountName>> = {
  "github-copilot": "copilot",
  "openai-codex": "chatgpt",
};

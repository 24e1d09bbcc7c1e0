/**
 * Accounts at Slack of a profile. What is no secret stands in files of its own, `<alias>.json` of an
 * account and `<alias>.app.json` of the app that it logs in by; tokens and the app's secret are saved
 * secrets, as those of other logins are.
 */
import * as z from "zod";
import { lazily } from "../../base/lazily.ts";
import { type ConnectionStore, secretConnection } from "../accounts/oauth/connections.ts";
import { AppError, UsageError } from "../../base/app_error.ts";
import { readPrivateFile, removePrivate, writePrivate } from "../../host/accounts/private_file.ts";
import type { Secrets } from "../../host/keys/secrets.ts";
import { LOGIN_PREFIXES } from "../../kernel/accounts/login_record.ts";
import { slackLoginCommand } from "../../kernel/slack/slack_login.ts";
import type { OAuthClient, OAuthConnection } from "../../model/services/oauth.ts";
import { SLACK_ALIAS, type SlackAccount, type SlackApp } from "../../model/services/slack.ts";

const accountSchema = lazily(() =>
  z.strictObject({
    version: z.literal(1),
    team_id: z.string(),
    team: z.string(),
    user_id: z.string(),
  })
);

const appSchema = lazily(() =>
  z.strictObject({
    version: z.literal(1),
    client_id: z.string().min(1),
    redirect_uri: z.string().nullable(),
    team: z.string().nullable(),
  })
);

/** Where accounts are kept. */
export interface SlackPlace {
  /** Profile folder, absolute. */
  readonly home: string;
  readonly secrets: Secrets;
}

/** Where one account is kept. */
export interface SlackStore extends ConnectionStore {
  /** @returns null: nobody logged in. @throws {AppError} `account.broken`, `account.file`. */
  account(): SlackAccount | null;
  /** Keeps a login. */
  keep(account: SlackAccount, connection: OAuthConnection): Promise<void>;
}

/** @throws {UsageError} `slack.alias`. */
export function checkAlias(alias: string): void {
  if (SLACK_ALIAS.test(alias)) return;
  throw new UsageError("slack.alias", "Cannot use that name for a workspace", {
    hint: "Allowed: lower-case letters, digits, - and _, at most 32, such as acme",
  });
}

/** The place of one account. @param alias Checked. */
export function slackStore(alias: string, { home, secrets }: SlackPlace): SlackStore {
  const secret = `${LOGIN_PREFIXES.slack}${alias}`;
  const path = `${folderOf(home)}/${alias}.json`;
  const connection = secretConnection(secret, slackLoginCommand(alias), { home, secrets });
  return {
    ...connection,
    account() {
      const read = readRecord(path, accountSchema(), alias);
      return read && {
        alias,
        team: { id: read.team_id, name: read.team },
        userId: read.user_id,
      };
    },
    async keep({ team, userId }, made) {
      // The tokens first: an account that is named can be used.
      await connection.write(made);
      const record: z.infer<ReturnType<typeof accountSchema>> = {
        version: 1,
        team_id: team.id,
        team: team.name,
        user_id: userId,
      };
      await writePrivate(path, JSON.stringify(record) + "\n");
    },
    async remove() {
      const isGone = removePrivate(path);
      return await connection.remove() || isGone;
    },
  };
}

/** The accounts, by alias; one whose file cannot be used is told, and left out. */
export function slackAccounts(
  place: SlackPlace,
  onProblem: (error: AppError) => void,
): SlackAccount[] {
  return slackAliases(place.home).flatMap((alias) => {
    try {
      return slackStore(alias, place).account() ?? [];
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      onProblem(error);
      return [];
    }
  });
}

/** Aliases that there is a file of, sorted. */
export function slackAliases(home: string): string[] {
  try {
    return [...Deno.readDirSync(folderOf(home))]
      .flatMap(({ name }) => /^([^.]+)\.json$/.exec(name)?.[1] ?? [])
      .filter((alias) => SLACK_ALIAS.test(alias)).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return [];
    }
    throw error;
  }
}

/** The app that an alias logged in by; null: none is kept. @throws As {@linkcode slackStore}. */
export async function readApp(
  alias: string,
  { home, secrets }: SlackPlace,
): Promise<{ readonly app: SlackApp; readonly client: OAuthClient } | null> {
  const read = readRecord(appPath(home, alias), appSchema(), alias);
  if (read === null) return null;
  const app = { clientId: read.client_id, redirectUri: read.redirect_uri, team: read.team };
  const secret = await secrets.get(`${LOGIN_PREFIXES.slackApp}${alias}`);
  return { app, client: { id: app.clientId, secret } };
}

/** Keeps an app for later logins of an alias. */
export async function keepApp(
  alias: string,
  { home, secrets }: SlackPlace,
  { redirectUri, team }: Pick<SlackApp, "redirectUri" | "team">,
  client: OAuthClient,
): Promise<void> {
  const secret = `${LOGIN_PREFIXES.slackApp}${alias}`;
  if (client.secret === null) await secrets.remove(secret);
  else await secrets.set(secret, client.secret);
  const record: z.infer<ReturnType<typeof appSchema>> = {
    version: 1,
    client_id: client.id,
    redirect_uri: redirectUri,
    team,
  };
  await writePrivate(appPath(home, alias), JSON.stringify(record) + "\n");
}

function folderOf(home: string): string {
  return `${home}/mcp-auth/slack`;
}

function appPath(home: string, alias: string): string {
  return `${folderOf(home)}/${alias}.app.json`;
}

function readRecord<T>(path: string, schema: z.ZodType<T>, alias: string): T | null {
  const text = readPrivateFile(path);
  if (text === null) return null;
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new AppError("account.broken", `Cannot read "${path}"`, {
      cause,
      hint: `Make it anew: ${slackLoginCommand(alias)} --force`,
    });
  }
}

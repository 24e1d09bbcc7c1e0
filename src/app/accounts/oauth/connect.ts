/** Makes a connection of `ward oauth`: the client, the browser, the tokens. */
import { agreed, placeOf } from "./agree.ts";
import { connectCommand, type ConnectionStore } from "./connections.ts";
import { clientOf, withOAuth } from "./oauth_thread.ts";
import { type AgreeScreen, agreeScreen } from "../screen.ts";
import type { Form } from "../../start/code_base.ts";
import type { ProfileContext } from "../../commands/context.ts";
import { prompterOf } from "../../prompting.ts";
import { UsageError } from "../../../base/app_error.ts";
import { systemClock } from "../../../host/process/system.ts";
import { blankLogin } from "../../../kernel/accounts/access.ts";
import { clientFields, clientProblem, typedClient } from "../../../kernel/accounts/oauth/grants.ts";
import type { OAuthClient, OAuthProvider } from "../../../model/services/oauth.ts";
import { readPiped } from "../../../surfaces/cli/read_message.ts";

/** Most that is read of a piped client, in bytes. */
const MAX_PIPED_BYTES = 16_384;

/** What a connection is made by. */
export interface Connecting {
  readonly provider: OAuthProvider;
  readonly store: ConnectionStore;
  /** Where the browser brings the code. */
  readonly callbackUrl: string;
  /** Ask for the client also where one is saved. */
  readonly wantsClient: boolean;
}

/** Who is asked, and where. */
export interface ConnectWays {
  readonly form: Form;
  readonly screen: AgreeScreen;
  /** The app of the user at the service, where none is saved. */
  askClient(): Promise<OAuthClient>;
}

/**
 * The ways of a terminal.
 *
 * @param wantsBrowser False: none is opened.
 */
export function terminalWays(
  connecting: Connecting,
  wantsBrowser: boolean,
  context: ProfileContext,
): ConnectWays {
  return {
    form: context.profile.form,
    screen: agreeScreen(context, wantsBrowser),
    askClient: () => askClient(connecting, context),
  };
}

/**
 * Connects; nothing is kept unless all went well.
 *
 * @throws {AppError} Family `account`.
 */
export async function connectService(
  connecting: Connecting,
  ways: ConnectWays,
): Promise<void> {
  const { provider, store } = connecting;
  // Before the user goes through the browser for a connection that could not be kept.
  {
    using _ = await store.lock();
  }
  const saved = connecting.wantsClient ? null : await store.read().catch(() => null);
  const client = saved?.client ?? await ways.askClient();
  const isAlone = provider.type === "client_credentials";
  const tokens = await withOAuth(
    provider,
    {
      form: ways.form,
      url: provider.tokenUrl,
      listens: isAlone ? undefined : placeOf(connecting.callbackUrl).port,
    },
    async (thread) => {
      const fields = isAlone ? clientFields(provider) : await agreed(
        thread,
        { ...connecting, client, mend: connectCommand(provider.name) },
        ways.screen,
      );
      return await thread.oauthToken(
        { tokenUrl: provider.tokenUrl, client: clientOf(provider, client), fields },
        new AbortController().signal,
      );
    },
  );
  using _ = await store.lock();
  await store.write({
    client,
    scopes: tokens.scopes ?? provider.scopes,
    service: null,
    login: {
      ...blankLogin(client.id),
      accessToken: tokens.accessToken,
      // Who has the client's secret needs nothing else for the next token.
      refreshToken: isAlone ? client.secret : tokens.refreshToken,
      expiresAtMs: tokens.expiresInMs === null ? null : systemClock.now() + tokens.expiresInMs,
    },
  });
}

/** The app of the user at the service, typed unseen or from standard input. */
async function askClient(
  { provider, callbackUrl }: Connecting,
  context: ProfileContext,
): Promise<OAuthClient> {
  const { title, type } = provider;
  const prompter = prompterOf(context);
  if (prompter === null) {
    if (context.input.isTerminal) {
      throw new UsageError("account.client", `Cannot ask for the client of ${title} here`, {
        hint: "Write its id and its secret to standard input, a line each",
      });
    }
    const [id = "", secret = ""] = (await readPiped(Deno.stdin.readable, MAX_PIPED_BYTES))
      .split(/\r?\n/).map((line) => line.trim());
    return typedClient(provider, id, secret);
  }
  if (type !== "client_credentials") {
    context.stderr.write(`Callback address to register at the service: ${callbackUrl}\n`);
  }
  const id = await prompter.hidden({
    title: `Client id of your app at ${title} (not shown)`,
    check: (text) => clientProblem(text.trim()),
  });
  const secret = await prompter.hidden({
    title: `Its secret (not shown${type === "client_credentials" ? "" : "; empty: it has none"})`,
    check: (text) => text.trim() === "" ? null : clientProblem(text.trim()),
  });
  return typedClient(provider, id.trim(), secret.trim());
}

/** The app of the user at Slack, by which a login is made. */
import type { ProfileContext } from "../commands/context.ts";
import { prompterOf } from "../prompting.ts";
import { UsageError } from "../../base/app_error.ts";
import { clientProblem, typedClient } from "../../kernel/accounts/oauth/grants.ts";
import type { OAuthClient } from "../../model/services/oauth.ts";
import { readPiped } from "../../surfaces/cli/read_message.ts";

/** Most that is read of a piped client, in bytes. */
const MAX_PIPED_BYTES = 16_384;

/**
 * The app: as the command line has it, as it was kept, typed unseen, or from standard input.
 *
 * @param kept Of an earlier login; its secret goes with its id alone.
 * @param redirectUri Address to register in the app, for people.
 * @throws {UsageError} `account.client`.
 */
export async function givenClient(
  given: { readonly clientId: string | null; readonly clientSecret: string | null },
  kept: OAuthClient | null,
  redirectUri: string,
  context: ProfileContext,
): Promise<OAuthClient> {
  const { stderr } = context;
  if (given.clientSecret !== null) {
    stderr.write(
      "! A secret in a command line is seen by other programs and stays in the shell's history; " +
        "left out, it is asked for unseen\n",
    );
  }
  const id = given.clientId ?? kept?.id ?? null;
  if (id !== null && given.clientSecret !== null) return checked(id, given.clientSecret);
  if (kept !== null && id === kept.id) return kept;
  const prompter = prompterOf(context);
  if (prompter === null) {
    if (context.input.isTerminal) {
      throw new UsageError("account.client", "Cannot ask for your app at Slack here", {
        hint: "Write its id and its secret to standard input, a line each",
      });
    }
    const lines = (await readPiped(Deno.stdin.readable, MAX_PIPED_BYTES))
      .split(/\r?\n/).map((line) => line.trim());
    const [first = "", second = ""] = lines;
    return id === null ? checked(first, second) : checked(id, first);
  }
  stderr.write(`Redirect URL to register in your app at Slack: ${redirectUri}\n`);
  const typed = id ?? (await prompter.hidden({
    title: "Client id of your app at Slack (not shown)",
    check: (text) => clientProblem(text.trim()),
  })).trim();
  const secret = await prompter.hidden({
    title: "Its secret (not shown; empty: it is a public app, with PKCE)",
    check: (text) => text.trim() === "" ? null : clientProblem(text.trim()),
  });
  return checked(typed, secret.trim());
}

function checked(id: string, secret: string): OAuthClient {
  return typedClient({ title: "Slack", type: "pkce" }, id, secret);
}

/** Logins at a fake Slack and its tools, by ward's real threads; the test is user and browser. */
import { createSlackAuthorizer } from "../../src/app/slack/authorizer.ts";
import { slackStore } from "../../src/app/slack/accounts.ts";
import { logInSlack, type SlackLogin } from "../../src/app/slack/log_in.ts";
import { createSlackPort } from "../../src/app/slack/slack_port.ts";
import { createSecrets, type Secrets } from "../../src/host/keys/secrets.ts";
import type { Clock, Tool } from "../../src/kernel/ports.ts";
import { createSlackTools } from "../../src/kernel/tools/slack/slack_tools.ts";
import type { ToolResult } from "../../src/model/conversation/tool.ts";
import { rawOutside } from "../../src/model/conversation/outside.ts";
import type { Login } from "../../src/model/services/account.ts";
import type { McpAuthorizer } from "../../src/model/services/mcp_login.ts";
import { SLACK_SCOPES, type SlackAccount } from "../../src/model/services/slack.ts";
import { FORM } from "../accounts/auth_kit.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { freePort } from "../free_port.ts";
import { SLACK_APP, type SlackService } from "../fakes/slack_service.ts";

/** How a login differs from the usual one. */
export interface SlackHow extends Partial<SlackLogin> {
  /** @default The user agrees, and the browser goes where it is sent. */
  browse?(page: string): void | Promise<void>;
}

/** What a test works with. */
export interface SlackKit extends Disposable {
  readonly home: string;
  readonly secrets: Secrets;
  readonly clock: FakeClock;
  readonly callbackUrl: string;
  readonly notices: string[];
  /** Every login that was read or renewed. */
  readonly seen: Login[];
  logIn(how?: SlackHow): Promise<SlackAccount>;
  store(alias?: string): ReturnType<typeof slackStore>;
  /** The tools of a session that begins now. */
  tools(clock?: Clock): Tool[];
  /** What requests of `acme` to Slack's own MCP server go with, where the entry is of this team. */
  authorizer(teamId: string | null): McpAuthorizer;
  readonly mcpUrl: string;
  /** Runs a tool past policy. */
  run(name: string, args?: object, clock?: Clock): Promise<ToolResult>;
}

/** Follows an address as a browser does. */
export async function visit(url: string): Promise<number> {
  const response = await fetch(url);
  await response.body?.cancel();
  return response.status;
}

/** Makes one with a folder of its own. */
export function slackKit(service: SlackService): SlackKit {
  const home = Deno.makeTempDirSync();
  const secrets = createSecrets({
    home,
    keychain: () => null,
    databaseKey: () => Promise.resolve("ab".repeat(32)),
  });
  const clock = new FakeClock();
  const notices: string[] = [];
  const seen: Login[] = [];
  const callbackUrl = `http://127.0.0.1:${freePort()}/oauth/callback`;
  const settings = {
    apiUrl: service.apiUrl,
    authorizeUrl: service.authorizeUrl,
    mcpUrl: `${service.url}/mcp`,
    callbackUrl,
    scopes: SLACK_SCOPES,
    servers: {},
  };
  const kit: SlackKit = {
    home,
    secrets,
    clock,
    callbackUrl,
    notices,
    seen,
    store: (alias = "acme") => slackStore(alias, { home, secrets }),
    async logIn({ browse, ...login } = {}) {
      let browsing: void | Promise<void> = undefined;
      const alias = login.alias ?? "acme";
      const account = await logInSlack(
        {
          alias,
          client: SLACK_APP,
          app: { redirectUri: null, team: null },
          settings,
          ...login,
        },
        { form: FORM, store: kit.store(alias) },
        {
          pastes: false,
          open(page) {
            browsing = browse ? browse(page) : visit(service.agree(page)).then(() => {});
            return true;
          },
          notice: (text) => notices.push(text),
          askForCode: () => Promise.reject(new Error("nobody is asked")),
        },
      );
      await browsing;
      return account;
    },
    tools: (own = clock) =>
      createSlackTools(createSlackPort({
        form: FORM,
        home,
        secrets,
        settings,
        clock: own,
        onLogin: (login) => seen.push(login),
        onProblem: (error) => notices.push(error.message),
      })).map(({ tool }) => tool),
    mcpUrl: settings.mcpUrl,
    authorizer: (teamId) =>
      createSlackAuthorizer({
        form: FORM,
        home,
        secrets,
        settings: { ...settings, servers: { acme: { teamId, label: null } } },
        clock,
        onLogin: (login) => seen.push(login),
        onProblem: (_, error) => notices.push(error.message),
      }),
    async run(name, args = {}, own = clock) {
      const tool = kit.tools(own).find((one) => one.name === name);
      if (!tool) throw new Error(`there is no ${name}`);
      const parsed = tool.schema.parse(args);
      const { signal } = new AbortController();
      return await tool.plan(parsed).execute({ signal, decisions: [] });
    },
    [Symbol.dispose]: () => Deno.removeSync(home, { recursive: true }),
  };
  return kit;
}

/** What came from outside with a result. */
export function found(
  result: ToolResult,
): { items: Record<string, unknown>[]; next: string | null } {
  return JSON.parse((result.outside ?? []).map(rawOutside).join(""));
}

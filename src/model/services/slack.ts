/** Slack, as the rest of ward sees it: accounts without their tokens, and answers of its Web API. */

/** What a login asks for, all of the user: nothing is done as a bot. Source: docs.slack.dev, "Scopes". */
export const SLACK_SCOPES: readonly string[] = [
  "channels:history",
  "groups:history",
  "im:history",
  "mpim:history",
  "channels:read",
  "groups:read",
  "im:read",
  "im:write",
  "mpim:write",
  "users:read",
  "users:read.email",
  "files:read",
  "chat:write",
  // Of `search.messages` and `search.files`; those after it are of Slack's own MCP server.
  "search:read",
  "search:read.public",
  "search:read.private",
  "search:read.im",
  "search:read.mpim",
  "search:read.users",
];

/** Letters of an alias: it is the name of files and of a saved secret. */
export const SLACK_ALIAS = /^[a-z0-9][a-z0-9_-]{0,31}$/;

/** An account at a workspace. Holds no secret. */
export interface SlackAccount {
  /** Its name here. */
  readonly alias: string;
  readonly team: { readonly id: string; readonly name: string };
  readonly userId: string;
}

/** An app of the user's at Slack, by which an alias logs in. Its secret is kept apart. */
export interface SlackApp {
  readonly clientId: string;
  /** Address registered for codes where it is not ward's own, such as a page that leads there. */
  readonly redirectUri: string | null;
  /** Workspace that the user is asked for. */
  readonly team: string | null;
}

/** Where Slack is, and what a login asks for. */
export interface SlackSettings {
  readonly apiUrl: string;
  readonly authorizeUrl: string;
  readonly mcpUrl: string;
  readonly callbackUrl: string;
  readonly scopes: readonly string[];
  /** MCP servers of the configuration whose requests go with a login at Slack, by alias. */
  readonly servers: Readonly<Record<string, SlackServer>>;
}

/** Whose login the requests to an MCP server go with. */
export interface SlackServer {
  /** Workspace that it has to be of; null: any. */
  readonly teamId: string | null;
  /** What that is called; null: not said. */
  readonly label: string | null;
}

/** Methods of the Web API that ward calls; no other one can be. Source: docs.slack.dev, "Methods". */
export const SLACK_METHODS = [
  "auth.test",
  "chat.getPermalink",
  "chat.postMessage",
  "conversations.history",
  "conversations.list",
  "conversations.open",
  "conversations.replies",
  "search.files",
  "search.messages",
  "users.info",
  "users.list",
  "users.lookupByEmail",
] as const;

/** One of {@linkcode SLACK_METHODS}. */
export type SlackMethod = typeof SLACK_METHODS[number];

/** Arguments of a method. */
export type SlackArguments = Readonly<Record<string, string | number | boolean>>;

/** A thing as ward passes it on: of all its fields those that say something. From outside. */
export type SlackItem = Readonly<Record<string, unknown>>;

/** What a method answered. All of it is from outside. */
export interface SlackAnswer {
  readonly items: readonly SlackItem[];
  /** Where to go on: a cursor, or the number of a page; null: that was all. */
  readonly next: string | null;
}

/** How a call of the Web API ended. */
export type SlackOutcome =
  | { readonly type: "answered"; readonly answer: SlackAnswer }
  /** Nothing was done; it may be asked again then. */
  | { readonly type: "limited"; readonly afterS: number }
  /** Slack's word for why not; a plain one. Nothing was done. */
  | { readonly type: "refused"; readonly word: string; readonly needed: string | null };

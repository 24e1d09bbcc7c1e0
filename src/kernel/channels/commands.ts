/** Commands of a chat: one table, from which help, lists at the services and the docs are made. */
import type { ChannelKind } from "../../model/channels/channel.ts";
import type { ChatPlace } from "../../model/channels/message.ts";
import { type Role, ROLES } from "../policy/roles.ts";
import { nearest } from "../settings/nearest.ts";

/** A row of {@linkcode CHAT_COMMANDS}. */
export interface ChatCommandRow {
  readonly name: string;
  /** Its arguments, as the help has them; empty: it takes none. */
  readonly args: string;
  readonly description: string;
  /** `everyone`: whoever is answered at all. */
  readonly who: "owner" | "everyone";
  /** `direct`: only where nobody reads along. */
  readonly where: "anywhere" | "direct";
  /** Services that have it. @default all */
  readonly services?: readonly ChannelKind[] | undefined;
  /** Whether its words hold a secret, and the message is taken away. @default false */
  readonly hasSecret?: true | undefined;
}

/** The commands, in the order of the help. */
export const CHAT_COMMANDS = [
  {
    name: "help",
    args: "",
    description: "this list",
    who: "everyone",
    where: "anywhere",
  },
  {
    name: "start",
    args: "",
    description: "says who answers here",
    who: "everyone",
    where: "anywhere",
    services: ["telegram"],
  },
  {
    name: "model",
    args: "[provider/model]",
    description: "shows the model, or switches it for this conversation",
    who: "owner",
    where: "anywhere",
  },
  {
    name: "models",
    args: "",
    description: "models to choose from",
    who: "owner",
    where: "anywhere",
  },
  {
    name: "auto",
    args: "",
    description: "chooses the model by each message again",
    who: "owner",
    where: "anywhere",
  },
  {
    name: "tasks",
    args: "",
    description: "what runs and waits in this conversation",
    who: "owner",
    where: "anywhere",
  },
  {
    name: "cancel",
    args: "[number|all]",
    description: "stops what runs, or one of /tasks",
    who: "owner",
    where: "anywhere",
  },
  {
    name: "clear",
    args: "",
    description: "stops what runs and begins a new conversation; the old one is kept",
    who: "owner",
    where: "anywhere",
  },
  {
    name: "cost",
    args: "",
    description: "tokens and their price; beyond this conversation in direct messages alone",
    who: "owner",
    where: "anywhere",
  },
  {
    name: "permissions",
    args: "",
    description: "what may be touched today",
    who: "owner",
    where: "direct",
  },
  {
    name: "approve",
    args: "[code [once|session|always|deny]]",
    description: "shows what waits for an answer, or answers it",
    who: "owner",
    where: "anywhere",
  },
  {
    name: "connect",
    args: "telegram|slack|discord <token> [app token]",
    description: "adds a bot; the message with its token is deleted",
    who: "owner",
    where: "direct",
    hasSecret: true,
  },
  {
    name: "bots",
    args: "",
    description: "the bots and whether they are connected",
    who: "owner",
    where: "direct",
  },
  {
    name: "reload",
    args: "",
    description: "takes the configuration in anew; a bad file changes nothing",
    who: "owner",
    // What is wrong with a file quotes it.
    where: "direct",
  },
  {
    name: "restart",
    args: "",
    description: "starts ward again; as a service, by the binary that is there now",
    who: "owner",
    where: "direct",
  },
] as const satisfies readonly ChatCommandRow[];

/** Name of a command. */
export type ChatCommandName = typeof CHAT_COMMANDS[number]["name"];

const ROWS: readonly ChatCommandRow[] = CHAT_COMMANDS;

/** What a message is. */
export type ChatLine =
  | { readonly type: "message" }
  | { readonly type: "command"; readonly name: ChatCommandName; readonly argument: string }
  /** It looks like a command and is not run; what to say. */
  | { readonly type: "refused"; readonly text: string; readonly hasSecret: boolean };

/** Who says it, and where. */
export interface SaidIn {
  readonly kind: ChannelKind;
  readonly place: Pick<ChatPlace, "kind">;
  readonly role: Role;
  /** Whether it came as a slash command: it is no message then, whatever it says. @default false */
  readonly isSlashCommand?: boolean | undefined;
}

/**
 * Understands a message: a command stands at its beginning, with `/`, in Slack with `!` too, and may
 * name the bot (`/help@my_bot`). A path such as `/etc/hosts` is none.
 */
export function parseChatLine(
  text: string,
  { kind, place, role, isSlashCommand = false }: SaidIn,
): ChatLine {
  const sign = kind === "slack" ? "[/!]" : "/";
  const [, typed = "", rest = ""] = new RegExp(
    `^\\s{0,10}${sign}([a-z][a-z_]{0,31})(?:@\\w{1,64})?(?:\\s+([^]*))?$`,
    "i",
  ).exec(text) ?? [];
  if (typed === "" && !isSlashCommand) return { type: "message" };
  const name = typed.toLowerCase();
  const has = available(kind);
  const row = has.find((one) => one.name === name);
  const refused = (why: string): ChatLine => ({
    type: "refused",
    text: why,
    hasSecret: row?.hasSecret === true,
  });
  const isCommander = ROLES[role].commands;
  if (!isCommander && row?.who !== "everyone") {
    return refused("Only the owner of this ward gives commands.");
  }
  if (!row) {
    const near = nearest(name, has.map((one) => one.name));
    if (name === "") return refused("That is no command; /help lists them.");
    return refused(
      `There is no command /${name}` + (near ? `; did you mean /${near}?` : "; /help lists them."),
    );
  }
  if (row.where === "direct" && place.kind !== "direct") {
    return refused(`/${name} works in a direct message alone: others read along here.`);
  }
  const argument = rest.trim();
  if (argument !== "" && row.args === "") {
    return refused(`/${name} takes no words after it; it was not run.`);
  }
  return { type: "command", name: row.name as ChatCommandName, argument };
}

const SLACK_HELP =
  "\n\nSlack may keep `/` for itself: write `!help`, or `/ward help` where its app " +
  "has that command.";

/** The help of somebody: the commands that they can give there. */
export function chatHelp({ kind, place, role }: SaidIn): string {
  const isCommander = ROLES[role].commands;
  const rows = available(kind).filter((one) =>
    (isCommander || one.who === "everyone") &&
    (one.where === "anywhere" || place.kind === "direct")
  );
  return rows.map(({ name, args, description }) =>
    `\`/${name}${args === "" ? "" : ` ${args}`}\` ${description}`
  ).join("\n") + (kind === "slack" ? SLACK_HELP : "");
}

/** What a service is told of the commands; who may give them is looked at when they come in. */
export function registeredCommands(
  kind: ChannelKind,
): readonly { readonly name: string; readonly description: string }[] {
  return available(kind).map(({ name, description }) => ({ name, description }));
}

function available(kind: ChannelKind): readonly ChatCommandRow[] {
  return ROWS.filter(({ services }) => services?.includes(kind) ?? true);
}

/** The table of `docs/channels.md`. */
export function chatCommandTable(): string {
  return [
    "| Command | What it does | Who | Where |",
    "| --- | --- | --- | --- |",
    ...ROWS.map(({ name, args, description, who, where, services }) => {
      const usage = `/${name}${args === "" ? "" : ` ${args}`}`.replaceAll("|", "\\|");
      const at = where === "direct" ? "direct messages" : "everywhere";
      const only = services ? ` (${services.join(", ")})` : "";
      return `| \`${usage}\` | ${description} | ${who} | ${at}${only} |`;
    }),
  ].join("\n");
}

/** What the commands of a chat do. Answers are Markdown. */
import type { BotState, ChatRoom, CommandHost } from "./command_host.ts";
import { connectBot } from "./connect_bot.ts";
import { costReport } from "../../commands/cost.ts";
import type { DeskAnswer, GivenCommand } from "../../../daemon/front_desk.ts";
import type { OpenQuestion } from "../../../daemon/questions.ts";
import { AppError } from "../../../base/app_error.ts";
import { ANSWERS, type ButtonAnswer } from "../../../kernel/channels/answers.ts";
import { chatHelp } from "../../../kernel/channels/commands.ts";
import { inlineName } from "../../../kernel/channels/inline_name.ts";
import { codeIn, type Pairing } from "../../../kernel/channels/pairing.ts";
import { type InboundMessage, placeKey } from "../../../model/channels/message.ts";
import { ROLES } from "../../../kernel/policy/roles.ts";
import { formatCost } from "../../../surfaces/cli/format/format_cost.ts";
import type { Output } from "../../../surfaces/cli/output.ts";

/** Text without colours. */
const PLAIN: Output = { write: () => {}, isTerminal: false, hasColor: false };

const DAY_MS = 86_400_000;

/** Days of the second table of `/cost`. */
const COST_DAYS = 7;

/** Letters of a question's id by which it is named. */
const SHORT = 6;

/** Does a command. What it cannot do is its answer, never a failure. */
export async function runChatCommand(given: GivenCommand, host: CommandHost): Promise<DeskAnswer> {
  try {
    return await answerOf(given, host);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { text: `That was not done: ${error.message}${error.hint ? `\n\n${error.hint}` : ""}` };
  }
}

async function answerOf(given: GivenCommand, host: CommandHost): Promise<DeskAnswer> {
  const { name, message, said } = given;
  const argument = given.argument ?? "";
  const room = host.room(message);
  switch (name) {
    case "help":
      return { text: chatHelp(said) };
    case "start":
      return { text: startText(given) };
    case "model":
      if (argument !== "") {
        await room.setModel(argument);
        return { text: `Now ${(await room.model()).current} answers here; /auto takes that back.` };
      }
      return { text: `${await modelText(room)}\n\nSwitch: \`/model provider/model\`` };
    case "models":
      return { text: await modelsText(room) };
    case "auto":
      await room.setModel(null);
      return { text: await modelText(room) };
    case "tasks":
      return { text: await tasksText(room, host) };
    case "cancel":
      return { text: await cancel(room, argument) };
    case "clear":
      return { text: await clear(room) };
    case "cost":
      return { text: await costText(await room.sessionId(), message, host) };
    case "permissions":
      return { text: fenced(await host.permissions()) };
    case "approve":
      return { text: await approve(argument, message, host) };
    case "connect":
      return { text: await connectBot(given.argument, message, host) };
    case "bots":
      return { text: botsText(host.bots()) };
    case "reload":
      return { text: await reload(host) };
    case "restart":
      return {
        text: "Starting again. What is in hand goes on after that.",
        after: () => host.restart(),
      };
  }
}

function startText({ said }: GivenCommand): string {
  return ROLES[said.role].commands
    ? "This is your ward: write what you want done. /help lists the commands."
    : "This is somebody's personal agent. It talks with you, and has no tools for you.";
}

async function modelText(room: ChatRoom): Promise<string> {
  const { current, isRouted } = await room.model();
  return isRouted
    ? `Each message chooses its model; the last one was ${current}.`
    : `${current} answers here.`;
}

async function modelsText(room: ChatRoom): Promise<string> {
  const { current, names } = await room.model();
  const all = [...new Set([current, ...names])];
  return all.map((name) => `- \`${name}\`${name === current ? " answers now" : ""}`).join("\n");
}

async function tasksText(room: ChatRoom, { clock }: CommandHost): Promise<string> {
  const tasks = await room.tasks();
  if (tasks.length === 0) return "Nothing runs or waits here.";
  return tasks.map(({ number, state, title, sinceMs }) =>
    `- ${number}: ${state} for ${timeText(clock.now() - sinceMs)}: ${inlineName(title)}`
  ).join("\n") + "\n\n`/cancel <number>` stops one, `/cancel all` all.";
}

async function cancel(room: ChatRoom, argument: string): Promise<string> {
  const isAll = argument === "" || argument.toLowerCase() === "all";
  if (!isAll && !/^\d{1,9}$/.test(argument)) {
    return "Say `/cancel`, or `/cancel <number of /tasks>`.";
  }
  const count = await room.cancel(isAll ? null : Number(argument));
  if (count > 0) return count === 1 ? "Stopped." : `Stopped ${count}.`;
  return isAll
    ? "Nothing runs or waits here."
    : `Nothing here has the number ${argument}; see /tasks.`;
}

async function clear(room: ChatRoom): Promise<string> {
  const count = await room.cancel(null);
  await room.leave();
  const stopped = count === 0 ? "" : ` ${count === 1 ? "What ran was" : `${count} were`} stopped.`;
  return `The next message begins a new conversation; the old one is kept.${stopped}`;
}

async function costText(
  sessionId: string | null,
  { place }: InboundMessage,
  { archive, clock }: CommandHost,
): Promise<string> {
  const today = Math.floor(clock.now() / DAY_MS) * DAY_MS;
  const week = { fromMs: today - (COST_DAYS - 1) * DAY_MS, toMs: today + DAY_MS };
  const report = async (title: string, ...which: Tail<Parameters<typeof costReport>>) =>
    `**${title}**\n${fenced(formatCost(await costReport(archive, ...which), PLAIN))}`;
  const parts = [
    sessionId === null ? null : await report("This conversation", "model", { sessionId }),
    // What else the owner does is nobody's who reads along.
    place.kind === "direct" ? await report("By day", "day", week) : null,
    place.kind === "direct" ? await report(`By model, ${COST_DAYS} days`, "model", week) : null,
  ].filter((part) => part !== null);
  return parts.length === 0 ? "Nothing was said here yet." : parts.join("\n");
}

type Tail<T extends readonly unknown[]> = T extends readonly [unknown, ...infer Rest] ? Rest
  : never;

/** Shows what waits, lets somebody in, or answers a question. */
async function approve(
  argument: string,
  { place }: InboundMessage,
  host: CommandHost,
): Promise<string> {
  const isDirect = place.kind === "direct";
  const all = host.questions.open();
  // Only where a question stands whole is it answered; what waits elsewhere is nobody's who reads
  // along.
  const open = all.filter((one) => one.place === placeKey(place));
  const elsewhere = isDirect ? all.length - open.length : 0;
  const waiting = waitingText(open, elsewhere, isDirect ? host.pairings.list() : []);
  if (argument === "") return waiting;
  const code = codeIn(argument);
  const pairing = code === null ? null : host.pairings.take(code);
  if (pairing) {
    const { place: { channel }, sender } = pairing;
    await host.letIn({ name: channel, list: "allow", id: sender.id });
    return `${
      inlineName(sender.name)
    } (id ${sender.id}) may talk to ${channel} as a guest, without ` +
      `tools. Undo: remove the id from \`channels.${channel}.allow\`.`;
  }
  const [which = "", word = "once"] = argument.toLowerCase().split(/\s+/);
  const answer = ANSWERS.find((one) => one === word);
  const found = open.filter(({ id }) => id.endsWith(which));
  const [question] = found;
  if (which.length < SHORT || !question || found.length > 1) {
    return `Nothing that waits has the code ${inlineName(which)}. ${waiting}`;
  }
  if (!answer) return `Answers are ${ANSWERS.join(", ")}.`;
  return host.questions.answer(question.id, answer)
    ? `${ANSWER_TEXTS[answer]}: ${inlineName(question.title)}`
    : `That question cannot be answered with ${answer}.`;
}

const ANSWER_TEXTS: Readonly<Record<ButtonAnswer, string>> = {
  once: "Allowed once",
  session: "Allowed for this conversation",
  always: "Allowed always",
  deny: "Denied",
};

function waitingText(
  open: readonly OpenQuestion[],
  elsewhere: number,
  pairings: readonly Pairing[],
): string {
  const lines = [
    ...open.map(({ id, title }) =>
      `- \`/approve ${id.slice(-SHORT)}\` allows once: ${inlineName(title)}`
    ),
    ...elsewhere === 0 ? [] : [`- In other chats: ${elsewhere}, to be answered there`],
    // The code itself stays with whoever has to bring it.
    ...pairings.map(({ place: { channel }, sender }) =>
      `- ${inlineName(sender.name)} (id ${sender.id}) wants to talk to ${channel}: ask them for ` +
      "their code, then `/approve <code>`"
    ),
  ];
  return lines.length === 0 ? "Nothing waits for an answer." : lines.join("\n");
}

function botsText(bots: readonly BotState[]): string {
  if (bots.length === 0) return "There are no bots.";
  return bots.map(({ channel: { name, kind, enabled }, as, isConnected, why }) => {
    const state = !enabled
      ? "off"
      : isConnected
      ? "connected"
      : `not connected${why ? `: ${why}` : ""}`;
    return `- **${name}** (${kind}${as ? ` ${inlineName(`@${as.username}`)}` : ""}): ${state}`;
  }).join("\n");
}

async function reload(host: CommandHost): Promise<string> {
  const notes = await host.reload();
  return ["The configuration was taken in anew.", ...notes].join("\n");
}

function timeText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function fenced(text: string): string {
  return `\`\`\`\n${text.trimEnd().replaceAll("```", "'''")}\n\`\`\``;
}

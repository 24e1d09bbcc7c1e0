/** `ward status --live` for people: rows of a view that is drawn anew each second. */
import { amountText } from "../../../kernel/budget/cap_text.ts";
import type { ActiveCall, ActiveTurn } from "../../../model/conversation/activity.ts";
import type { LiveConversation, LiveReport } from "../../../model/report.ts";
import type { Tone } from "../output.ts";
import { revealHidden } from "../sanitize_terminal.ts";
import { priceOf } from "./format_cost.ts";
import { titleOf } from "./format_sessions.ts";

/** A row, sanitised and neither cut nor coloured yet. */
export interface LiveRow {
  readonly text: string;
  readonly tone: Tone | null;
}

/** @param nowMs For how long something runs. */
export function formatLive(report: LiveReport, nowMs: number): LiveRow[] {
  const { version, profile, mode, layers, conversations } = report;
  const profileText = profile === null ? [] : [`profile ${profile}`];
  const atWork = conversations.filter(({ turn }) => turn !== null).length;
  const open = conversations.filter(({ parentId }) => parentId === null).length;
  return [
    row(`ward ${version} · ${[...profileText, `mode ${mode}`].join(" · ")} · ${clock(nowMs)}`),
    row(`layers: ${layers.map(({ name, state }) => `${name} ${state}`).join(", ")}`),
    row(todayText(report.today)),
    ...report.reached.map((text) => row(`! Models have ${text}`, "yellow")),
    row(""),
    row(
      open === 0
        ? "No conversation is open on this profile"
        : `${open === 1 ? "1 conversation" : `${open} conversations`} open, ${atWork} at work`,
      "bold",
    ),
    ...conversations.flatMap((one) => conversationRows(one, nowMs)),
  ];
}

function conversationRows(one: LiveConversation, nowMs: number): LiveRow[] {
  const { sessionId, workspace, holder, parentId, model, turn } = one;
  const indent = parentId === null ? "" : "    ";
  const who = parentId === null ? "" : "sub-agent: ";
  const held = holder === null
    ? []
    : [`process ${holder.pid}`, `open for ${elapsed(nowMs - holder.sinceMs)}`];
  const by = model === null
    ? []
    : [[model.provider, model.model].filter((word) => word !== "").join("/")];
  return [
    ...parentId === null ? [row("")] : [],
    row(`${indent}${sessionId}  ${who}${titleOf(one)}`),
    row(`${indent}  ${[...held, ...by, workspace].join(" · ")}`, "dim"),
    ...turn === null
      ? [row(`${indent}  waits for a message`, "dim")]
      : turnRows(turn, nowMs).map(({ text, tone }) => row(`${indent}  ${text}`, tone)),
  ];
}

function turnRows({ calls, ...turn }: ActiveTurn, nowMs: number): LiveRow[] {
  const { number, startedAtMs, modelCalls, inputTokens, outputTokens } = turn;
  const used = modelCalls === 0 ? [] : [
    `${modelCalls === 1 ? "1 model call" : `${modelCalls} model calls`}`,
    `${count(inputTokens)} in`,
    `${count(outputTokens)} out`,
  ];
  return [
    row([`turn ${number} for ${elapsed(nowMs - startedAtMs)}`, ...used].join(", "), "green"),
    ...calls.map((call) => row(callText(call), call.state === "waiting" ? "yellow" : null)),
  ];
}

function callText({ name, title, state }: ActiveCall): string {
  const words = {
    running: "… ",
    waiting: "? waits for an answer in its terminal: ",
    pending: "· not begun: ",
  };
  return words[state] + (title ?? name);
}

function todayText({ date, sum, caps }: LiveReport["today"]): string {
  const calls = sum.calls === 1 ? "1 model call" : `${count(sum.calls)} model calls`;
  const limits = (["tokens", "usd"] as const).flatMap((unit) => {
    const cap = caps[unit];
    return cap === null ? [] : [amountText(unit, cap)];
  });
  const spent = sum.calls === 0
    ? "no model call"
    : `${calls}, ${count(sum.inputTokens)} in, ${count(sum.outputTokens)} out, ${priceOf(sum)}`;
  return `today (${date} UTC): ${spent}` +
    (limits.length === 0 ? "; no cap of a day" : `; capped at ${limits.join(" and ")}`);
}

/** `8 s`, `3 min 5 s`, `2 h 4 min`, `3 d 2 h`. */
function elapsed(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h ${Math.floor(s / 60) % 60} min`;
  return `${Math.floor(s / 86_400)} d ${Math.floor(s / 3600) % 24} h`;
}

function clock(ms: number): string {
  return new Date(ms).toISOString().slice(11, 19) + "Z";
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}

function row(text: string, tone: Tone | null = null): LiveRow {
  return { text: revealHidden(text), tone };
}

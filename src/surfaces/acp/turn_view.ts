/** What a turn does, as updates of a session. */
import { assertNever } from "../../base/app_error.ts";
import type { TurnEvent } from "../../kernel/ports.ts";
import type { TouchRow } from "../../kernel/manifest/touch_watch.ts";
import { revealHidden, sanitizeTerminal } from "../cli/sanitize_terminal.ts";
import type { SessionUpdate, ToolCallContent } from "./protocol.ts";
import { diffContent, kindOf, locationsOf, rawInput, verbatim } from "./tool_shapes.ts";

type Finished = Extract<TurnEvent, { type: "tool_finished" }>;

/** See {@linkcode createTurnView}. */
export interface TurnView {
  onEvent(event: TurnEvent): void;
  /** Shows a call, unless it is shown already. @returns Whether it was not. */
  announce(callId: string, title: string): boolean;
  /** Ends what was shown for a question alone. */
  settle(callId: string, ok: boolean): void;
  /** Shows what a call shows from now on besides its result. */
  embed(callId: string, content: ToolCallContent): void;
  /** Something that the person should know. */
  notice(text: string): void;
  /** Tokens of the newest call of the model: all that it was sent and gave. */
  readonly usedTokens: number;
}

/**
 * Builds it.
 *
 * @param send Takes updates in order; does not throw.
 * @param hasNotices Whether the editor takes notices; if not, they are messages.
 */
export function createTurnView(
  send: (update: SessionUpdate) => void,
  hasNotices: boolean,
): TurnView {
  const shown = new Set<string>();
  const embedded = new Map<string, ToolCallContent>();
  let usedTokens = 0;
  const thought = (text: string) =>
    send({
      sessionUpdate: "agent_thought_chunk",
      content: { type: "text", text: `${sanitizeTerminal(text)}\n` },
    });
  const notice = (text: string) => {
    const title = revealHidden(text.trim());
    if (title === "") return;
    send(
      hasNotices
        ? { sessionUpdate: "notice", severity: "warning", title }
        : messageOf(`\n> ${title}\n\n`),
    );
  };
  const announce = (callId: string, title: string) => {
    if (shown.has(callId)) return false;
    shown.add(callId);
    send({
      sessionUpdate: "tool_call",
      toolCallId: callId,
      title: revealHidden(title),
      kind: "other",
      status: "pending",
    });
    return true;
  };
  const finish = (event: Finished) => {
    announce(event.callId, event.title);
    const own = embedded.get(event.callId);
    send({
      sessionUpdate: "tool_call_update",
      toolCallId: event.callId,
      status: event.ok ? "completed" : "failed",
      content: [...own ? [own] : [], ...resultOf(event)],
    });
    shown.delete(event.callId);
    embedded.delete(event.callId);
  };
  return {
    announce,
    settle(callId, ok) {
      shown.delete(callId);
      send({
        sessionUpdate: "tool_call_update",
        toolCallId: callId,
        status: ok ? "completed" : "failed",
      });
    },
    notice,
    embed(callId, content) {
      // Calls of a sub-agent are not shown one by one.
      if (!shown.has(callId)) return;
      embedded.set(callId, content);
      send({ sessionUpdate: "tool_call_update", toolCallId: callId, content: [content] });
    },
    get usedTokens() {
      return usedTokens;
    },
    onEvent(event) {
      switch (event.type) {
        case "text":
          return send(messageOf(event.text));
        case "tool_planned":
          shown.add(event.callId);
          return send({
            sessionUpdate: "tool_call",
            toolCallId: event.callId,
            title: revealHidden(event.title),
            name: event.name,
            kind: kindOf(event.name, event.accesses),
            status: "pending",
            locations: locationsOf(event.accesses),
            rawInput: rawInput(event.arguments),
          });
        case "tool_started":
          announce(event.callId, event.title);
          return send({
            sessionUpdate: "tool_call_update",
            toolCallId: event.callId,
            status: "in_progress",
          });
        case "tool_finished":
          return finish(event);
        case "usage":
          usedTokens = event.usage.inputTokens + event.usage.outputTokens;
          return;
        case "retry":
          return thought(`${event.reason}, again in ${Math.ceil(event.waitMs / 1000)} s`);
        case "agent":
          return thought(`${event.name}: ${event.text}`);
        case "answering":
          if (event.isOther) thought(`${event.provider} ${event.model} answers`);
          return;
        case "notice":
          return notice(event.text);
        case "unproven":
          event.claims.forEach((claim) => notice(`Claimed but not in the audit log: ${claim}`));
          return;
        case "model_call":
        case "route":
        case "ended":
          return;
        default:
          return assertNever(event);
      }
    },
  };
}

/** A piece of the answer. */
export function messageOf(text: string): SessionUpdate {
  return { sessionUpdate: "agent_message_chunk", content: { type: "text", text } };
}

/** What `plan` found, as the plan of an editor. */
export function planOf(rows: readonly TouchRow[]): SessionUpdate {
  const words = { allow: "passes", ask: "asks", deny: "refused" } as const;
  return {
    sessionUpdate: "plan",
    entries: rows.map(({ kind, value, decision, rule }) => ({
      content: revealHidden(`${kind} ${value} (${words[decision]}: ${rule})`),
      priority: "medium",
      status: "pending",
    })),
  };
}

/** A change is shown as such; of everything else the text that the model gets. */
function resultOf({ ok, change, text, summary, wayOut }: Finished): ToolCallContent[] {
  return [
    ...change ? [diffContent(change)] : [],
    ...change && ok ? [] : [verbatim(text ?? summary)],
    ...wayOut ? [verbatim(wayOut)] : [],
  ];
}

/** A task of the HTTP API: turns of the agent in a session of its own, with nobody to ask. */
import type { ApiServiceParts } from "./services.ts";
import { runRounds } from "./task_rounds.ts";
import { openConversation } from "../conversation/open_conversation.ts";
import { beginProvider } from "../provider.ts";
import type { TaskWork, WorkResult } from "../../daemon/tasks/task_queue.ts";
import { SessionAnswers } from "../../kernel/policy/grant_book.ts";
import type { Approver, TurnEvent } from "../../kernel/ports.ts";
import type { Task } from "../../model/services/task.ts";

/** What needs an approval is refused, with the command that grants it. */
const NOBODY: Approver = { available: false, ask: () => Promise.resolve({ type: "deny" }) };

/** Works on one, in a ward beside that of the daemon. */
export async function runTask(
  parts: Pick<ApiServiceParts, "ward" | "webhooks" | "threadOf" | "start">,
  task: Task,
  work: TaskWork,
): Promise<WorkResult> {
  const { ward, webhooks, threadOf } = parts;
  const start = parts.start();
  const room = ward.beside(start, new SessionAnswers());
  room.onNotice = (text) => work.tell("notice", { text });
  try {
    const begun = await beginProvider(start, { threadOf });
    const conversation = await openConversation(room, {
      provider: Promise.resolve(begun),
      resume: task.sessionId === null ? { type: "no" } : { type: "id", id: task.sessionId },
      approver: NOBODY,
      // It may be a program's.
      isPerson: false,
      isOneTask: true,
      onEvent(event) {
        webhooks.onEvent(event);
        tell(event, work);
      },
    }).catch((error) => {
      begun.thread?.stop();
      throw error;
    });
    try {
      await work.onSession(conversation.session.id);
      return await runRounds(ward.store, conversation, task, work);
    } finally {
      await conversation.close();
    }
  } finally {
    await room.close();
  }
}

/** What goes on, for who follows the task. */
function tell(event: TurnEvent, { tell }: TaskWork): void {
  switch (event.type) {
    case "text":
      return tell("text", { text: event.text });
    case "model_call":
      return tell("model", { call: event.iteration });
    case "tool_started":
      return tell("tool", { call_id: event.callId, title: event.title, state: "started" });
    case "tool_finished":
      return tell("tool", {
        call_id: event.callId,
        title: event.title,
        state: event.ok ? "done" : "failed",
        summary: event.summary,
      });
    case "agent":
      return tell("notice", { text: `${event.name}: ${event.text}` });
    case "retry":
      return tell("notice", {
        text: `${event.reason}; again in ${Math.ceil(event.waitMs / 1000)} s`,
      });
    case "notice":
      return tell("notice", { text: event.text });
    default:
      return;
  }
}

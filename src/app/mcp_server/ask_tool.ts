/** The tool `ask_ward`: a turn of the agent, as `ward agent -m` runs it, for a client. */
import * as z from "zod";
import { openConversation } from "../conversation/open_conversation.ts";
import { beginProvider } from "../provider.ts";
import type { Ward } from "../ward.ts";
import { AppError } from "../../base/app_error.ts";
import { systemClock } from "../../host/process/system.ts";
import { SessionAnswers } from "../../kernel/policy/grant_book.ts";
import type { TurnEvent } from "../../kernel/ports.ts";
import { createClientApprover } from "../../surfaces/mcp_server/approver.ts";
import { type Call, type ServedTool, servedTool } from "../../surfaces/mcp_server/served.ts";

/** Turns at once; each has cells of its own. */
const AT_ONCE = 4;

const schema = z.strictObject({
  message: z.string().min(1).max(200_000).describe("What the agent is to do or answer"),
  sessionId: z.string().optional().describe(
    "Go on with this session, as an earlier answer named it",
  ),
});

/** Address of a session as a resource. */
export function sessionUri(id: string): string {
  return `ward://sessions/${id}`;
}

/**
 * For one client: of answers "for this session" only those count that were given over its own
 * connection, whoever else has worked in a session that it goes on with.
 *
 * @param ward Each turn gets one beside it.
 */
export function askTool(ward: Ward): ServedTool {
  let running = 0;
  const answers = new SessionAnswers();
  return servedTool({
    name: "ask_ward",
    title: "Ask the agent",
    description:
      "Have ward's agent answer or do something in its workspace, with its own tools and " +
      "under its own policy. What needs approval is asked of the user. Takes as long as the work " +
      "does; progress says what goes on. Answers with a sessionId to go on with; what the user " +
      "allowed in that session elsewhere is asked anew",
    schema,
    hints: { readOnly: false, destructive: true, idempotent: false, openWorld: true },
    async run({ message, sessionId }, call) {
      if (running >= AT_ONCE) {
        throw new AppError("mcp_server.busy", `Cannot begin: ${AT_ONCE} turns run already`, {
          hint: "Wait for one of them, or cancel it",
        });
      }
      running++;
      try {
        return await turn(ward.beside(ward.start, answers), message, sessionId ?? null, call);
      } finally {
        running--;
      }
    },
  });
}

async function turn(ward: Ward, message: string, sessionId: string | null, call: Call) {
  ward.onNotice = (text) => call.log("warning", text);
  try {
    const conversation = await openConversation(ward, {
      provider: beginProvider(ward.start),
      resume: sessionId === null ? { type: "no" } : { type: "id", id: sessionId },
      approver: createClientApprover(call, {
        clock: systemClock,
        timeoutMs: ward.start.settings.approvals.timeoutMs,
      }),
      // It may be a model's.
      isPerson: false,
      answeredIn: "editor",
      onEvent: (event) => tell(event, call),
    });
    try {
      const { id } = conversation.session;
      const { text, outcome, reason } = await conversation.say({ text: message }, call.signal);
      call.changed(sessionUri(id));
      const answer = [text, reason === null ? "" : `(${outcome}: ${reason})`]
        .filter((part) => part !== "").join("\n\n");
      return {
        content: [{ type: "text" as const, text: answer }, {
          type: "text" as const,
          text: `sessionId: ${id}`,
        }],
        structuredContent: { answer: text, outcome, reason, sessionId: id },
        ...outcome === "complete" ? {} : { isError: true },
      };
    } finally {
      await conversation.close();
    }
  } finally {
    await ward.close();
  }
}

/** What goes on, for whoever waits. */
function tell(event: TurnEvent, call: Call): void {
  switch (event.type) {
    case "model_call":
      return call.progress(`model call ${event.iteration}`);
    case "tool_started":
      return call.progress(event.title);
    case "tool_finished":
      return call.progress(`${event.title}: ${event.summary}`);
    case "agent":
      return call.progress(`${event.name}: ${event.text}`);
    case "retry":
      return call.progress(`${event.reason}; again in ${Math.ceil(event.waitMs / 1000)} s`);
    case "notice":
      return call.log("warning", event.text);
    default:
      return;
  }
}

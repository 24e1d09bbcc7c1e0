import type { Message } from "../../model/conversation/message.ts";
import type { SessionUpdate } from "./protocol.ts";
import { kindOf, rawInput, verbatim } from "./tool_shapes.ts";
import { messageOf } from "./turn_view.ts";

/** A stored message as the updates that an editor would have seen. */
export function replayOf(message: Message): SessionUpdate[] {
  switch (message.role) {
    case "user":
      return [
        ...message.text === "" ? [] : [userChunk({ type: "text" as const, text: message.text })],
        ...(message.images ?? []).map(({ mediaType, data }) =>
          userChunk({ type: "image" as const, mimeType: mediaType, data })
        ),
      ];
    case "assistant":
      return [
        ...message.text === "" ? [] : [messageOf(message.text)],
        ...message.toolCalls.map((call): SessionUpdate => ({
          sessionUpdate: "tool_call",
          toolCallId: call.id,
          title: call.name,
          name: call.name,
          kind: kindOf(call.name, []),
          status: "pending",
          rawInput: rawInput(call.arguments),
        })),
      ];
    case "tool":
      return [{
        sessionUpdate: "tool_call_update",
        toolCallId: message.callId,
        status: message.ok ? "completed" : "failed",
        content: [verbatim(message.content)],
      }];
  }
}

function userChunk(
  content: Extract<SessionUpdate, { sessionUpdate: "user_message_chunk" }>["content"],
): SessionUpdate {
  return { sessionUpdate: "user_message_chunk", content };
}

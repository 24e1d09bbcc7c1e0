import { type ModelService, sse, startModelService } from "./model_service.ts";

/** A model service that greets; `refused` tokens get 401. */
export function startGreeter(refused: ReadonlySet<string> = new Set()): ModelService {
  return startModelService(({ path, headers }) => {
    const token = (headers.get("authorization") ?? "").replace(/^Bearer /, "");
    if (refused.has(token)) {
      return Response.json({ error: { type: "authentication_error" } }, { status: 401 });
    }
    if (path.endsWith("/messages")) {
      return sse(
        { type: "message_start", message: { usage: { input_tokens: 3, output_tokens: 1 } } },
        { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
        { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hello." } },
        { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 2 } },
        { type: "message_stop" },
      );
    }
    if (path.endsWith("/chat/completions")) {
      const chunk = (delta: object, finish: string | null) => ({
        id: "c",
        object: "chat.completion.chunk",
        created: 0,
        model: "m",
        choices: [{ index: 0, delta, finish_reason: finish }],
      });
      return sse(chunk({ content: "Hello." }, null), chunk({}, "stop"), "data: [DONE]\n\n");
    }
    if (path.endsWith("/responses")) {
      const response = {
        id: "r",
        object: "response",
        status: "completed",
        output: [],
        usage: { input_tokens: 3, output_tokens: 2, total_tokens: 5 },
      };
      return sse(
        {
          type: "response.created",
          sequence_number: 0,
          response: { ...response, status: "in_progress" },
        },
        {
          type: "response.output_text.delta",
          sequence_number: 1,
          item_id: "i",
          output_index: 0,
          content_index: 0,
          delta: "Hello.",
          logprobs: [],
        },
        { type: "response.completed", sequence_number: 2, response },
      );
    }
    return new Response("not found", { status: 404 });
  });
}

/**
 * A model service without latency, as a process of its own: OpenAI chat completions as one stream.
 * The name of the model is the script, so that a run needs no set-up: `answer` answers at once,
 * `read-3` asks for a file three times before it answers, `run-3` for a command.
 *
 * Prints its port. `GET /last` gives the body of the last model call.
 */
import type { ToolCall } from "../src/model/conversation/message.ts";

/** The part of a request that the script looks at. */
interface ChatRequest {
  readonly model: string;
  readonly messages: readonly { readonly role: string }[];
}

let last = "";
const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
  if (request.method === "GET") return new Response(last);
  last = await request.text();
  const events = answer(JSON.parse(last)).map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`);
  return new Response(events.join("") + "data: [DONE]\n\n", {
    headers: { "content-type": "text/event-stream" },
  });
});
await Deno.stdout.write(new TextEncoder().encode(`${server.addr.port}\n`));

function answer({ model, messages }: ChatRequest): object[] {
  const [kind, rounds = "0"] = model.split("-");
  const round = messages.filter(({ role }) => role === "assistant").length;
  const delta = round < Number(rounds)
    ? { role: "assistant", content: "", tool_calls: [toolCall(kind ?? "", round)] }
    : { role: "assistant", content: "done" };
  const finish = "tool_calls" in delta ? "tool_calls" : "stop";
  const chunk = (fields: object) => ({
    id: "mock",
    object: "chat.completion.chunk",
    created: 0,
    model,
    ...fields,
  });
  return [
    chunk({ choices: [{ index: 0, delta, finish_reason: null }] }),
    chunk({ choices: [{ index: 0, delta: {}, finish_reason: finish }] }),
    chunk({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } }),
  ];
}

/** Each round asks for something else: the same call again would end the turn as a stall. */
function toolCall(kind: string, round: number) {
  const call: Omit<ToolCall, "id"> = kind === "read"
    ? { name: "read", arguments: JSON.stringify({ path: `file${round}.txt` }) }
    : { name: "run", arguments: JSON.stringify({ command: `wc -l file${round}.txt` }) };
  return { index: 0, id: `call_${round}`, type: "function", function: call };
}

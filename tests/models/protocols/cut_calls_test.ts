import assert from "node:assert/strict";
import { readAnthropicStream } from "../../../src/compartments/models/protocols/anthropic/stream.ts";
import { readConverseStream } from "../../../src/compartments/models/protocols/bedrock/stream.ts";
import { readChatStream } from "../../../src/compartments/models/protocols/openai_chat/stream.ts";
import type { StopReason } from "../../../src/model/conversation/model_stream.ts";
import { collect } from "../start_thread.ts";
import { CALL, newIds, stream } from "./reading.ts";

/** A call of which no argument came, and how the answer stopped, by protocol. */
const STOPPED = {
  openai: (stop: string) =>
    readChatStream(
      stream([{
        choices: [{
          delta: { tool_calls: [{ index: 0, id: "1", function: { name: "a", arguments: "" } }] },
          finish_reason: stop,
        }],
      }]),
      CALL,
      newIds(),
    ),
  anthropic: (stop: string) =>
    readAnthropicStream(
      stream([
        {
          type: "content_block_start",
          index: 0,
          content_block: { type: "tool_use", id: "1", name: "a", input: {} },
        },
        { type: "message_delta", delta: { stop_reason: stop } },
        { type: "message_stop" },
      ]),
      CALL,
      newIds(),
    ),
  bedrock: (stop: string) =>
    readConverseStream(
      stream([
        {
          name: "contentBlockStart",
          payload: { contentBlockIndex: 0, start: { toolUse: { toolUseId: "1", name: "a" } } },
        },
        { name: "messageStop", payload: { stopReason: stop } },
      ]),
      CALL,
      newIds(),
    ),
};

Deno.test("a call that was cut before its first argument does not become one without arguments", async () => {
  const stops: readonly (readonly [
    protocol: keyof typeof STOPPED,
    stop: string,
    mapped: StopReason,
    args: string,
  ])[] = [
    ["openai", "length", "max_tokens", ""],
    ["openai", "model_length", "max_tokens", ""],
    ["openai", "content_filter", "refusal", ""],
    ["openai", "eternity", "other", ""],
    ["openai", "tool_calls", "tool_calls", "{}"],
    ["openai", "stop", "tool_calls", "{}"],
    ["anthropic", "max_tokens", "max_tokens", ""],
    ["anthropic", "model_context_window_exceeded", "max_tokens", ""],
    ["anthropic", "refusal", "refusal", ""],
    ["anthropic", "pause_turn", "other", ""],
    ["anthropic", "tool_use", "tool_calls", "{}"],
    ["bedrock", "max_tokens", "max_tokens", ""],
    ["bedrock", "model_context_window_exceeded", "max_tokens", ""],
    ["bedrock", "guardrail_intervened", "refusal", ""],
    ["bedrock", "eternity", "other", ""],
    ["bedrock", "tool_use", "tool_calls", "{}"],
  ];
  for (const [protocol, stop, stopReason, args] of stops) {
    const events = await collect(STOPPED[protocol](stop));
    const call = events.find((event) => event.type === "tool_call");
    assert.equal(call?.type === "tool_call" && call.call.arguments, args, `${protocol} ${stop}`);
    assert.deepEqual(events.at(-1), { type: "end", stopReason });
  }
});

/** A behaviour of adapters, and what several of them are tried with. */
import assert from "node:assert/strict";
import type { ImagePart, Message, ToolCall } from "../../../src/model/conversation/message.ts";
import type { ModelEvent, ToolSpec, Usage } from "../../../src/model/conversation/model_stream.ts";
import type { ServiceProtocol } from "../../../src/model/settings.ts";
import type { Desk } from "./desk.ts";

/** One behaviour. */
export interface Behaviour {
  readonly name: string;
  /** Protocols that have no such thing, and why. */
  readonly not?: Readonly<Partial<Record<ServiceProtocol, string>>> | undefined;
  run(desk: Desk): Promise<void>;
}

/** Two calls as a service sends them. */
export const CALLS = [
  { id: "call_a", name: "read_file", args: ['{"path"', ':"a.md"}'] },
  { id: "call_b", name: "list_files", args: ["{}"] },
];

/** Two tools. */
export const TOOLS: ToolSpec[] = ["read_file", "list_files"].map((name) => ({
  name,
  description: `does ${name}`,
  parameters: { type: "object", properties: { path: { type: "string" } } },
}));

/** A question, two calls, and their results. */
export const HISTORY: Message[] = [
  { role: "user", text: "go" },
  {
    role: "assistant",
    text: "Looking.",
    toolCalls: [
      { id: "one:1", name: "read_file", arguments: '{"path":"a.md"}' },
      { id: "one:2", name: "list_files", arguments: "{}" },
    ],
  },
  { role: "tool", callId: "one:1", name: "read_file", ok: true, content: "content of a" },
  { role: "tool", callId: "one:2", name: "list_files", ok: false, content: "failed: denied" },
];

/** A message of the user. */
export function user(text: string, images?: ImagePart[]): Message {
  return { role: "user", text, ...(images ? { images } : {}) };
}

/** Calls of an answer. */
export function callsOf(events: readonly ModelEvent[]): ToolCall[] {
  return events.flatMap((event) => event.type === "tool_call" ? [event.call] : []);
}

/** Usage of an answer. */
export function usageOf(events: readonly ModelEvent[]): Usage | undefined {
  return events.find((event) => event.type === "usage")?.usage;
}

/** Asserts how an answer ended. */
export function stops(events: readonly ModelEvent[], stopReason: string): void {
  assert.deepEqual(events.at(-1), { type: "end", stopReason });
}

/** Protocols that lack a thing for one reason. */
export function of(protocols: readonly ServiceProtocol[], reason: string): Behaviour["not"] {
  return Object.fromEntries(protocols.map((protocol) => [protocol, reason]));
}

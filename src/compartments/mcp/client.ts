import * as z from "zod";
import { lazily } from "../../base/lazily.ts";
import {
  MCP_MAX_NAME,
  type McpCallResult,
  type McpConnect,
  type McpEnd,
  type McpEvent,
  type McpToolDefinition,
} from "../../model/mcp/session.ts";
import type { Client } from "../wire.ts";

const definition: () => z.ZodType<McpToolDefinition> = lazily(() =>
  z.object({
    name: z.string().min(1).max(MCP_MAX_NAME),
    title: z.string().nullable(),
    description: z.string(),
    inputSchema: z.record(z.string(), z.unknown()),
  })
);

const result: () => z.ZodType<McpCallResult> = lazily(() =>
  z.discriminatedUnion("type", [
    z.object({
      type: z.literal("result"),
      isError: z.boolean(),
      parts: z.array(z.discriminatedUnion("type", [
        z.object({ type: z.literal("text"), text: z.string() }),
        z.object({ type: z.enum(["image", "audio"]), mimeType: z.string(), bytes: z.number() }),
        z.object({ type: z.literal("link"), uri: z.string(), name: z.string() }),
        z.object({
          type: z.literal("data"),
          uri: z.string(),
          mimeType: z.string(),
          bytes: z.number(),
        }),
      ])),
    }),
    z.object({ type: z.literal("refused"), text: z.string() }),
  ])
);

const event: () => z.ZodType<McpEvent> = lazily(() =>
  z.discriminatedUnion("type", [
    z.object({
      type: z.literal("ready"),
      hello: z.object({ name: z.string(), version: z.string(), protocol: z.string() }),
    }),
    z.object({ type: z.literal("line"), line: z.string() }),
    z.object({ type: z.literal("authorize"), id: z.number(), refused: z.string().nullable() }),
    z.object({ type: z.literal("changed") }),
    z.object({
      type: z.literal("elicit"),
      id: z.number(),
      message: z.string(),
      fields: z.array(z.object({
        name: z.string(),
        title: z.string(),
        required: z.boolean(),
        standard: z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]).nullable(),
      })),
    }),
  ])
);

const progress = lazily(() =>
  z.object({
    progress: z.number(),
    total: z.number().nullable(),
    message: z.string(),
  })
);

/** How far a call has come, in the server's words. */
export type McpProgress = z.infer<ReturnType<typeof progress>>;

/** One connection in its thread. Everything throws `AppError` of the family `mcp`, in ward's words. */
export interface McpClient {
  /** Lasts as long as the connection. */
  connect(params: McpConnect, onEvent: (event: McpEvent) => void): Promise<McpEnd>;
  /** A line of the process. */
  message(line: string): void;
  answer(id: number, answer: unknown): void;
  list(timeoutMs: number, signal: AbortSignal): Promise<McpToolDefinition[]>;
  call(
    params: {
      readonly name: string;
      readonly args: Readonly<Record<string, unknown>>;
      readonly timeoutMs: number;
    },
    signal: AbortSignal,
    onProgress?: (progress: McpProgress) => void,
  ): Promise<McpCallResult>;
}

/** The kernel's side of an `mcp:<alias>` thread. */
export function createMcpClient(client: Client): McpClient {
  return {
    async connect(params, onEvent) {
      const { why } = await client.call("connect", params, {
        onEvent(raw) {
          // One in a form that we do not know is dropped: nothing of a server ends the kernel.
          const known = event().safeParse(raw);
          if (known.success) onEvent(known.data);
        },
      }) as { why: McpEnd };
      return why;
    },
    message: (line) => client.tell("message", { line }),
    answer: (id, answer) => client.tell("answer", { id, answer }),
    async list(timeoutMs, signal) {
      const answer = await client.call("list", { timeoutMs }, { signal });
      return z.object({ tools: z.array(definition()) }).parse(answer).tools;
    },
    async call(params, signal, onProgress) {
      return result().parse(
        await client.call("call", params, {
          signal,
          onEvent(raw) {
            const known = progress().safeParse(raw);
            if (known.success) onProgress?.(known.data);
          },
        }),
      );
    },
  };
}

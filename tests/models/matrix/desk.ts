/** One adapter in its real thread before one service that speaks its protocol. */
import assert from "node:assert/strict";
import type { ModelEvent, ModelRequest } from "../../../src/model/conversation/model_stream.ts";
import type { ServiceTraits } from "../../../src/model/services/service_traits.ts";
import { type SeenRequest, startModelService } from "../../fakes/model_service.ts";
import type { Refusal, Said, Script, Speaker } from "../../fakes/services/speaker.ts";
import { collect, modelRequest, type ModelThread, startThread } from "../start_thread.ts";

/** What the service does with the next request. */
export type Answer = Script | { readonly refuse: Refusal } | ((seen: SeenRequest) => Response);

/** A place where one adapter is tried. */
export interface Desk extends AsyncDisposable {
  readonly speaker: Speaker;
  readonly thread: ModelThread;
  readonly baseUrl: string;
  /** The key of its thread; no other desk has it. */
  readonly key: string;
  /** All requests so far. */
  readonly requests: readonly SeenRequest[];
  /** Answers of the next requests; the last one stays. */
  will(...answers: Answer[]): void;
  /** Calls with the model of the speaker. */
  ask(parts?: Partial<ModelRequest>): Promise<ModelEvent[]>;
  /** What the newest request said. */
  said(): Said;
  /** The same with services that differ so. */
  other(traits: ServiceTraits): Promise<Desk>;
}

/** What a refusal says in its message, which must never come out. */
export const ECHO = "echo of the prompt and of a key";

/** Starts service and thread. */
export async function openDesk(speaker: Speaker, traits: ServiceTraits = {}): Promise<Desk> {
  let answers: Answer[] = [{ text: ["ok"] }];
  const service = startModelService((seen) => {
    const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
    if (typeof answer === "function") return answer(seen);
    if ("refuse" in answer) {
      const { status, body, headers = {} } = speaker.refusal(answer.refuse, ECHO);
      return Response.json(body, { status, headers: { ...headers } });
    }
    return streamed(speaker, answer);
  });
  const key = `sk-canary-${crypto.randomUUID()}`;
  const baseUrl = service.url + speaker.basePath;
  const thread = await startThread({
    protocol: speaker.protocol,
    baseUrl,
    traits,
    apiKey: key,
  });
  const desk: Desk = {
    speaker,
    thread,
    baseUrl,
    key,
    requests: service.requests,
    will(...next) {
      answers = next;
    },
    ask(parts = {}) {
      const { signal } = new AbortController();
      const request = modelRequest({ model: speaker.model, ...parts });
      return collect(thread.client.stream(request, { signal }));
    },
    said: () => speaker.read(service.requests.at(-1)!),
    other: (changed) => openDesk(speaker, changed),
    async [Symbol.asyncDispose]() {
      await thread[Symbol.asyncDispose]();
      await service[Symbol.asyncDispose]();
      service.requests.forEach((seen) => keyInOneHeader(seen, key));
    },
  };
  return desk;
}

/** Whatever the request was for: the key stands in one header of it, or in none. */
function keyInOneHeader({ method, path, headers, body }: SeenRequest, key: string): void {
  const holders = [...headers].filter(([, value]) => value.includes(key));
  const isElsewhere = body.includes(key) || path.includes(key);
  assert.ok(holders.length <= 1 && !isElsewhere, `the key in ${method} ${path}`);
}

/** An answer piece by piece. */
export function streamed(speaker: Speaker, script: Script): Response {
  const { type, chunks } = speaker.answer(script);
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  return new Response(body, { headers: { "content-type": type } });
}

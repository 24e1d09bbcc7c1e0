/** A model service (aimock) that answers by a script: what it says follows from what it was sent. */
import { LLMock } from "@copilotkit/aimock";

/** One answer of the script. */
export interface ScriptStep {
  readonly content?: string;
  readonly calls?: readonly { readonly name: string; readonly arguments: unknown }[];
}

/** The service and what it received. */
export interface ScriptedService extends AsyncDisposable {
  /** Address for WARD_API_BASE or ANTHROPIC_BASE_URL. */
  readonly url: string;
  /** Bodies of the model calls, in order, as JSON text. */
  bodies(): string[];
  /** Variables that point ward at it by the OpenAI protocol. */
  readonly env: Record<string, string>;
}

/**
 * Starts it. The n-th model call of a turn gets the n-th step: the number is counted from the
 * answers of the assistant in the request, so that retries get the same one.
 */
export async function startScriptedService(steps: readonly ScriptStep[]): Promise<ScriptedService> {
  const mock = new LLMock({ port: 0, host: "127.0.0.1" });
  steps.forEach((step, index) => {
    const answer = step.calls
      ? {
        content: step.content ?? "",
        toolCalls: step.calls.map((call, n) => ({
          id: `call_${index}_${n}`,
          name: call.name,
          arguments: JSON.stringify(call.arguments),
        })),
      }
      : { content: step.content ?? "" };
    mock.on({
      predicate: (request) => {
        const messages = request.messages ?? [];
        const lastUser = messages.findLastIndex((message) => message.role === "user");
        return messages.slice(lastUser).filter((message) => message.role === "assistant").length ===
          index;
      },
    }, answer);
  });
  await mock.start();
  return {
    url: mock.url,
    bodies: () => mock.getRequests().map((entry) => JSON.stringify(entry.body)),
    env: {
      WARD_PROVIDER: "openai",
      WARD_API_BASE: `${mock.url}/v1`,
      WARD_API_KEY: "test-key",
      WARD_MODEL: "mock",
    },
    [Symbol.asyncDispose]: async () => {
      await mock.stop();
    },
  };
}

/** Whether a service answers: through its own thread, as doctor asks it. */
import assert from "node:assert/strict";
import { formOf } from "../../src/app/start/code_base.ts";
import { reach } from "../../src/app/doctor/look_at_provider.ts";
import type { ProviderChoice } from "../../src/model/settings.ts";
import { sse, startModelService } from "../fakes/model_service.ts";

const form = formOf(new URL("../../src/main.ts", import.meta.url).href);

const choice = (baseUrl: string, protocol: ProviderChoice["protocol"]): ProviderChoice => ({
  name: protocol,
  protocol,
  baseUrl,
  model: "m",
  why: "",
  keySource: "variable KEY",
});

async function codeOf(
  answer: Parameters<typeof startModelService>[0],
  protocol: ProviderChoice["protocol"] = "openai",
): Promise<string> {
  await using service = startModelService(answer);
  const base = protocol === "openai" ? `${service.url}/v1` : service.url;
  const found = await reach({ choice: choice(base, protocol), key: "sk-key", login: null }, form);
  return found.type === "failed"
    ? found.problem.code
    : found.type === "reached"
    ? `reached ${found.models?.join() ?? "without a list"}`
    : found.type;
}

Deno.test("reach: the list of each protocol", async () => {
  const list = { object: "list", data: [{ id: "m", type: "model" }], has_more: false };
  assert.equal(await codeOf(() => Response.json(list)), "reached m");
  assert.equal(await codeOf(() => Response.json(list), "anthropic"), "reached m");
  const tags = { models: [{ name: "q" }] };
  assert.equal(await codeOf(() => Response.json(tags), "ollama"), "reached q");
});

Deno.test("reach: a service without a list is asked for a word", async () => {
  const word = { choices: [{ index: 0, delta: { content: "ok" }, finish_reason: "stop" }] };
  const code = await codeOf(({ path }) =>
    path.endsWith("/models")
      ? Response.json({ error: {} }, { status: 404 })
      : sse({ id: "c", object: "chat.completion.chunk", ...word }, "[DONE]")
  );
  assert.equal(code, "reached without a list");
});

Deno.test("reach: causes of failure are told apart", async () => {
  const status = (code: number, error: object = {}) => () =>
    Response.json({ error }, { status: code });
  assert.equal(await codeOf(status(401)), "model.unauthorized");
  assert.equal(await codeOf(status(403), "anthropic"), "model.unauthorized");
  assert.equal(await codeOf(status(404)), "model.not_found");
  assert.equal(await codeOf(status(402)), "model.no_credit");
  assert.equal(await codeOf(status(429)), "model.rate_limited");
  assert.equal(await codeOf(status(503)), "model.unavailable");
  const page = () =>
    new Response("<html>router</html>", { headers: { "content-type": "text/html" } });
  assert.equal(await codeOf(page), "model.malformed");
  const never = Promise.withResolvers<Response>();
  await using silent = startModelService(() => never.promise);
  const found = await reach(
    { choice: choice(silent.url, "openai"), key: null, login: null },
    form,
    300,
  );
  assert.equal(found.type === "failed" && found.problem.code, "model.timeout");
  never.resolve(new Response());
});

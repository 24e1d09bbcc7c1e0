/** What is learned from refusals, and what is not. */
import assert from "node:assert/strict";
import { SPEAKERS } from "../../fakes/services/all.ts";
import { responsesSpeaker } from "../../fakes/services/responses.ts";
import { startModelService } from "../../fakes/model_service.ts";
import { streamed } from "../matrix/desk.ts";
import { ask, failureOf, modelRequest, startThread, textOf } from "../start_thread.ts";

/** A refusal in a form that all protocols read. */
const refused = (message: string, rest: object = {}) =>
  Response.json({ message, error: { message, ...rest } }, { status: 400 });

/** Common words that also name an optional field somewhere. */
const UNRELATED =
  "Please include a valid image: thinking, reasoning effort, adaptive and cached are fine";

Deno.test("a refusal of another thing with the words of a field is not learned from", async () => {
  for (const speaker of SPEAKERS) {
    let isBroken = true;
    await using service = startModelService(() =>
      isBroken ? refused(UNRELATED) : streamed(speaker, { text: ["ok"] })
    );
    const { protocol, model } = speaker;
    const baseUrl = service.url + speaker.basePath;
    await using thread = await startThread({ protocol, baseUrl, traits: { cacheKey: false } });
    // Without an effort, and without marks for the cache: nothing that the words could mean.
    const plain = { model: protocol === "bedrock" ? "us.lab.m-v1:0" : model };
    assert.equal(failureOf(await ask(thread, modelRequest(plain))).code, "model.rejected");
    assert.equal(service.requests.length, 1, `${protocol}: asked once`);
    const wished = modelRequest({ model, reasoningEffort: "high" });
    assert.equal(failureOf(await ask(thread, wished)).code, "model.rejected");
    const bodies = service.requests.slice(1).map(({ body }) => body);
    assert.equal(new Set(bodies).size, bodies.length, `${protocol}: no body twice`);
    isBroken = false;
    assert.equal(textOf(await ask(thread, wished)), "ok");
    assert.equal(speaker.read(service.requests.at(-1)!).effort, "high", `${protocol}: kept`);
  }
});

Deno.test("OpenAI's model that does not reason is asked without sealed reasoning from then on", async () => {
  for (
    const refusal of [
      refused("Encrypted content is not supported with this model.", { param: "include" }),
      refused("Unknown parameter: 'include'."),
      refused("reasoning.encrypted_content is not available"),
    ]
  ) {
    const text = await refusal.text();
    await using service = startModelService(({ body }) =>
      "include" in JSON.parse(body)
        ? new Response(text, { status: 400, headers: { "content-type": "application/json" } })
        : streamed(responsesSpeaker, { text: ["ok"] })
    );
    const baseUrl = `${service.url}/v1`;
    await using thread = await startThread({ protocol: "openai_responses", baseUrl });
    for (const requests of [2, 3]) {
      assert.equal(textOf(await ask(thread)), "ok", text);
      assert.equal(service.requests.length, requests);
    }
  }
});

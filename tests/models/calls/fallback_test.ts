/** Who stands in for whom, and who does what. */
import assert from "node:assert/strict";
import { isPinned, resolveRoles, ROLES } from "../../../src/kernel/models/roles.ts";
import { chooseProvider } from "../../../src/kernel/models/providers/choose_provider.ts";
import {
  COOL_DOWN_MS,
  type Target,
  withFallback,
} from "../../../src/kernel/models/calls/with_fallback.ts";
import type { ProviderInputs, Sourced } from "../../../src/kernel/settings/resolve.ts";
import type { ModelEvent, ModelFailureCode } from "../../../src/model/conversation/model_stream.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";
import { says } from "../../fakes/scripted_model.ts";

function failed(code: ModelFailureCode, retryAfterMs?: number): ModelEvent[] {
  return [{ type: "failed", failure: { code, message: code, retryAfterMs } }];
}

/** A chain whose members answer as they are told now. */
function chain(answers: Record<string, readonly ModelEvent[]>) {
  const clock = new FakeClock();
  const asked: string[] = [];
  const told: string[] = [];
  const targets = Object.keys(answers).map((name): Target => ({
    provider: name,
    model: `${name}-model`,
    port: {
      async *stream({ model }) {
        asked.push(model);
        yield* answers[name]!;
      },
    },
  }));
  const port = withFallback(targets, {
    clock,
    coolDowns: new Map(),
    onFallback: (from, _reason, to) => told.push(`${from.provider}>${to.provider}`),
  });
  const ask = async (): Promise<string> => {
    const request = { model: "?", system: "", messages: [], tools: [], maxOutputTokens: 1 };
    let text = "";
    for await (const event of port.stream(request, { signal: new AbortController().signal })) {
      if (event.type === "text") text += event.text;
      if (event.type === "failed") return `${text}!${event.failure.code}`;
    }
    return text;
  };
  return { answers, clock, asked, told, ask };
}

Deno.test("the next one answers for what another model can mend, by its own name", async () => {
  for (
    const code of [
      "model.rate_limited",
      "model.no_credit",
      "model.not_found",
      "model.unavailable",
      "model.unreachable",
      "model.timeout",
      "model.cut",
      "model.malformed",
    ] as const
  ) {
    const { ask, asked, told } = chain({ a: failed(code), b: says("B") });
    assert.equal(await ask(), "B", code);
    assert.deepEqual([asked, told], [["a-model", "b-model"], ["a>b"]]);
  }
});

Deno.test("what another model cannot mend is told as it is", async () => {
  for (
    const code of [
      "model.unauthorized",
      "model.rejected",
      "model.context_overflow",
      "model.over_budget",
      "model.cancelled",
    ] as const
  ) {
    const { ask, asked } = chain({ a: failed(code), b: says("B") });
    assert.equal(await ask(), `!${code}`);
    assert.deepEqual(asked, ["a-model"]);
  }
});

Deno.test("nobody goes on with a sentence that another one began", async () => {
  const { ask, asked } = chain({
    a: [{ type: "text", text: "Half" }, ...failed("model.cut")],
    b: says("B"),
  });
  assert.equal(await ask(), "Half!model.cut");
  assert.deepEqual(asked, ["a-model"]);
});

Deno.test("a provider that failed is left alone for a minute, or as long as it asked", async () => {
  const one = chain({ a: failed("model.unavailable"), b: says("B") });
  await one.ask();
  one.answers["a"] = says("A");
  assert.equal(await one.ask(), "B");
  one.clock.advance(COOL_DOWN_MS - 1);
  assert.equal(await one.ask(), "B");
  one.clock.advance(1);
  assert.equal(await one.ask(), "A");
  const long = chain({ a: failed("model.rate_limited", 5 * COOL_DOWN_MS), b: says("B") });
  await long.ask();
  long.answers["a"] = says("A");
  long.clock.advance(4 * COOL_DOWN_MS);
  assert.equal(await long.ask(), "B");
});

Deno.test("a model that is not there does not take the others of its provider with it", async () => {
  const clock = new FakeClock();
  const asked: string[] = [];
  const target = (model: string, answer: readonly ModelEvent[]): Target => ({
    provider: "one",
    model,
    port: {
      async *stream() {
        asked.push(model);
        yield* answer;
      },
    },
  });
  const port = withFallback(
    [target("gone", failed("model.not_found")), target("there", says("T"))],
    {
      clock,
      coolDowns: new Map(),
      onFallback: () => {},
    },
  );
  const request = { model: "?", system: "", messages: [], tools: [], maxOutputTokens: 1 };
  for (let n = 0; n < 2; n++) {
    for await (const _ of port.stream(request, { signal: new AbortController().signal }));
  }
  assert.deepEqual(asked, ["gone", "there", "there"]);
});

Deno.test("when all are left alone, all are asked; the last one's failure is told", async () => {
  const all = chain({ a: failed("model.timeout"), b: failed("model.no_credit") });
  assert.equal(await all.ask(), "!model.no_credit");
  assert.equal(await all.ask(), "!model.no_credit");
  assert.equal(all.asked.length, 4);
});

const NONE: ProviderInputs = {
  provider: null,
  model: null,
  apiBase: null,
  apiKey: null,
  providers: [],
  saved: {},
};
const VARIABLES = { ANTHROPIC_API_KEY: "ka", OPENAI_API_KEY: "ko" };

function rolesOf(
  set: Parameters<typeof resolveRoles>[1],
  settings: Partial<ProviderInputs> = {},
): Record<string, string | null> {
  const inputs = { settings: { ...NONE, ...settings }, variables: VARIABLES, ollama: null };
  const chosen = chooseProvider(inputs);
  const roles = resolveRoles({ chosen, inputs, isPinned: isPinned(inputs, chosen) }, set);
  return Object.fromEntries(ROLES.map((role) => {
    const { chosen, problem } = roles[role];
    return [role, problem ?? (chosen && `${chosen.choice.name}/${chosen.choice.model}`)];
  }));
}

const DEFAULT = "anthropic/claude-sonnet-5-5";

Deno.test("roles that are not set take the model of those they stand in for", () => {
  assert.deepEqual(rolesOf({}), {
    executor: DEFAULT,
    primary: DEFAULT,
    fast: DEFAULT,
    smart: DEFAULT,
    small: "anthropic/claude-haiku-5-5",
    evaluator: DEFAULT,
    planner: DEFAULT,
    embedder: null,
  });
  const set = rolesOf({ executor: "openai/gpt-5", fast: "openai/gpt-5-nano", planner: "opus" });
  assert.deepEqual([set["primary"], set["smart"], set["evaluator"]], Array(3).fill("openai/gpt-5"));
  assert.equal(set["small"], "openai/gpt-5-nano");
  assert.equal(set["planner"], "anthropic/opus", "a bare model is one of the chosen provider");
});

Deno.test("each role has its own provider's key and address", () => {
  const inputs = { settings: NONE, variables: VARIABLES, ollama: null };
  const choice = { chosen: chooseProvider(inputs), inputs, isPinned: false };
  const { smart, primary } = resolveRoles(choice, { smart: "openai/gpt-5" });
  assert.deepEqual([smart.chosen?.key, primary.chosen?.key], ["ko", "ka"]);
  assert.equal(smart.chosen?.choice.baseUrl, "https://api.openai.com/v1");
});

Deno.test("a model named for this start takes the place of all that answer, and no more", () => {
  const flag: Sourced = { value: "openai/gpt-5", source: "flag", from: "flag --model" };
  const set = { fast: "anthropic/x", smart: "anthropic/y", evaluator: "anthropic/z" };
  const roles = rolesOf(set, { model: flag });
  assert.deepEqual(
    [roles["executor"], roles["fast"], roles["primary"], roles["smart"]],
    Array(4).fill("openai/gpt-5"),
  );
  assert.equal(roles["evaluator"], "anthropic/z");
});

Deno.test("a role whose provider cannot be used is told, and does not end ward", () => {
  const roles = rolesOf({ fast: "groq/llama", smart: "nobody" });
  assert.match(roles["fast"] ?? "", /roles\.fast in config\.toml: .*"groq": it has no key/);
  assert.equal(roles["smart"], "anthropic/nobody");
});

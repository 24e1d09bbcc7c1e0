/** Models that stand in, and models for roles, each at its own service. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { type ModelService, sse, startModelService } from "../../fakes/model_service.ts";
import { ask, makeScratch, type Scratch, ward, writeConfig } from "../kit/ward_process.ts";

function answering(text: string | { status: number }): ModelService {
  return startModelService(() => {
    if (typeof text !== "string") return Response.json({ error: { message: "x" } }, text);
    const piece = (delta: object, finish: string | null) => ({
      id: "x",
      object: "chat.completion.chunk",
      created: 1,
      model: "m",
      choices: [{ index: 0, delta, finish_reason: finish }],
    });
    return sse(piece({ role: "assistant", content: text }, null), piece({}, "stop"));
  });
}

function setUp(scratch: Scratch, services: Record<string, ModelService>, more: string): void {
  const tables = Object.entries(services).map(([name, { url }]) =>
    `[providers.${name}]\nprotocol = "openai"\napi_base = "${url}/v1"\napi_key = "key-${name}"\n` +
    `model = "${name}-model"\n`
  );
  writeConfig(scratch, `${more}\n${tables.join("")}`);
}

Deno.test("a model that is gone is stood in for, and the user sees who answered", async () => {
  using scratch = makeScratch();
  await using first = answering({ status: 404 });
  await using second = answering("I stand in.");
  setUp(scratch, { one: first, two: second }, '[model]\nfallback = ["two"]\n');
  const run = await ask(scratch, "hi");
  deepEqual([run.code, run.stdout], [0, "I stand in.\n"], run.stderr);
  match(run.stderr, /\(one\/one-model\); asking two\/two-model/);
  match(run.stderr, /· two at 127\.0\.0\.1:\d+ two-model answers/);
  // Each key went to its own service, and the request names the model of that service.
  const sent = [first, second].map(({ requests: [request] }) => [
    request?.headers.get("authorization"),
    JSON.parse(request?.body ?? "{}").model,
  ]);
  deepEqual(sent, [["Bearer key-one", "one-model"], ["Bearer key-two", "two-model"]]);
  const exported = await ward(scratch, [
    "sessions",
    "export",
    JSON.parse((await ward(scratch, ["sessions", "list", "--json"])).stdout)[0].id,
  ]);
  match(exported.stdout, /## Ward \(two at 127\.0\.0\.1:\d+\/two-model\)/);
  match((await ward(scratch, ["cost"])).stdout, /two at .* two-model/);
});

for (
  const [where, fallback] of [["unnamed", '["two"]'], ["named first", '["builtin", "two"]']]
) {
  Deno.test(`the built-in assistant, ${where}, is the last of a chain, and said to be no model`, async () => {
    using scratch = makeScratch({ "a.txt": "" });
    await using first = answering({ status: 404 });
    await using second = answering({ status: 404 });
    setUp(scratch, { one: first, two: second }, `[model]\nfallback = ${fallback}\n`);
    const run = await ask(scratch, "how many files are there?");
    equal(run.code, 0, run.stderr);
    match(run.stdout, /1 file/);
    match(run.stderr, /asking two[^]*asking the built-in assistant/);
    match(run.stderr, /· the built-in assistant, which is no language model, answers/);
    equal(second.requests.length, 1);
  });
}

Deno.test("without a fallback nobody stands in", async () => {
  using scratch = makeScratch();
  await using first = answering({ status: 404 });
  await using second = answering("never");
  setUp(scratch, { one: first, two: second }, "");
  const run = await ask(scratch, "how many files are there?");
  deepEqual([run.code, run.stdout], [1, ""]);
  ok(!run.stderr.includes("built-in"), run.stderr);
  equal(second.requests.length, 0);
});

Deno.test("status shows the roles that are set, and what is wrong with one", async () => {
  using scratch = makeScratch();
  await using first = answering("x");
  await using second = answering("y");
  setUp(
    scratch,
    { one: first, two: second },
    '[roles]\nsmart = "two/large"\nembedder = "one/vectors"\nplanner = "groq/x"\n',
  );
  const { stdout } = await ward(scratch, ["status"]);
  match(stdout, /^smart +two\/large \(roles\.smart in config\.toml\)$/m);
  match(stdout, /^embedder +one\/vectors/m);
  match(stdout, /^! roles\.planner in config\.toml: .*no key/m);
  const { roles } = JSON.parse((await ward(scratch, ["status", "--json"])).stdout);
  equal(roles.length, 8);
  ok(!JSON.stringify(roles).includes("key-"), "no key");
});

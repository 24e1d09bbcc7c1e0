/** A session that is longer than the model's window, with a real ward and a model service. */
import { equal, match, ok } from "node:assert/strict";
import { withStore } from "../kit/profile_store.ts";
import { startScriptedService } from "../kit/scripted_service.ts";
import { ask, makeScratch, runWard, writeConfig } from "../kit/ward_process.ts";

const WINDOW = 16_000;

Deno.test("the sixtieth turn over a small window is answered, and the one after begins the same", async () => {
  using scratch = makeScratch();
  writeConfig(scratch, `[model]\ncontext_tokens = ${WINDOW}\nmax_output_tokens = 1000\n`);
  const answer = { content: "The heron stands on one leg." };
  await using service = await startScriptedService([answer], { laterTurns: [answer] });
  const first = await ask(scratch, "begin", service.env);
  equal(first.code, 0, first.stderr);
  await withStore(scratch.home, async (store) => {
    const session = await store.latestSession({});
    const id = session?.id ?? "";
    for (let n = 2; n < 60; n++) {
      await store.appendUser(id, `question ${n} ${"words ".repeat(200)}`);
      const text = `answer ${n} ${"more words ".repeat(100)}`;
      await store.appendAssistant(id, { text, toolCalls: [], model: "mock", usage: null });
      await store.endTurn(id, { outcome: "complete", reason: null });
    }
  });
  const before = service.bodies().length;
  const turn = (text: string) => ask(scratch, text, service.env, ["--resume"]);
  const sixtieth = await turn("the sixtieth question");
  equal(sixtieth.code, 0, sixtieth.stderr);
  match(sixtieth.stderr, /! Summarised \d+ earlier messages/);
  const next = await turn("and one more");
  equal(next.stdout, "The heron stands on one leg.\n");
  ok(!next.stderr.includes("Summarised"), next.stderr);

  const [summary, asked, later] = service.bodies().slice(before).map((body) => JSON.parse(body));
  equal(summary.tools, undefined);
  match(summary.messages.at(-1).content, /^Record:\n\{"user":"begin"\}\n.*\n\{"user":"question 2 /);
  ok(service.bodies().every((body) => body.length / 3.5 < WINDOW), "each request is bounded");
  const [system, noted] = asked.messages;
  match(noted.content, /^\[Note by ward: the \d+ messages [^]*\n\| The heron stands on one leg\./);
  ok(!system.content.includes("heron"));
  equal(asked.messages.at(-1).content, "the sixtieth question");
  const shared = later.messages.slice(0, asked.messages.length);
  equal(JSON.stringify(shared), JSON.stringify(asked.messages), "the cached beginning");

  // All that was said is still there, and the summary is counted.
  const list = await runWard(["sessions", "list", "--json"], { env: scratch.env });
  equal(JSON.parse(list.stdout)[0].messageCount, 122);
  const cost = await runWard(["cost", "--all", "--json"], { env: scratch.env });
  equal(JSON.parse(cost.stdout).total.calls, 58 + 4);
});

import { equal, ok } from "node:assert/strict";
import { createBuiltinModel } from "../../src/kernel/builtin/create_builtin_model.ts";
import { dangling, kit } from "../agent/turn_kit.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { FACTS } from "./builtin_facts.ts";
import { fakeHands, makeTree } from "./fake_hands.ts";
import phrasings from "./phrasings.json" with { type: "json" };

Deno.test("phrasings.json: each answer comes through the loop and holds what the tree says", async (t) => {
  const root = await Deno.makeTempDir();
  try {
    await makeTree(root, phrasings.tree);
    for (const { say, expect, git } of phrasings.cases as Case[]) {
      if (git) continue;
      await t.step(say, async () => {
        const clock = new FakeClock();
        const facts = () => ({ ...FACTS, workspace: root });
        const model = createBuiltinModel({
          clock,
          facts,
          settleLayer: () => Promise.resolve(),
        });
        const k = await kit(model, { clock, tools: fakeHands(root) });
        const result = await k.run(say);
        equal(result.outcome, "complete");
        for (const wanted of expect) {
          const found = wanted.startsWith("re:")
            ? new RegExp(wanted.slice(3), "m").test(result.text)
            : result.text.includes(wanted);
          ok(found, `no ${JSON.stringify(wanted)} in:\n${result.text}`);
        }
        equal(dangling(await k.messages()).length, 0);
      });
    }
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

interface Case {
  say: string;
  expect: string[];
  git?: boolean;
}

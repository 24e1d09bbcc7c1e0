/** A thread that waits for its first message. */
import { equal, rejects } from "node:assert/strict";
import { formOf } from "../../src/app/start/code_base.ts";
import { AppError } from "../../src/base/app_error.ts";
import { prepareThread } from "../../src/compartments/start.ts";
import { compartment, NO_INPUTS } from "../../src/compartments/table.ts";

const form = formOf(new URL("../../src/main.ts", import.meta.url).href);
const launcher = { ...NO_INPUTS, helpers: ["/bin/true"] };

function prepared() {
  const count = { begun: 0 };
  const thread = prepareThread(compartment(launcher, "launcher")!, form, () => count.begun++);
  return { thread, count };
}

Deno.test("its first call starts it, once; what gives up rights is told before the call", async () => {
  const { thread, count } = prepared();
  try {
    equal(count.begun, 0);
    const asked = thread.client.call("probe", { kind: "run", value: "/bin/true" });
    equal(count.begun, 1);
    thread.begin();
    equal((await asked as { reached: boolean }).reached, true, "it has its list");
    equal(count.begun, 1);
  } finally {
    thread.stop(new AppError("test.done", "done"));
  }
});

Deno.test("attack: nothing starts one that has ended", async () => {
  const { thread, count } = prepared();
  thread.stop(new AppError("test.done", "done"));
  thread.begin();
  thread.client.tell("kill", { id: 1 });
  await rejects(thread.client.call("kill", { id: 1 }), { code: "test.done" });
  equal(count.begun, 0);
});

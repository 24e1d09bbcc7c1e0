/** The HTTP API of `ward start`: tasks as a program gives and follows them, with a real agent behind. */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { Webhook } from "standardwebhooks";
import { canaries } from "../fakes/canaries.ts";
import { startScriptedService } from "../e2e/kit/scripted_service.ts";
import { serveWard } from "./kit/served_ward.ts";

Deno.test("a task given over HTTP is done by the agent, followed as it happens and read afterwards; it moves with its configuration", async () => {
  await using ward = await serveWard(undefined, "", { saved: true });
  equal((await (await fetch(`${ward.url}/health`)).json()).status, "ok");
  equal((await fetch(`${ward.url}/api/v1/tasks`)).status, 401);
  const id = await ward.give("what time is it");
  match(await ward.events(id), /event: state\ndata: [^\n]*"status":"complete"[^\n]*\n\n$/);
  const task = await (await ward.ask(`/api/v1/tasks/${id}`)).json();
  equal(task.status, "complete");
  match(task.answer, /UTC|\d\d:\d\d/);
  // Of one that has ended what became of it is told, and no more.
  equal([...(await ward.events(id)).matchAll(/^event: /gm)].length, 1);
  const list = await (await ward.ask("/api/v1/tasks")).json();
  equal(list[0].task_id, id);
  equal((await (await ward.ask("/api/v1/status")).json()).tasks_completed_today, 1);
  equal((await (await ward.ask("/api/v1/cost")).json()).calls_24h, 1);
  const there = await ward.move();
  equal((await fetch(`${there}/health`)).status, 200);
  await rejects(fetch(`${ward.url}/health`), "nothing listens where it was");
});

Deno.test("what needs an approval is refused in a task, and its events name the command that grants it", async () => {
  await using service = await startScriptedService([
    { calls: [{ name: "run", arguments: { command: "touch made.txt" } }] },
    { content: "It was refused." },
  ]);
  await using ward = await serveWard(service.env);
  const events = await ward.events(await ward.give("make a file"));
  match(events, /event: tool\ndata: [^\n]*"state":"failed","summary":"refused: needs approval"/);
  match(events, /event: notice\ndata: [^\n]*ward permissions grant run 'touch made\.txt'/);
  match(events, /"status":"complete"/);
});

Deno.test("kill -9 in the middle of a task: after the next start it goes on in its session, and no tool is called twice", async () => {
  const second = Promise.withResolvers<void>();
  const killed = Promise.withResolvers<void>();
  await using service = await startScriptedService([
    { calls: [{ name: "read", arguments: { path: "notes.txt" } }] },
    { content: "The file says: first line." },
  ], {
    async onRequest(count) {
      if (count !== 2) return;
      second.resolve();
      await killed.promise;
    },
  });
  await using ward = await serveWard(service.env);
  const id = await ward.give("what is in notes.txt");
  await second.promise;
  const before = await (await ward.ask(`/api/v1/tasks/${id}`)).json();
  equal(before.status, "running");
  await ward.restart("SIGKILL");
  killed.resolve();
  match(await ward.events(id), /"status":"complete"/);
  const after = await (await ward.ask(`/api/v1/tasks/${id}`)).json();
  equal(after.session_id, before.session_id);
  equal(after.answer, "The file says: first line.");
  const last = JSON.parse(service.bodies().at(-1)!).messages as { role: string }[];
  deepEqual(last.map(({ role }) => role), ["system", "user", "assistant", "tool"]);
});

Deno.test("cancel ends a task while its model is still silent, and webhooks hear of what ended and what it cost", async () => {
  const asked = Promise.withResolvers<void>();
  const never = Promise.withResolvers<void>();
  await using service = await startScriptedService([{ content: "Hello." }], {
    async onRequest(count) {
      if (count !== 2) return;
      asked.resolve();
      await never.promise;
    },
  });
  const secret = "canary-of-a-webhook-0123456789abcdef";
  canaries.plant(secret);
  const heard: { headers: Record<string, string>; body: string }[] = [];
  const told = Promise.withResolvers<void>();
  await using receiver = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      heard.push({ headers: Object.fromEntries(request.headers), body: await request.text() });
      if (heard.length === 3) told.resolve();
      return new Response(null, { status: 204 });
    },
  );
  const config = `[webhooks.ops]
url = "http://127.0.0.1:${receiver.addr.port}/hook"
secret = "\${WARD_TEST_HOOK}"
[budget]
daily_tokens = 1000000
warn_at = 0.000001
`;
  await using ward = await serveWard({ ...service.env, WARD_TEST_HOOK: secret }, config);
  const id = await ward.give("say hello");
  match(await ward.events(id), /"status":"complete"/);
  await told.promise;
  const library = new Webhook(`whsec_${btoa(secret)}`);
  const messages = heard.map(({ headers, body }) =>
    library.verify(body, headers) as { event: string; data: Record<string, unknown> }
  );
  deepEqual(messages.map(({ event, data }) => `${event} ${data["scope"] ?? data["task_id"]}`), [
    "budget.warning task",
    "budget.warning day",
    `task.complete ${id}`,
  ]);
  equal(messages[1]!.data["budget_limit"], 1_000_000);
  ok(heard.every(({ headers }) => headers["authorization"] === undefined));
  const silent = await ward.give("say nothing");
  await asked.promise;
  const following = ward.events(silent);
  const cancelled = await ward.ask(`/api/v1/tasks/${silent}/cancel`, { method: "POST" });
  equal((await cancelled.json()).status, "cancel_requested");
  match(await following, /"status":"cancelled"/);
  equal((await ward.ask(`/api/v1/tasks/${silent}/cancel`, { method: "POST" })).status, 404);
  never.resolve();
});

/** The HTTP API of a whole ward: tasks that the agent works on, as a program gives and follows them. */
import { equal, match, ok } from "node:assert/strict";
import { serveWard } from "./kit/served_ward.ts";

Deno.test("a task given over HTTP is done by the agent, followed as it happens and read afterwards", async () => {
  await using ward = await serveWard();
  const health = await fetch(`${ward.url}/health`);
  equal((await health.json()).status, "ok");
  const given = await ward.ask("/api/v1/tasks", {
    method: "POST",
    body: { description: "what time is it" },
  });
  equal(given.status, 201);
  const { task_id: id, status } = await given.json();
  equal(status, "queued");
  const events = await (await ward.ask(`/api/v1/tasks/${id}/events`)).text();
  match(events, /event: state\ndata: [^\n]*"status":"complete"[^\n]*\n\n$/);
  const task = await (await ward.ask(`/api/v1/tasks/${id}`)).json();
  equal(task.status, "complete");
  match(task.answer, /UTC|\d\d:\d\d/);
  const list = await (await ward.ask("/api/v1/tasks")).json();
  equal(list[0].task_id, id);
  const now = await (await ward.ask("/api/v1/status")).json();
  equal(now.tasks_completed_today, 1);
  equal((await (await ward.ask("/api/v1/cost")).json()).calls_24h, 1);
  await ward.stop();
  ok(!ward.said().includes("canary"), ward.said());
});

/** Webhooks: signatures as other libraries check them, retries, order, and addresses that must not be reached. */
import { deepEqual, equal, match, ok, rejects, throws } from "node:assert/strict";
import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { postGuarded } from "../../src/app/api/webhooks.ts";
import type { EncryptedStore } from "../../src/compartments/store/encrypted_store.ts";
import { afterTry, type TryOutcome, WAITS_MS } from "../../src/daemon/webhooks/retry_plan.ts";
import { createWebhookSender } from "../../src/daemon/webhooks/webhook_sender.ts";
import { type Hop, walk } from "../../src/kernel/net/walk.ts";
import { budgetDeliveries, taskDeliveries } from "../../src/kernel/webhooks/messages.ts";
import { webhookHeaders, webhookKey } from "../../src/kernel/webhooks/sign.ts";
import type { Task } from "../../src/model/services/task.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { PUBLIC } from "../net/walk_kit.ts";
import { using, withFolder } from "../store/store_kit.ts";
import { TASK } from "./kit/fake_host.ts";

const SECRET = "canary-of-a-webhook-0123456789abcdef";
const OK: TryOutcome = { type: "answered", status: 200, retryAfterMs: null };

/** A receiver as docs/api.md has it, read from there. */
async function documentedReceiver(): Promise<
  (
    secret: string,
    headers: Headers,
    body: string,
    nowMs: number,
  ) => Promise<boolean>
> {
  const page = await Deno.readTextFile(new URL("../../docs/api.md", import.meta.url));
  const code = /```ts\n(export async function isFromWard[^]*?)```/.exec(page)?.[1] ?? "";
  const module = await import(`data:application/typescript,${encodeURIComponent(code)}`);
  return module.isFromWard;
}

Deno.test("messages are signed as the Standard Webhooks library and the receiver of docs/api.md check it", async () => {
  const isFromWard = await documentedReceiver();
  const nowMs = Date.now();
  const whsec = `whsec_${btoa("k".repeat(32))}`;
  for (const [secret, known] of [[SECRET, `whsec_${btoa(SECRET)}`], [whsec, whsec]] as const) {
    const key = webhookKey("ops", secret);
    const body = JSON.stringify({ event: "task.complete", text: "ä\u2028" });
    const headers = await webhookHeaders(key, { id: "m1", atMs: nowMs, body });
    deepEqual(new Webhook(known).verify(body, { ...headers }), JSON.parse(body));
    equal(await isFromWard(secret, new Headers(headers), body, nowMs), true);
  }
});

Deno.test("attack: a forged, changed or replayed webhook is refused by the library and by the documented receiver", async () => {
  const isFromWard = await documentedReceiver();
  const nowMs = Date.now();
  const body = '{"event":"task.complete"}';
  const key = webhookKey("ops", SECRET);
  const real = await webhookHeaders(key, { id: "m1", atMs: nowMs, body });
  const old = await webhookHeaders(key, { id: "m1", atMs: nowMs - 600_000, body });
  const ahead = await webhookHeaders(key, { id: "m1", atMs: nowMs + 600_000, body });
  const others = await webhookHeaders(webhookKey("ops", SECRET + "x"), {
    id: "m1",
    atMs: nowMs,
    body,
  });
  const without = (name: string) =>
    Object.fromEntries(Object.entries(real).filter(([one]) => one !== name));
  const forged: [what: string, headers: Record<string, string>, body: string][] = [
    ["another body", { ...real }, '{"event":"task.failed"}'],
    ["another id", { ...real, "webhook-id": "m2" }, body],
    ["another time", { ...real, "webhook-timestamp": old["webhook-timestamp"]! }, body],
    ["sent again after ten minutes", { ...old }, body],
    ["of the future", { ...ahead }, body],
    ["another secret", { ...others }, body],
    ["no signature", without("webhook-signature"), body],
    ["no time", without("webhook-timestamp"), body],
    ["no id", without("webhook-id"), body],
    ["an empty signature", { ...real, "webhook-signature": "v1," }, body],
    ["a signature of no version", { ...real, "webhook-signature": "v9,AAAA" }, body],
  ];
  const library = new Webhook(`whsec_${btoa(SECRET)}`);
  for (const [what, headers, text] of forged) {
    throws(() => library.verify(text, headers), what);
    equal(await isFromWard(SECRET, new Headers(headers), text, nowMs), false, what);
  }
  // Two signatures while a secret is changed: one that fits is enough.
  const both = { ...real, "webhook-signature": `v1,AAAA ${real["webhook-signature"]}` };
  equal(await isFromWard(SECRET, new Headers(both), body, nowMs), true);
});

Deno.test("attack: a webhook with no secret, a blank or a short one is not told anything, and the secret is not said", () => {
  for (const secret of [null, "", "short-canary", "whsec_", "whsec_c2hvcnQ=", "whsec_%%%"]) {
    throws(() => webhookKey("ops", secret), (error: Error & { code: string; hint: string }) => {
      equal(error.code, "webhook.secret");
      match(error.hint, /ward secrets set webhook-ops/);
      ok(!error.message.includes("canary"));
      return true;
    });
  }
});

Deno.test("what webhooks are told of tasks and budgets, to those who want it, without secrets and cut", () => {
  const hooks = [
    { name: "all", url: "https://a.example/", events: ["task.complete", "task.failed"] as const },
    { name: "money", url: "https://b.example/", events: ["budget.warning"] as const },
  ];
  const clean = (text: string) => text.replaceAll("s3cret", "[secret]");
  const parts = { hooks, nowMs: Date.UTC(2026, 10, 27), clean };
  const task: Task = { ...TASK, state: "complete", description: "use s3cret" };
  const [told, ...more] = taskDeliveries(task, parts);
  deepEqual(more, []);
  deepEqual(JSON.parse(told!.body), {
    event: "task.complete",
    timestamp: "2026-11-27T00:00:00.000Z",
    data: {
      task_id: "t1",
      description: "use [secret]",
      iterations: 1,
      final_score: null,
      cost_usd: 0.25,
      total_tokens: 1200,
    },
  });
  const failed: Task = { ...TASK, state: "failed", error: "s3cret " + "e".repeat(5_000) };
  const { data } = JSON.parse(taskDeliveries(failed, parts)[0]!.body);
  match(data.error, /^\[secret\] e+…$/);
  equal(data.error.length, 2_000);
  deepEqual(taskDeliveries({ ...TASK, state: "cancelled" }, parts), []);
  const cap = { scope: "day", unit: "usd", limit: 4, spent: 3.25, asked: 0.5 } as const;
  const [warned] = budgetDeliveries(cap, parts);
  equal(warned?.hook, "money");
  deepEqual(JSON.parse(warned!.body).data, {
    scope: "day",
    unit: "usd",
    current_cost: 3.25,
    budget_limit: 4,
    percentage_used: 81.3,
  });
});

Deno.test("only 2xx is taken; what failed waits longer each time, as long as it is asked to, and is given up", () => {
  const at = { attempts: 0, nowMs: 0, fraction: 0.5 };
  const answered = (status: number, retryAfterMs: number | null = null): TryOutcome => ({
    type: "answered",
    status,
    retryAfterMs,
  });
  for (const status of [200, 202, 204]) equal(afterTry(answered(status), at).type, "delivered");
  for (const status of [301, 307, 400, 404, 429, 500, 503]) {
    deepEqual(afterTry(answered(status), at), {
      type: "again",
      atMs: 5_000,
      problem: `it answered ${status}`,
    });
  }
  equal(afterTry(answered(410), at).type, "given_up");
  deepEqual(afterTry(answered(503, 60_000), at), {
    type: "again",
    atMs: 60_000,
    problem: "it answered 503",
  });
  // Nobody puts ward off for ever.
  const put = afterTry(answered(503, 1e12), at);
  equal(put.type === "again" && put.atMs, 3_600_000);
  equal(
    afterTry({ type: "failed", why: "x" }, { ...at, attempts: WAITS_MS.length }).type,
    "given_up",
  );
  fc.assert(fc.property(
    fc.integer({ min: 0, max: WAITS_MS.length - 1 }),
    fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    (attempts, fraction) => {
      const end = afterTry({ type: "failed", why: "x" }, { attempts, nowMs: 7, fraction });
      const wait = WAITS_MS[attempts]!;
      ok(end.type === "again" && end.atMs - 7 >= wait * 0.8 - 1 && end.atMs - 7 <= wait * 1.2 + 1);
    },
  ));
});

/** A sender over a real store, whose posts the test answers. */
async function withSender(
  body: (parts: {
    clock: FakeClock;
    store: EncryptedStore;
    /** Posts that were made, and how they are answered next. */
    posts: { url: string; id: string; body: string }[];
    answers: Record<string, (TryOutcome | Promise<TryOutcome>)[]>;
    add(hook: string, body: string): Promise<void>;
    /** Resolves after so many tries were noted. */
    tries(count: number): Promise<void>;
  }) => Promise<void>,
): Promise<void> {
  await withFolder(async (dataDir) => {
    const clock = new FakeClock();
    await using(dataDir, async (store) => {
      const posts: { url: string; id: string; body: string }[] = [];
      const answers: Record<string, (TryOutcome | Promise<TryOutcome>)[]> = {};
      let noted = 0;
      let tell = () => {};
      const sender = createWebhookSender({
        hooks: ["a", "b"].map((name) => ({
          name,
          url: `https://${name}.example/`,
          key: webhookKey(name, SECRET),
        })),
        book: store.tasks,
        clock,
        random: { fraction: () => 0.5 },
        async post(url, { headers, body }) {
          posts.push({ url, id: headers["webhook-id"] ?? "", body });
          return await (answers[url]?.shift() ?? OK);
        },
        onTry() {
          noted++;
          tell();
        },
      });
      const ended = new AbortController();
      const running = sender.run(ended.signal);
      try {
        await body({
          clock,
          store,
          posts,
          answers,
          async add(hook, body) {
            await store.tasks.addDeliveries(
              [{ hook, event: "task.complete", taskId: null, body }],
              100,
            );
            sender.wake();
          },
          async tries(count) {
            while (noted < count) await new Promise<void>((resolve) => tell = resolve);
          },
        });
      } finally {
        ended.abort();
        await running;
      }
    }, { now: () => clock.now() });
  });
}

Deno.test("each webhook is told in order; one that does not answer holds no other", () =>
  withSender(async ({ posts, answers, add, tries, store }) => {
    const slow = Promise.withResolvers<TryOutcome>();
    answers["https://a.example/"] = [slow.promise];
    await add("a", "1");
    await add("a", "2");
    await add("b", "3");
    await tries(1);
    equal(posts.some(({ body }) => body === "3"), true);
    equal(posts.some(({ body }) => body === "2"), false);
    slow.resolve(OK);
    await tries(3);
    deepEqual(posts.filter(({ url }) => url.includes("a.")).map(({ body }) => body), ["1", "2"]);
    deepEqual(await store.tasks.deliveryCounts(), [
      { hook: "a", pending: 0, delivered: 2, givenUp: 0, problem: null },
      { hook: "b", pending: 0, delivered: 1, givenUp: 0, problem: null },
    ]);
  }));

Deno.test("a message that failed is sent again later under the same id, and is shown until it is taken", () =>
  withSender(async ({ clock, posts, answers, add, tries, store }) => {
    answers["https://a.example/"] = [{ type: "failed", why: "Cannot reach a.example" }];
    await add("a", "1");
    await tries(1);
    deepEqual(await store.tasks.deliveryCounts(), [{
      hook: "a",
      pending: 1,
      delivered: 0,
      givenUp: 0,
      problem: "Cannot reach a.example",
    }]);
    // It sleeps until then; a clock that was set forward ends its sleep at the next look.
    while (clock.waiting < 1) await new Promise((resolve) => setTimeout(resolve));
    clock.advance(5_001);
    await tries(2);
    equal(posts.length, 2);
    equal(posts[0]!.id, posts[1]!.id);
    equal((await store.tasks.deliveryCounts())[0]?.delivered, 1);
  }));

Deno.test("what waits is bounded, and what is for a webhook that is gone from the settings is given up", () =>
  withFolder((dataDir) =>
    using(dataDir, async ({ tasks }) => {
      const told = (hook: string) =>
        ({ hook, event: "task.complete", taskId: null, body: "b" }) as const;
      for (let at = 0; at < 5; at++) await tasks.addDeliveries([told("a")], 3);
      await tasks.addDeliveries([told("gone")], 100);
      await tasks.keepHooks(["a"]);
      deepEqual(
        (await tasks.deliveryCounts()).map((
          { hook, pending, givenUp },
        ) => [hook, pending, givenUp]),
        [["a", 3, 2], ["gone", 0, 1]],
      );
    })
  ));

/** Posts in a world where names resolve as said and nothing is dialled. */
async function post(
  url: string,
  { owners = [], resolved = [PUBLIC], status = 200, location = null }: {
    owners?: readonly string[];
    resolved?: readonly string[];
    status?: number;
    location?: string | null;
  } = {},
): Promise<{ outcome: TryOutcome; hops: Hop[] }> {
  const hops: Hop[] = [];
  const outcome = await postGuarded(
    {
      request: (request, _read, rules, signal) =>
        walk(
          request,
          {
            clock: new FakeClock(),
            resolve: () => Promise.resolve(resolved),
            exchange(hop) {
              hops.push(hop);
              const response = {
                headers: {},
                kind: "text" as const,
                text: "",
                bytes: 0,
                isCut: false,
              };
              return Promise.resolve({ status, location, page: null, hits: null, response });
            },
          },
          rules,
          signal,
        ),
    },
    { url, owners },
    { headers: { "webhook-id": "m1" }, body: "{}" },
    new AbortController().signal,
  );
  return { outcome, hops };
}

Deno.test("attack: SSRF by the address of a webhook: metadata, private addresses, names that lead there, plain http, redirects", async () => {
  const refused: [url: string, how?: Parameters<typeof post>[1]][] = [
    ["https://169.254.169.254/latest/meta-data"],
    ["https://[fd00:ec2::254]/"],
    ["https://10.0.0.5/"],
    ["https://192.168.1.1/"],
    ["https://[::ffff:10.0.0.5]/"],
    ["https://metadata.google.internal/"],
    ["https://hooks.example/", { resolved: ["127.0.0.1"] }],
    ["https://hooks.example/", { resolved: [PUBLIC, "10.0.0.1"] }],
    ["https://hooks.example/", { resolved: ["169.254.169.254"], owners: ["hooks.example"] }],
    ["https://hooks.example:22/"],
    ["http://hooks.example/"],
    ["http://10.0.0.5/", { owners: ["10.0.0.5"] }],
    ["https://user:pass@hooks.example/"],
    ["ftp://hooks.example/"],
  ];
  for (const [url, how] of refused) {
    const { outcome, hops } = await post(url, how);
    equal(outcome.type, "failed", url);
    deepEqual(hops, [], url);
  }
  // Where it leads is not followed: what is signed for one address goes to no other.
  const { outcome, hops } = await post("https://hooks.example/", {
    status: 307,
    location: "http://169.254.169.254/",
  });
  deepEqual(outcome, { type: "answered", status: 307, retryAfterMs: null });
  equal(hops.length, 1);
});

Deno.test("this machine's own address is enough by itself, another private one stands in web.hosts", async () => {
  for (
    const url of ["http://127.0.0.1:9000/hook", "http://localhost:9000/", "http://[::1]:9000/"]
  ) {
    const { outcome, hops } = await post(url, { resolved: ["127.0.0.1"] });
    equal(outcome.type, "answered", url);
    equal(hops[0]?.method, "POST");
    equal(hops[0]?.headers["webhook-id"], "m1");
    match(hops[0]?.headers["user-agent"] ?? "", /^ward\//);
  }
  equal((await post("https://10.0.0.5/", { owners: ["10.0.0.5"] })).outcome.type, "answered");
  const stopped = new AbortController();
  stopped.abort(new Error("ward ends"));
  await rejects(
    postGuarded(
      { request: () => Promise.reject(stopped.signal.reason) },
      { url: "https://hooks.example/", owners: [] },
      { headers: {}, body: "" },
      stopped.signal,
    ),
    /ward ends/,
  );
});

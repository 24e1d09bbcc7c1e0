import { deepEqual, equal, ok } from "node:assert/strict";
import type { ToolCallState } from "../../src/model/conversation/session.ts";
import { startScript, using, withFolder, withRawDatabase } from "./store_kit.ts";

const KILLS_IN_CALLS = 80;
const KILLS_AT_MARKERS = 20;

/** What a process printed before it died, or was killed at the n-th line. */
async function runTurn(
  dataDir: string,
  options: { fatal?: number; part?: number; lines?: number },
): Promise<string[]> {
  const { fatal = 0, part = 0.5, lines: limit = Infinity } = options;
  const child = startScript(
    "turn_child.ts",
    [dataDir, `${dataDir}.effects`, String(fatal), String(part)],
  );
  let text = "";
  let killed = false;
  const decoder = new TextDecoder();
  // To the end also after the kill: what it said until then counts.
  for await (const bytes of child.stdout) {
    text += decoder.decode(bytes, { stream: true });
    if (killed || text.split("\n").length <= limit) continue;
    killed = true;
    try {
      child.kill("SIGKILL");
    } catch (error) {
      // It was done in the meantime.
      if (!(error instanceof TypeError)) throw error;
    }
  }
  const errors = await new Response(child.stderr).text();
  const { signal, success } = await child.status;
  ok(success || signal === "SIGKILL", errors);
  return text.split("\n").slice(0, -1);
}

/** Asserts all that must hold after a kill behind these steps. */
async function assertWhole(dataDir: string, steps: readonly string[]): Promise<void> {
  const said = (kind: string) => steps.filter((step) => step.startsWith(`${kind} `));
  const effects = readLines(`${dataDir}.effects`);
  await using(dataDir, async (store) => {
    const session = await store.latestSession({});
    const expected = ["user", "assistant", "c1", "c2", "answer"];
    if (session) {
      const loaded = await store.loadSession(session.id);
      const found = loaded?.messages.map((message, i) =>
        message.role === "tool" ? message.callId : i === 4 ? "answer" : message.role
      ) ?? [];
      deepEqual(found, expected.slice(0, found.length), "a prefix of the turn, nothing torn");
      equal(session.messageCount, found.length);
      const known = said("message").length;
      ok(found.length === known || found.length === known + 1, `${found.length} of ${known}`);
      if (steps.includes("end")) {
        equal(loaded?.lastTurn?.outcome, "complete");
      }

      const open = new Map(loaded?.openCalls.map(({ callId, state }) => [callId, state]));
      for (const call of found.includes("assistant") ? ["c1", "c2"] : []) {
        const state: ToolCallState = open.get(call) ?? "done";
        const count = effects.filter((line) =>
          line === call
        ).length;
        ok(count <= 1, "an effect happens once");
        if (state === "done") equal(count, 1, "done means it happened");
        if (state === "pending") equal(count, 0, "pending means it did not");
        if (steps.includes(`running ${call}`)) ok(state !== "pending");
        equal(state === "done", found.includes(call), "done with its result, never without");
      }
      // Going on after the crash: the calls are closed, and a new step is taken.
      for (const { callId, name } of loaded?.openCalls ?? []) {
        const note = { role: "tool", callId, name, ok: false, content: "interrupted" } as const;
        await store.appendToolResult(session.id, note);
      }
      deepEqual((await store.loadSession(session.id))?.openCalls, []);
    } else {
      deepEqual(said("session"), []);
    }
    deepEqual(await store.verifyAudit().then((verdict) => verdict.ok), true);
    const rows = (await store.listAudit({ limit: 100 })).length;
    const known = said("audit").reduce((sum, step) => sum + Number(step.slice(6)), 0);
    ok(rows >= known && rows <= known + 2, `${rows} audit rows of ${known}`);
    ok([0, 2, 3, 5, 6].includes(rows), "rows of one transaction come together");
    await store.appendAudit([{ kind: "turn", sessionId: null, subject: "resumed", detail: {} }]);
    const verdict = await store.verifyAudit();
    ok(verdict.ok, JSON.stringify(verdict));
    equal(verdict.count, rows + 1);
  });
  await withRawDatabase(dataDir, (database) => {
    deepEqual(database.all("PRAGMA integrity_check"), [{ integrity_check: "ok" }]);
    deepEqual(database.all("PRAGMA foreign_key_check"), []);
  });
}

Deno.test("100 kills at seeded points leave every stored step, none torn", () =>
  withFolder(async (dataDir) => {
    const complete = await runTurn(`${dataDir}-0`, {});
    await assertWhole(`${dataDir}-0`, complete);
    const [untilEnd = 0, calls = 0] = complete.at(-1)?.split(" ").slice(1).map(Number) ?? [];
    ok(untilEnd > KILLS_IN_CALLS / 2 && calls > untilEnd, `${untilEnd} of ${calls} file calls`);
    const last = new Set<string>();
    for (let i = 0; i < KILLS_IN_CALLS; i += 2) {
      await Promise.all([i, i + 1].map(async (n) => {
        const folder = `${dataDir}-c${n}`;
        // Nearly every call once, the writes cut at another place each time.
        const fatal = 1 + Math.floor(n * calls / KILLS_IN_CALLS);
        const steps = await runTurn(folder, { fatal, part: (n * 37 % 100) / 100 });
        equal(steps.includes("end"), fatal > untilEnd, "it died on the way, or in closing");
        last.add(steps.at(-1)?.replace(/^session.*/, "session") ?? "nothing");
        await assertWhole(folder, steps);
      }));
    }
    // Every pair of neighbouring transactions; lines said in one breath count as one.
    ok(last.size >= 9, `the kills cover the turn: ${[...last].join(", ")}`);
    for (let i = 0; i < KILLS_AT_MARKERS; i += 2) {
      await Promise.all([i, i + 1].map(async (n) => {
        const folder = `${dataDir}-m${n}`;
        await assertWhole(folder, await runTurn(folder, { lines: 1 + n % (complete.length - 1) }));
      }));
    }
  }));

Deno.test("20 processes write 10 rows each to a new profile at once and lose none", () =>
  withFolder(async (dataDir) => {
    const names = Array.from({ length: 20 }, (_, i) => `p${i}`);
    const outputs = await Promise.all(
      names.map((name) => startScript("write_child.ts", [dataDir, name, "10"]).output()),
    );
    for (const { success, stderr } of outputs) ok(success, new TextDecoder().decode(stderr));
    await using(dataDir, async (store) => {
      for (const name of names) {
        const session = await store.latestSession({ workspace: name });
        const loaded = await store.loadSession(session?.id ?? "");
        const texts = loaded?.messages.map((message) => message.role === "user" && message.text);
        deepEqual(texts, Array.from({ length: 10 }, (_, i) => `${name} ${i}`));
      }
      const verdict = await store.verifyAudit();
      equal(verdict.ok && verdict.count, 200);
    });
  }));

function readLines(path: string): string[] {
  try {
    return Deno.readTextFileSync(path).split("\n").filter((line) => line !== "");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

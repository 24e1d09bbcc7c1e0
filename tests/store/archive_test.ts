/** Looking through sessions, and that a deleted one is gone from the file itself. */
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createDecipheriv } from "node:crypto";
import type { EncryptedStore } from "../../src/compartments/store/encrypted_store.ts";
import { PAGE_BYTES } from "../../src/compartments/store/sqlite/key_check.ts";
import { findSession } from "../../src/kernel/sessions/find_session.ts";
import {
  KEY,
  makeFirstVersion,
  openHere,
  using,
  withFolder,
  withRawDatabase,
} from "./store_kit.ts";

async function session(store: EncryptedStore, ...texts: string[]): Promise<string> {
  const { id } = await store.createSession({ workspace: "/w", title: "" });
  for (const text of texts) {
    await store.appendUser(id, text);
    const call = { id: "c1", name: "read", arguments: "{}" };
    await store.appendAssistant(id, { text: "", toolCalls: [call], model: "m", usage: null });
    const content = `result for ${text}`;
    await store.appendToolResult(id, {
      role: "tool",
      callId: "c1",
      name: "read",
      ok: true,
      content,
    });
    await store.endTurn(id, { outcome: "complete", reason: null });
  }
  return id;
}

/** All pages as SQLite sees them (SQLCipher 4: AES-256-CBC, then 16 bytes IV, 64 bytes MAC). */
function plainPages(dataDir: string): string {
  const file = Deno.readFileSync(`${dataDir}/ward.db`);
  const pages: Buffer[] = [];
  for (let at = 0; at < file.length; at += PAGE_BYTES) {
    const page = file.subarray(at, at + PAGE_BYTES);
    const body = page.subarray(at === 0 ? 16 : 0, PAGE_BYTES - 80);
    const iv = page.subarray(PAGE_BYTES - 80, PAGE_BYTES - 64);
    const cipher = createDecipheriv("aes-256-cbc", Buffer.from(KEY, "hex"), iv);
    cipher.setAutoPadding(false);
    pages.push(cipher.update(body), cipher.final());
  }
  return Buffer.concat(pages).toString("latin1");
}

Deno.test("the first message gives a session its title, cut and on one line", () =>
  withFolder((dataDir) =>
    using(dataDir, async (store) => {
      await session(store, `plan\n the\tjourney ${"x".repeat(200)}`, "later");
      const [listed] = await store.listSessions({ limit: 10 });
      ok(listed?.title.startsWith("plan the journey xxx"), listed?.title);
      equal([...listed?.title ?? ""].length, 80);
    })
  ));

Deno.test("a session is found by a unique beginning of its id, and by nothing else", () =>
  withFolder((dataDir) =>
    using(dataDir, async (store) => {
      const first = await session(store, "one");
      const second = await session(store, "two");
      equal((await findSession(store, first)).id, first);
      equal((await findSession(store, ` ${first.slice(0, -1).toUpperCase()}`)).id, first);
      await rejects(findSession(store, first.slice(0, 2)), (error: Error & { hint?: string }) => {
        ok(error.message.includes("2 ids begin so"));
        ok(error.hint?.includes(first) && error.hint.includes(second), error.hint);
        return true;
      });
      for (const given of ["", "%", "_", `${first}x`, "é"]) {
        await rejects(findSession(store, given), { code: "session.not_found" });
      }
    })
  ));

Deno.test("search finds words and their beginnings, in quotes, without accents, in any script", () =>
  withFolder((dataDir) =>
    using(dataDir, async (store) => {
      const id = await session(
        store,
        "Der Überblick über das Budget",
        "予算の概要を書いて",
        "a\0b c++ 100%",
      );
      const hits = async (query: string) =>
        (await store.searchMessages({ query, limit: 10 })).map((hit) => [hit.role, hit.sessionId]);
      const both = [["user", id], ["tool", id]];
      deepEqual((await hits("uberbl")).sort(), [...both].sort());
      deepEqual(await hits("budget result"), [["tool", id]]);
      deepEqual((await hits('"über das budget"')).length, 2);
      deepEqual(await hits('"das über"'), []);
      deepEqual((await hits("概要")).length, 2);
      deepEqual((await hits("c++")).length, 2);
      deepEqual((await hits("++")).length, 2);
      for (
        const query of ["", '"', "nothing", "' OR 1", "NEAR(a", "text:budget", "-budgetx", "*"]
      ) {
        deepEqual(await hits(query), [], query);
      }
      // Added after the index was made.
      await store.appendUser(id, "afterwards");
      deepEqual(await hits("afterwards"), [["user", id]]);
      ok(
        (await store.searchMessages({ query: "budget", limit: 1 }))[0]?.snippet.includes("Budget"),
      );
    })
  ));

Deno.test("messages come in pages", () =>
  withFolder((dataDir) =>
    using(dataDir, async (store) => {
      const sessionId = await session(store, "one", "two");
      const newest = await store.readMessages({ sessionId, from: "newest", limit: 2 });
      deepEqual(newest.map(({ message }) => message.role), ["assistant", "tool"]);
      const first = await store.readMessages({ sessionId, from: { afterId: 0 }, limit: 4 });
      const rest = await store.readMessages({
        sessionId,
        from: { afterId: first.at(-1)?.id ?? 0 },
        limit: 4,
      });
      deepEqual([first.length, rest.length], [4, 2]);
      deepEqual(rest.map(({ id }) => id), newest.map(({ id }) => id));
    })
  ));

Deno.test("a deleted session is in no page of the file; its audit rows and token counts stay", () =>
  withFolder(async (dataDir) => {
    const store = await openHere(dataDir);
    const secret = "zebrawatermelon";
    const kept = await session(store, "the giraffekiwi stays");
    const id = await session(store, ...Array.from({ length: 30 }, (_, n) => `${secret} ${n}`));
    await store.searchMessages({ query: secret, limit: 5 });
    await session(store, `${secret}unrelated`.replace(secret, "other"));
    const row = { kind: "session", sessionId: id, subject: "deleted", detail: { id } } as const;
    equal(await store.deleteSession(id, [row]), true);
    equal(await store.deleteSession(id, []), false);
    deepEqual(await store.searchMessages({ query: secret, limit: 5 }), []);
    equal((await store.searchMessages({ query: "giraffekiwi", limit: 5 })).length, 2);
    equal(await store.loadSession(id), null);
    // Still open: the log was worked off at once.
    const pages = plainPages(dataDir);
    ok(pages.includes("giraffekiwi"), "the test can read pages");
    ok(!pages.includes("zebra"), "what was deleted is still in the file");
    await store.close();
    ok(!plainPages(dataDir).includes("zebra"));
    await withRawDatabase(dataDir, (database) => {
      const count = (table: string) =>
        Number(
          database.get(`SELECT count(*) AS n FROM ${table} WHERE session_id = ?`, [id])?.["n"],
        );
      deepEqual(["messages", "tool_calls", "turns", "summaries"].map(count), [0, 0, 0, 0]);
      equal(count("model_usage"), 30);
      equal(count("audit"), 1);
      database.exec("INSERT INTO message_index (message_index) VALUES ('integrity-check')");
    });
    ok(kept);
  }));

Deno.test("a database of the first version keeps its sessions and its usage", () =>
  withFolder(async (dataDir) => {
    const id = await using(dataDir, (store) => session(store, "what was said before"));
    await makeFirstVersion(dataDir);
    await using(dataDir, async (store) => {
      equal((await store.listSessions({ limit: 5 }))[0]?.title, "what was said before");
      equal((await store.searchMessages({ query: "before", limit: 5 })).length, 2);
      ok(await store.deleteSession(id, []));
    });
    await withRawDatabase(dataDir, (database) => {
      deepEqual(
        database.all("SELECT session_id, model, input_tokens, at_ms, purpose FROM model_usage"),
        [{ session_id: id, model: "old", input_tokens: 5, at_ms: 99, purpose: "answer" }],
      );
    });
  }));

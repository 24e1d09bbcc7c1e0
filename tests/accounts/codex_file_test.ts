/** `auth.json` of the Codex CLI: what ward reads, and that all else stays as it was. */
import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import { readCodex, writeCodex } from "../../src/kernel/accounts/codex_file.ts";
import { jwt } from "./kit.ts";

Deno.test("the login of a file: whose it is, its end, its account", () => {
  const text = JSON.stringify({
    OPENAI_API_KEY: null,
    auth_mode: "chatgpt",
    tokens: {
      id_token: jwt({ email: "ada@example.com" }),
      access_token: jwt({ exp: 2_000_000_000 }),
      refresh_token: "r",
      account_id: "acc-1",
    },
    last_refresh: "2026-01-01T00:00:00Z",
  });
  const login = readCodex(text, "client");
  equal(login?.account, "ada@example.com");
  equal(login?.expiresAtMs, 2_000_000_000_000);
  equal(login?.accountId, "acc-1");
  equal(login?.refreshToken, "r");
});

Deno.test("what holds no login is none, and nothing is written over it", () => {
  for (const text of ["", "null", "[]", "{}", '{"tokens": null}', '{"OPENAI_API_KEY": "k"}']) {
    equal(readCodex(text, "client"), null, text);
    equal(writeCodex(text, { accessToken: "a", refreshToken: "r" }, null, "now"), null, text);
  }
});

Deno.test("a renewal keeps every other key, known or not, at each level", () => {
  const name = fc.string().filter((key) => !["tokens", "last_refresh", "__proto__"].includes(key));
  const others = fc.dictionary(name, fc.jsonValue(), { maxKeys: 6 });
  fc.assert(fc.property(others, others, (outer, inner) => {
    const own = ["access_token", "refresh_token", "id_token", "account_id"];
    const rest = Object.fromEntries(Object.entries(inner).filter(([key]) => !own.includes(key)));
    const before = JSON.parse(JSON.stringify({
      ...outer,
      tokens: { ...rest, access_token: "a1", refresh_token: "r1", id_token: "i1", account_id: "x" },
      last_refresh: "before",
    }));
    const text = writeCodex(
      JSON.stringify(before),
      { accessToken: "a2", refreshToken: "r2" },
      "i2",
      "now",
    );
    deepEqual(JSON.parse(text ?? ""), {
      ...before,
      tokens: { ...before.tokens, access_token: "a2", refresh_token: "r2", id_token: "i2" },
      last_refresh: "now",
    });
  }));
});

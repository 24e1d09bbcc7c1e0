/** The address of a login, the pasted code, and what the settings change. */
import { deepEqual, equal, match, rejects, throws } from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  type Account,
  accountOf,
  ACCOUNTS,
  checkAddresses,
  loginHosts,
} from "../../src/kernel/accounts/account_table.ts";
import {
  authorizeUrl,
  beginLogin,
  pastedCode,
  pastedProblem,
} from "../../src/kernel/accounts/authorize.ts";

const ST = { state: "st", issuer: null };

Deno.test("the address carries the hash of the verifier, never the verifier", async () => {
  const attempt = await beginLogin(crypto.getRandomValues(new Uint8Array(64)));
  const url = authorizeUrl(ACCOUNTS.claude, attempt, "http://localhost:1/callback");
  const { searchParams } = new URL(url);
  equal(
    searchParams.get("code_challenge"),
    createHash("sha256").update(attempt.verifier).digest("base64url"),
  );
  equal(searchParams.get("code_challenge_method"), "S256");
  equal(searchParams.get("state"), attempt.state);
  equal(searchParams.get("redirect_uri"), "http://localhost:1/callback");
  equal(searchParams.get("code"), null);
  equal(url.includes(attempt.verifier), false);
  match(attempt.verifier, /^[\w-]{43}$/);
  await rejects(beginLogin(new Uint8Array(8)), RangeError);
});

Deno.test("a pasted code is taken with its state, as text or as the page's address", () => {
  equal(pastedCode(" abc#st \n", ST), "abc");
  equal(pastedCode("https://x.example/callback?code=abc&state=st", ST), "abc");
});

Deno.test("attack: a pasted code of another login is refused, and not repeated", () => {
  for (const text of ["abc#other", "https://x.example/callback?code=abc&state=other"]) {
    throws(() => pastedCode(text, ST), { code: "account.state" });
    equal(pastedProblem(text, ST)?.includes("abc"), false);
  }
  for (const text of ["", "abc", "abc#", "#st", "a b#st", "https://x.example/"]) {
    throws(() => pastedCode(text, ST), { code: "account.no_code" }, text);
  }
});

Deno.test("attack: mix-up, a pasted address of another service, or of none where its own says its name", () => {
  const marks = { state: "st", issuer: { id: "https://as.example", isSent: true } };
  const page = "http://127.0.0.1:1/callback?code=abc&state=st";
  equal(pastedCode(`${page}&iss=https%3A%2F%2Fas.example`, marks), "abc");
  for (
    const text of [
      page,
      `${page}&iss=https%3A%2F%2Fevil.example`,
      `${page}&iss=https%3A%2F%2Fas.example%2F`,
      `${page}&iss=https%3A%2F%2Fas.example&iss=https%3A%2F%2Fevil.example`,
      "abc#st",
    ]
  ) {
    throws(() => pastedCode(text, marks), { code: "account.state" }, text);
  }
  const unsure = { state: "st", issuer: { id: "https://as.example", isSent: false } };
  equal(pastedCode(page, unsure), "abc");
  throws(() => pastedCode(`${page}&iss=other`, unsure), { code: "account.state" });
});

Deno.test("settings and variables put other ids and addresses in place, variables first", () => {
  const file = { claude: { client_id: "mine", token_url: "https://login.example/token" } };
  const account = accountOf("claude", file, {});
  equal(account.client_id, "mine");
  equal(account.token_url, "https://login.example/token");
  equal(account.authorize_url, ACCOUNTS.claude.authorize_url);
  equal(
    accountOf("claude", file, { WARD_ANTHROPIC_OAUTH_CLIENT_ID: "theirs" }).client_id,
    "theirs",
  );
  const moved = { CODEX_REFRESH_TOKEN_URL_OVERRIDE: "http://127.0.0.1:1/t" };
  equal(accountOf("codex", {}, moved).token_url, "http://127.0.0.1:1/t");
});

Deno.test("attack: an address where tokens can be read on the way, by file and by variable", () => {
  for (const url of ["http://login.example/t", "ftp://x/t", "https://u:p@x/t", "no address"]) {
    throws(() => checkAddresses(accountOf("claude", { claude: { token_url: url } }, {})), {
      code: "account.address",
      hint: /ward config unset accounts\.claude\.token_url/,
    });
    const moved = { CODEX_REFRESH_TOKEN_URL_OVERRIDE: url };
    throws(() => checkAddresses(accountOf("codex", {}, moved)), {
      code: "account.address",
      message: /variable CODEX_REFRESH_TOKEN_URL_OVERRIDE/,
      hint: /unset CODEX_REFRESH_TOKEN_URL_OVERRIDE/,
    });
    // What the variable puts in place of a bad address of the file counts.
    const file = { codex: { token_url: url } };
    checkAddresses(accountOf("codex", file, { CODEX_REFRESH_TOKEN_URL_OVERRIDE: "https://x/t" }));
  }
});

Deno.test("the thread of a login reaches what it sends to for its purpose, not what the browser opens", () => {
  const { claude, codex, copilot } = ACCOUNTS;
  const hosts = (account: Account) =>
    (["browser_login", "code_login", "renewal", "logout"] as const)
      .map((purpose) => loginHosts(account, purpose).join());
  const ofClaude = "platform.claude.com:443";
  deepEqual(hosts(claude), [ofClaude, ofClaude, ofClaude, ofClaude]);
  const github = "github.com:443";
  deepEqual(hosts(copilot), [github, github, "api.github.com:443", ""]);
  const openai = "auth.openai.com:443";
  deepEqual(hosts(codex), [openai, openai, openai, ""]);
  deepEqual(
    hosts({ ...claude, revoke_url: "https://revoke.example/" }),
    [ofClaude, ofClaude, ofClaude, "revoke.example:443"],
  );
});

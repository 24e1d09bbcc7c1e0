/** The file of the Codex CLI, which takes no lock: what it wrote meanwhile stays. */
import { deepEqual, equal, rejects } from "node:assert/strict";
import { codexStore } from "../../src/app/accounts/codex_store.ts";
import { createAccess, renewNow } from "../../src/kernel/accounts/access.ts";
import { ACCOUNTS } from "../../src/kernel/accounts/account_table.ts";
import type { GrantedTokens } from "../../src/model/services/account.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { jwt } from "./kit.ts";

const account = ACCOUNTS.codex;

/** A login of the CLI that has run out, and what a renewal of it does to the file before it ends. */
function kit(meanwhile: (path: string) => void) {
  const folder = Deno.makeTempDirSync();
  const path = `${folder}/auth.json`;
  const clock = new FakeClock();
  const write = (access: string, refresh: string) => {
    const tokens = { access_token: access, refresh_token: refresh };
    Deno.writeTextFileSync(path, JSON.stringify({ tokens }), { mode: 0o600 });
  };
  write(jwt({ exp: 1 }), "r1");
  const granted: GrantedTokens = {
    accessToken: "renewed",
    refreshToken: "r2",
    expiresInMs: 864_000_000,
    idToken: null,
    account: null,
    organization: null,
  };
  return {
    write,
    text: () => Deno.readTextFileSync(path),
    deps: {
      account,
      clock,
      store: codexStore(path, { account, clock }),
      renew: () => {
        meanwhile(path);
        return Promise.resolve(granted);
      },
    },
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}

Deno.test("a renewed login is written where the one before stands", async () => {
  using renewed = kit(() => {});
  await renewNow(renewed.deps);
  const { tokens } = JSON.parse(renewed.text());
  deepEqual(tokens, { access_token: "renewed", refresh_token: "r2" });
});

Deno.test("attack: a login that the CLI wrote while ours was renewed is not overwritten, and is used next", async () => {
  const theirs = jwt({ exp: 4_000_000_000 });
  using kitOf = kit(() => kitOf.write(theirs, "r-theirs"));
  const access = createAccess(kitOf.deps);
  equal((await access.token()).accessToken, "renewed");
  equal(JSON.parse(kitOf.text()).tokens.refresh_token, "r-theirs");
  equal((await access.token()).accessToken, theirs);

  kitOf.write(jwt({ exp: 2 }), "r1");
  await rejects(renewNow(kitOf.deps), {
    code: "account.unsaved",
    message: /another one meanwhile/,
  });
  equal(JSON.parse(kitOf.text()).tokens.refresh_token, "r-theirs");
});

Deno.test("attack: after a logout of the CLI meanwhile no login stands there", async () => {
  for (const end of [(path: string) => Deno.removeSync(path), empty]) {
    using kitOf = kit(end);
    await rejects(renewNow(kitOf.deps), { code: "account.unsaved" });
    const left = await kitOf.deps.store.load();
    equal(left, null);
  }
});

function empty(path: string): void {
  Deno.writeTextFileSync(path, "{}");
}

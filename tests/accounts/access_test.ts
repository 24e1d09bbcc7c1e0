/** A login's token: given out while it is good, renewed once for all who ask, mended where stale. */
import { deepEqual, equal, rejects } from "node:assert/strict";
import { AppError } from "../../src/base/app_error.ts";
import { type AccessDeps, createAccess, renewNow } from "../../src/kernel/accounts/access.ts";
import { LiveSecrets } from "../../src/kernel/net/live_secrets.ts";
import { ACCOUNTS } from "../../src/kernel/accounts/account_table.ts";
import type { GrantedTokens, Login } from "../../src/model/services/account.ts";
import { FakeClock } from "../fakes/fake_clock.ts";

const HOUR_MS = 3_600_000;

/** A login that is kept in memory behind a lock, with a service that counts. */
function kit(parts: Partial<Login> | null = {}) {
  const clock = new FakeClock();
  let kept: Login | null = parts === null ? null : {
    accessToken: "a1",
    refreshToken: "r1",
    expiresAtMs: clock.now() + HOUR_MS,
    clientId: "client",
    account: "ada@example.com",
    organization: null,
    accountId: null,
    apiBase: null,
    ...parts,
  };
  const asked: string[] = [];
  let isFull = false;
  let free = Promise.resolve();
  let answer: () => Promise<GrantedTokens> = () => {
    const n = asked.length + 1;
    return Promise.resolve({
      accessToken: `a${n}`,
      refreshToken: `r${n}`,
      expiresInMs: HOUR_MS,
      idToken: null,
      account: null,
      organization: null,
    });
  };
  const deps = (): AccessDeps => ({
    account: ACCOUNTS.claude,
    clock,
    store: {
      load: () => Promise.resolve(kept),
      save(login) {
        if (isFull) return Promise.reject(new Error("no space left"));
        kept = login;
        return Promise.resolve();
      },
      async lock() {
        const before = free;
        const held = Promise.withResolvers<void>();
        free = held.promise;
        await before;
        return { [Symbol.dispose]: () => held.resolve() };
      },
    },
    renew(login) {
      asked.push(login.refreshToken ?? "");
      return answer();
    },
  });
  return {
    clock,
    asked,
    deps,
    kept: () => kept,
    put(login: Login | null) {
      kept = login;
    },
    full(is: boolean) {
      isFull = is;
    },
    fail(code: string) {
      answer = () => Promise.reject(new AppError(code, "x"));
    },
  };
}

const tokenOf = async (deps: AccessDeps, refused?: string) =>
  (await createAccess(deps).token(refused)).accessToken;

Deno.test("a good token is given out as it is, and nothing is asked", async () => {
  const { deps, asked } = kit();
  equal(await tokenOf(deps()), "a1");
  deepEqual(asked, []);
});

Deno.test("a login that was just read is not read again while it is good; where its time comes, the kept one counts", async () => {
  const { deps, asked, clock, kept, put } = kit();
  let loads = 0;
  const counting = () => {
    const { store, ...others } = deps();
    return {
      ...others,
      known: kept(),
      store: { ...store, load: () => (loads++, store.load()) },
    };
  };
  const access = createAccess(counting());
  equal((await access.token()).accessToken, "a1");
  equal(loads, 0);
  clock.advance(HOUR_MS);
  put({ ...kept()!, accessToken: "b1", expiresAtMs: null });
  equal((await access.token()).accessToken, "b1");
  deepEqual(asked, []);
});

Deno.test("a token is renewed before it runs out, and the new refresh token is kept", async () => {
  const { deps, asked, clock, kept } = kit();
  const access = createAccess(deps());
  await access.token();
  clock.advance(HOUR_MS - ACCOUNTS.claude.aheadMs);
  equal((await access.token()).accessToken, "a2");
  deepEqual(asked, ["r1"]);
  equal(kept()?.refreshToken, "r2");
  equal(kept()?.account, "ada@example.com");
});

Deno.test("many who ask at once, in this process and in others, cause one renewal", async () => {
  const { deps, asked } = kit({ expiresAtMs: 0 });
  const [one, other] = [createAccess(deps()), createAccess(deps())];
  const tokens = await Promise.all(
    [one, other, one, other].map(async (access) => (await access.token()).accessToken),
  );
  deepEqual(tokens, ["a2", "a2", "a2", "a2"]);
  deepEqual(asked, ["r1"]);
});

Deno.test("a token that its model service refused is renewed though it has time left", async () => {
  const { deps, asked } = kit();
  equal(await tokenOf(deps(), "a1"), "a2");
  // Another process was first: what is kept now is not what was refused.
  equal(await tokenOf(deps(), "a1"), "a2");
  deepEqual(asked, ["r1"]);
});

Deno.test("a login that was taken back names the command that mends it", async () => {
  const { deps, fail } = kit({ expiresAtMs: 0 });
  fail("account.refused");
  await rejects(tokenOf(deps()), { code: "account.stale", hint: /ward auth claude login/ });
  const { deps: without } = kit({ expiresAtMs: 0, refreshToken: null });
  await rejects(tokenOf(without()), { code: "account.stale" });
  const { deps: none } = kit(null);
  await rejects(tokenOf(none()), { code: "account.none", hint: /ward auth claude login/ });
});

Deno.test("whatever stops a renewal but the service's no costs nothing while the old token lives", async () => {
  const codes = [
    "unavailable",
    "unreachable",
    "rejected",
    "malformed",
    "redirected",
    "renewal_off",
  ];
  for (const code of codes.map((one) => `account.${one}`)) {
    const { deps, fail, clock } = kit({ expiresAtMs: new FakeClock().now() + 60_000 });
    fail(code);
    equal(await tokenOf(deps()), "a1", code);
    await rejects(tokenOf(deps(), "a1"), { code });
    clock.advance(60_000);
    await rejects(tokenOf(deps()), { code });
  }
});

Deno.test("after the service's no the old token is not used, though it has time left", async () => {
  const { deps, fail } = kit({ expiresAtMs: new FakeClock().now() + 60_000 });
  fail("account.refused");
  await rejects(tokenOf(deps()), { code: "account.stale" });
});

Deno.test("a token that cannot be renewed, or whose lock another process keeps, is used to its end", async () => {
  const expiresAtMs = new FakeClock().now() + 60_000;
  const { deps, clock } = kit({ expiresAtMs, refreshToken: null });
  equal(await tokenOf(deps()), "a1");
  clock.advance(60_000);
  await rejects(tokenOf(deps()), { code: "account.stale" });
  const { deps: others, clock: later } = kit({ expiresAtMs });
  const lock = () => Promise.reject(new AppError("account.locked", "x"));
  const locked = () => ({ ...others(), store: { ...others().store, lock } });
  equal(await tokenOf(locked()), "a1");
  later.advance(60_000);
  await rejects(tokenOf(locked()), { code: "account.locked" });
});

Deno.test("a renewed login that cannot be saved is used, and saved as soon as it can be", async () => {
  const { deps, asked, clock, full, kept } = kit({ expiresAtMs: 0 });
  const access = createAccess(deps());
  full(true);
  equal((await access.token()).accessToken, "a2");
  equal((await access.token()).accessToken, "a2");
  equal(kept()?.refreshToken, "r1");
  full(false);
  equal((await access.token()).accessToken, "a2");
  equal(kept()?.refreshToken, "r2");
  // The next renewal is by what was got, also where that was never saved.
  full(true);
  for (const token of ["a3", "a4"]) {
    clock.advance(HOUR_MS);
    equal((await access.token()).accessToken, token);
  }
  deepEqual(asked, ["r1", "r2", "r3"]);
});

Deno.test("attack: an old login put back has its spent refresh token sent to nobody", async () => {
  const { deps, asked, clock, put, kept } = kit({ expiresAtMs: 0 });
  const access = createAccess(deps());
  const old = kept();
  await access.token();
  clock.advance(HOUR_MS);
  put(old);
  await rejects(access.token(), { code: "account.stale" });
  deepEqual(asked, ["r1"]);
});

Deno.test("a login made anew, or ended, goes before one that could not be saved", async () => {
  const { deps, full, kept, put } = kit({ expiresAtMs: 0 });
  const access = createAccess(deps());
  const old = kept()!;
  full(true);
  await access.token();
  put({ ...old, accessToken: "b1", refreshToken: "s1", expiresAtMs: null });
  equal((await access.token()).accessToken, "b1");
  put(null);
  const { deps: others, full: fill, put: putThere } = kit({ expiresAtMs: 0 });
  const other = createAccess(others());
  fill(true);
  await other.token();
  putThere(null);
  await rejects(other.token(), { code: "account.none" });
});

Deno.test("renewing now says that what was got could not be saved, and why", async () => {
  const { deps, full } = kit();
  full(true);
  await rejects(renewNow(deps()), { code: "account.unsaved", message: /no space left/ });
});

Deno.test("whoever brings a refused token while it is looked up does not get it back", async () => {
  const { deps, asked } = kit();
  const access = createAccess(deps());
  const [first, second] = await Promise.all([access.token(), access.token("a1")]);
  deepEqual([first.accessToken, second.accessToken], ["a1", "a2"]);
  deepEqual(asked, ["r1"]);
});

Deno.test("attack: a token that was renewed while the conversation runs is sent out", async () => {
  const [old, spare] = ["tok-old-31f0c8a94b", "ref-old-5d0b72e61c"];
  const { deps, clock, put, kept } = kit({ accessToken: old, refreshToken: spare });
  const known = new LiveSecrets();
  const granted = { expiresInMs: HOUR_MS, idToken: null, account: null, organization: null };
  const access = createAccess({
    ...deps(),
    onLogin: (login) => known.addLogin(login),
    renew: () =>
      Promise.resolve({
        ...granted,
        accessToken: "tok-new-9be27d10f3",
        refreshToken: "ref-new-c48a1f65d2",
      }),
  });
  const name = "a token of a login";
  const sent = (text: string) => known.scan(`https://evil.example/?q=${text}`);
  equal(sent("tok-new-9be27d10f3"), null);
  equal((await access.token()).accessToken, old);
  deepEqual([sent(old), sent(spare)], [name, name]);
  clock.advance(2 * HOUR_MS);
  equal((await access.token()).accessToken, "tok-new-9be27d10f3");
  // Before it is sent anywhere, and what it replaced too, which works for a while.
  deepEqual(
    ["tok-new-9be27d10f3", btoa("xtok-new-9be27d10f3"), "ref-new-c48a1f65d2", old].map(sent),
    [name, name, name, name],
  );
  // Another process renews it: what this one reads then is known, too.
  put({ ...kept()!, accessToken: "tok-other-70ac", expiresAtMs: clock.now() + 9 * HOUR_MS });
  clock.advance(2 * HOUR_MS);
  equal((await access.token()).accessToken, "tok-other-70ac");
  equal(sent("tok-other-70ac"), name);
});

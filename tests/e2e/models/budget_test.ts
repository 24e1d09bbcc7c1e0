/** Caps as a user meets them: what is said, what is not sent, and how to go on. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { startScriptedService } from "../kit/scripted_service.ts";
import { ask, makeScratch, ward, writeConfig } from "../kit/ward_process.ts";

const ANSWERS = Array.from({ length: 4 }, () => ({ content: "Yes." }));

Deno.test("a daily cap: warned of, kept before the call, no network, lifted by the user", async () => {
  using scratch = makeScratch();
  // Room for one longest answer of 8,192 tokens with its question and tools, not for two.
  writeConfig(scratch, "[budget]\ndaily_tokens = 20000\nwarn_at = 0.5\n");
  await using service = await startScriptedService(ANSWERS, { laterTurns: ANSWERS });
  const first = await ask(scratch, "hi", service.env);
  deepEqual([first.code, first.stdout], [0, "Yes.\n"], first.stderr);
  match(first.stderr, /! \d+ % of 20,000 tokens for today \(budget\.daily_tokens\)/);
  // Something that counts: the mock counts nothing by itself worth naming, so the cap comes down.
  writeConfig(scratch, "[budget]\ndaily_tokens = 12000\n");
  const sent = service.bodies().length;
  const refused = await ask(scratch, "more", service.env);
  equal(refused.code, 1);
  match(refused.stderr, /Stopped at a limit: today reached its cap of 12,000 tokens/);
  match(refused.stderr, /midnight UTC; `ward cost lift`/);
  equal(service.bodies().length, sent, "nothing was sent");
  const table = JSON.parse((await ward(scratch, ["permissions", "--json"], service.env)).stdout);
  const row = table.rows.find((one: { compartment: string }) => one.compartment === "model:openai");
  deepEqual(row.permissions.net, []);
  match(row.state, /no network: today's cap of 12,000 tokens is reached/);
  match((await ward(scratch, ["cost"])).stdout, /! Models have no network/);
  const unasked = await ward(scratch, ["cost", "lift"]);
  equal(unasked.code, 2);
  match(unasked.stderr, /ward cost lift --yes/);
  const lifted = await ward(scratch, ["cost", "lift", "--yes"]);
  match(lifted.stdout, /Lifted: today, 12,000 tokens/);
  const after = await ask(scratch, "again", service.env);
  deepEqual([after.code, after.stdout], [0, "Yes.\n"], after.stderr);
  const audit = (await ward(scratch, ["audit", "--json"])).stdout;
  ok(audit.includes("day cap") && audit.includes("day cap lifted"), audit);
});

Deno.test("ward cost lift: the session used last, another one by its id, and no older ones", async () => {
  using scratch = makeScratch();
  await using service = await startScriptedService(ANSWERS, { laterTurns: ANSWERS });
  const caps = "[budget]\nsession_tokens = 8000\n";
  writeConfig(scratch, caps);
  equal((await ask(scratch, "one", service.env)).code, 1);
  const older = JSON.parse((await ward(scratch, ["sessions", "list", "--json"])).stdout)[0].id;
  const refused = await ask(scratch, "two", service.env);
  match(refused.stderr, /the session reached its cap of 8,000 tokens/);
  const last = /`ward cost lift (\S+)`/.exec(refused.stderr)?.[1];
  ok(last !== undefined && last !== older, refused.stderr);
  const lift = async (...args: string[]) => {
    const { stdout } = await ward(scratch, ["cost", "lift", "--yes", "--json", ...args]);
    return JSON.parse(stdout).lifted.map(({ key }: { key: string }) => key);
  };
  deepEqual(await lift(), [last]);
  deepEqual(await lift(), []);
  deepEqual(await lift(older), [older]);
  // A cap that was removed since is nothing to lift.
  equal((await ask(scratch, "three", service.env)).code, 1);
  writeConfig(scratch, "");
  deepEqual(await lift(), []);
  writeConfig(scratch, caps);
  equal((await lift()).length, 1);
  equal((await ward(scratch, ["cost", "lift", "--yes", "zzz"])).code, 2);
});

Deno.test("a cap of money refuses a model whose price is not known, and says the ways out", async () => {
  using scratch = makeScratch();
  writeConfig(scratch, "[budget]\ntask_usd = 1\n");
  await using service = await startScriptedService(ANSWERS);
  const refused = await ask(scratch, "hi", service.env);
  equal(refused.code, 1);
  match(refused.stderr, /The price of mock of openai at .* is not known/);
  match(refused.stderr, /budget\.unknown_price/);
  equal(service.bodies().length, 0);
  const set = await ward(scratch, ["config", "set", "budget.unknown_price", "count_tokens"]);
  equal(set.code, 2, "it opens something, so it is asked about");
  writeConfig(scratch, '[budget]\ntask_usd = 1\nunknown_price = "count_tokens"\n');
  equal((await ask(scratch, "hi", service.env)).stdout, "Yes.\n");
});

Deno.test("ward cost --by: day, model, session, task and call", async () => {
  using scratch = makeScratch();
  await using service = await startScriptedService(ANSWERS, { laterTurns: ANSWERS });
  await ask(scratch, "one", service.env);
  await ask(scratch, "two", service.env, ["--resume"]);
  await ask(scratch, "three", service.env);
  const count = async (...args: string[]) => {
    const { stdout, stderr } = await ward(scratch, ["cost", ...args, "--json"]);
    equal(stderr, "");
    const { by, lines } = JSON.parse(stdout);
    return [by, lines.length];
  };
  deepEqual(await count("--by", "day"), ["day", 1]);
  deepEqual(await count("--by", "model"), ["model", 1]);
  deepEqual(await count("--by", "session"), ["session", 2]);
  deepEqual(await count("--by", "task"), ["task", 3]);
  deepEqual(await count("--by", "call"), ["call", 3]);
  deepEqual(await count("--calls"), ["call", 3]);
  equal((await ward(scratch, ["cost", "--by", "week"])).code, 2);
});

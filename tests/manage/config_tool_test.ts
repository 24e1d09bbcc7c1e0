/** The tool that reads and changes settings: no secret in, none out, and every change is asked about. */
import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { decide } from "../../src/kernel/policy/decide.ts";
import { answerOf } from "../../src/kernel/policy/modes.ts";
import type { PolicyState } from "../../src/kernel/policy/state.ts";
import { createConfigTool } from "../../src/kernel/tools/manage/config_tool.ts";
import type { Access } from "../../src/model/cells/permission.ts";
import { keyRows } from "../../src/kernel/settings/schema/walk.ts";

const TEXT = `# mine
[commands]
allow = ["ls"]

[providers.lab]
protocol = "openai"
api_base = "https://models.example/v1"
api_key = "sk-canary-4711-do-not-print"
`;

function toolOn(text: string) {
  const written: [string, string][] = [];
  const tool = createConfigTool({
    fileName: "config.toml",
    variables: {},
    readText: () => text,
    writeText: (before, after) => {
      written.push([before, after]);
      return Promise.resolve();
    },
  });
  return { tool, written };
}

const run = (plan: ReturnType<ReturnType<typeof toolOn>["tool"]["plan"]>) =>
  plan.execute({ signal: new AbortController().signal, decisions: [] });

const STATE = { grants: [], taint: null, trusted: true } as unknown as PolicyState;

function decisionOf(access: Access, state = STATE) {
  const decision = decide(access, state);
  if (decision.type !== "ask") throw new Error("it did not ask");
  return decision;
}

Deno.test("attack: the model lists all settings to get at a key: secrets are not in it", async () => {
  const { tool } = toolOn(TEXT);
  for (
    const args of [{ action: "list" }, { action: "get", key: "providers.lab.api_key" }] as const
  ) {
    const { ok: isOk, content } = await run(tool.plan(args));
    ok(isOk && !content.includes("canary"));
    match(content, /api_key = "\(not shown\)"/);
  }
});

Deno.test("attack: the model sets a key, or an address to send one to: refused, or asked in every mode", () => {
  const { tool } = toolOn(TEXT);
  throws(() => tool.plan({ action: "set", key: "providers.lab.api_key", value: "x".repeat(20) }), {
    code: "tools.setting_secret",
  });
  throws(() => tool.plan({ action: "unset", key: "providers.lab.api_key" }), {
    code: "tools.setting_secret",
  });
  const plan = tool.plan({
    action: "set",
    key: "providers.lab.api_base",
    value: "https://attacker.example/v1",
  });
  const { grant } = decisionOf(plan.accesses[0]!);
  equal(grant.everyMode, true);
  equal(answerOf("yolo", grant), null);
});

Deno.test("attack: a profile is pointed at another secret, or its credentials at another host: refused, or told as what it is", () => {
  const { tool } = toolOn(
    'version = 1\n[http_profiles.lab]\ntype = "bearer"\nallowed_domains = ["api.example"]\n' +
      'token = "keychain"\n[oauth.providers.mine]\nauthorize_url = "https://a.example/a"\n' +
      'token_url = "https://a.example/t"\nallowed_domains = ["a.example"]\n',
  );
  for (const value of ["keychain:openai", "${OPENAI_API_KEY}"]) {
    throws(() => tool.plan({ action: "set", key: "http_profiles.lab.token", value }), {
      code: "tools.setting_secret",
    });
  }
  for (
    const [key, value] of [
      ["http_profiles.lab.allowed_domains", ["attacker.example"]],
      ["oauth.providers.mine.token_url", "https://attacker.example/t"],
    ] as const
  ) {
    const plan = tool.plan({
      action: "set",
      key,
      value: typeof value === "string" ? value : [...value],
    });
    const { grant, rule } = decisionOf(plan.accesses[0]!);
    match(rule, /go to .*attacker\.example/);
    equal(grant.risk, "critical");
  }
});

Deno.test("attack: allow-lists, modes, addresses and every setting not known as harmless ask in every mode, for this change alone", () => {
  const { tool } = toolOn(TEXT);
  const plan = tool.plan({ action: "set", key: "commands.allow", value: ["ls", "bash"] });
  const [access] = plan.accesses;
  const { grant, rule } = decisionOf(access!);
  deepEqual([grant.onceOnly, grant.everyMode, grant.permission], [true, true, "setting"]);
  ok(rule !== "");
  match(
    access?.permission === "setting" ? access.change : "",
    /commands\.allow: \["ls"\] → \["ls","bash"\]/,
  );
  let asked = 0;
  for (const { key } of keyRows()) {
    const guards = !/^routing\.|^model\.(reasoning_effort|context_tokens|max_output_tokens)$/.test(
      key,
    );
    const one: Access = { permission: "setting", key, change: "", opens: [], guards };
    for (const mode of ["default", "cautious", "yolo"] as const) {
      const decision = decisionOf(one);
      if (!guards) continue;
      equal(answerOf(mode, decision.grant), null, key);
      asked++;
    }
  }
  ok(asked > 60);
});

Deno.test("after text from outside, a harmless setting asks in every mode too; a grant opens none", () => {
  const { tool } = toolOn(TEXT);
  const { accesses } = tool.plan({ action: "set", key: "model.max_output_tokens", value: "4096" });
  const tainted = { ...STATE, taint: { sources: ["example.com"], atMs: 1 } };
  equal(decisionOf(accesses[0]!, tainted).grant.everyMode, true);
  equal(decisionOf(accesses[0]!).grant.everyMode, false);
  const grant = {
    id: "g1",
    compartment: "kernel",
    permission: "setting",
    value: "commands.allow",
    scope: { type: "always" },
    grantedBy: "x",
    atMs: 1,
    reason: "",
  } as const;
  const other = tool.plan({ action: "set", key: "commands.allow", value: ["bash"] });
  decisionOf(other.accesses[0]!, { ...STATE, grants: [grant] });
});

Deno.test("a change is checked first, keeps comments, and is made to the text it was asked about", async () => {
  const { tool, written } = toolOn(TEXT);
  throws(() => tool.plan({ action: "set", key: "commands.alow", value: "x" }), /alow/);
  throws(() => tool.plan({ action: "set", key: "commands", value: "x" }), {
    code: "tools.setting_table",
  });
  throws(() => tool.plan({ action: "set", key: "model.max_output_tokens", value: "many" }));
  throws(() => tool.plan({ action: "set", key: "commands.allow", value: ["ls"] }), {
    code: "tools.no_change",
  });
  const result = await run(
    tool.plan({ action: "set", key: "commands.allow", value: ["ls", "wc"] }),
  );
  deepEqual([result.ok, result.effects], [true, ["setting commands.allow"]]);
  equal(written[0]?.[0], TEXT);
  match(written[0]?.[1] ?? "", /^# mine\n\[commands\]\nallow = \[ ?"ls", "wc" ?\]/);
});

Deno.test("attack: a model makes somebody an owner of a bot, opens it to strangers, or sends its token elsewhere", () => {
  const { tool } = toolOn(
    'version = 1\n[channels.telegram]\nkind = "telegram"\ntoken = "keychain"\nowners = ["1"]\n',
  );
  throws(
    () => tool.plan({ action: "set", key: "channels.telegram.token", value: "keychain:openai" }),
    { code: "tools.setting_secret" },
  );
  for (
    const [key, value, told] of [
      ["channels.telegram.owners", ["1", "666"], /1, 666 own this ward/],
      ["channels.telegram.allow", ["666"], /666 may talk to the bot/],
      ["channels.telegram.strangers", "public", /whoever writes to the bot is answered/],
      ["channels.telegram.api_url", "https://attacker.example/", /token[^]*attacker\.example/],
    ] as const
  ) {
    const plan = tool.plan({
      action: "set",
      key,
      value: typeof value === "string" ? value : [...value],
    });
    const { grant, rule } = decisionOf(plan.accesses[0]!);
    match(rule, told);
    equal(grant.risk, "critical");
    equal(answerOf("yolo", grant), null);
  }
});

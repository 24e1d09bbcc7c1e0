import assert from "node:assert/strict";
import fc from "fast-check";
import { UsageError } from "../../src/base/app_error.ts";
import { hasArgumentRule } from "../../src/kernel/commands/argument_rules.ts";
import { DEFAULT_ALLOW } from "../../src/kernel/commands/rules.ts";
import { CHECKS } from "../../src/kernel/doctor/check_table.ts";
import type { DoctorFacts } from "../../src/kernel/doctor/facts.ts";
import { judge } from "../../src/kernel/doctor/judge.ts";
import { judgeRule } from "../../src/kernel/doctor/judge_programs.ts";
import { keyFacts } from "../../src/kernel/doctor/key_facts.ts";
import { planFixes } from "../../src/kernel/doctor/plan_fixes.ts";
import { abilitiesOf, PROGRAM_TABLE } from "../../src/kernel/doctor/program_table.ts";
import { parseConfig } from "../../src/kernel/settings/parse_config.ts";
import type { Grant } from "../../src/model/cells/permission.ts";
import { fact, FINE } from "./facts_kit.ts";

const grant = (permission: Grant["permission"], value: string): Grant => ({
  id: "g1",
  compartment: "hands",
  permission,
  value,
  scope: { type: "always" },
  grantedBy: "terminal",
  atMs: 0,
  reason: "",
});

/** The findings that are not fine, as `id severity`. */
function wrong(facts: Partial<DoctorFacts>): string[] {
  return judge({ ...FINE, ...facts }).filter(({ severity }) => severity !== "ok")
    .map(({ id, severity }) => `${id} ${severity}`);
}

const { folders, config, database, provider, environment, sandbox } = FINE;
assert(database.type === "open");

const CASES: readonly (readonly [string, Partial<DoctorFacts>, readonly string[]])[] = [
  ["nothing is wrong", {}, []],
  ["home that others change", {
    folders: { ...folders, home: fact("/users/u/.ward", { kind: "folder", mode: 0o777 }) },
  }, ["home.mode error"]],
  ["home that others read", {
    folders: { ...folders, home: fact("/users/u/.ward", { kind: "folder", mode: 0o755 }) },
  }, ["home.mode warning"]],
  ["home of somebody else", {
    folders: { ...folders, home: fact("/users/u/.ward", { kind: "folder", mode: 0o700, uid: 1 }) },
  }, ["home.mode error"]],
  ["home that is a file", { folders: { ...folders, home: fact("/users/u/.ward") } }, [
    "home.mode error",
  ]],
  ["home that is not there", {
    folders: {
      ...folders,
      home: fact("/users/u/.ward", { kind: "missing", mode: null, uid: null }),
    },
  }, ["home.mode info"]],
  ["a folder above a profile that others change", {
    folders: { ...folders, above: [fact("/users/u/.ward", { kind: "folder", mode: 0o770 })] },
  }, ["home.mode error"]],
  ["an active profile that is gone", {
    profileProblem: { code: "profile.unknown", message: "no such", hint: null },
  }, ["home.profile error"]],
  ["data that are closed", {
    folders: { ...folders, data: fact("/d", { kind: "unreadable", mode: null, uid: null }) },
  }, ["data.mode error"]],
  ["home that cannot be written", { folders: { ...folders, writable: false } }, [
    "home.writable error",
  ]],
  ["key that others read", {
    folders: { ...folders, keys: [fact("/users/u/.ward/database.key", { mode: 0o644 })] },
  }, ["data.mode warning"]],
  ["database that is a link", {
    folders: { ...folders, state: [fact("/d/ward.db", { kind: "link", mode: null })] },
  }, ["data.mode error"]],
  ["an editor's mode in a closed folder", {
    config: { ...config, file: fact("/users/u/.ward/config.toml", { mode: 0o644 }) },
  }, []],
  ["a closed folder around what others change", {
    config: { ...config, file: fact("/users/u/.ward/config.toml", { mode: 0o664 }) },
  }, ["config.mode error"]],
  ["configuration elsewhere that others read", {
    config: { ...config, file: fact("/srv/ward.toml", { mode: 0o644 }) },
  }, ["config.mode warning"]],
  ["configuration elsewhere that others change", {
    config: { ...config, file: fact("/srv/ward.toml", { mode: 0o666 }) },
  }, ["config.mode error"]],
  ["configuration of somebody else", {
    config: { ...config, file: fact("/srv/ward.toml", { uid: 7 }) },
  }, ["config.mode error"]],
  ["configuration that cannot be read", {
    config: {
      ...config,
      problem: { code: "config_file.unreadable", message: "Cannot read", hint: null },
    },
    settings: null,
    provider: { ...provider, choice: null },
  }, ["config.file error", "programs.escape info", "provider.choice info"]],
  ["address in the clear", { config: { ...config, clearText: ["model.api_base"] } }, [
    "provider.address warning",
  ]],
  ["every program allowed", { settings: { allow: ["*"], withoutSandbox: false } }, [
    "commands.allow_all warning",
  ]],
  ["no sandbox", { sandbox: { ...sandbox, name: null, cause: "no bwrap" } }, [
    "layers.sandbox error",
  ]],
  ["no sandbox, and commands on", {
    sandbox: { ...sandbox, name: null, cause: "no bwrap" },
    settings: { allow: ["git status"], withoutSandbox: true },
  }, ["commands.without_sandbox error", "layers.sandbox error"]],
  ["commands on, should the sandbox fail", {
    settings: { allow: DEFAULT_ALLOW, withoutSandbox: true },
  }, ["commands.without_sandbox warning"]],
  ["a lesser sandbox", {
    sandbox: { ...sandbox, passedOver: [{ name: "bubblewrap", cause: "missing" }] },
  }, ["layers.sandbox info"]],
  ["loader variables", { environment: { ...environment, loader: ["LD_PRELOAD"] } }, [
    "environment.variables warning",
  ]],
  ["removed variables", { environment: { ...environment, removed: ["OTEL_X"] } }, [
    "environment.variables info",
  ]],
  ["the home folder as workspace", {
    workspace: { path: "/users/u", source: "flag", exists: true },
  }, ["workspace.choice warning"]],
  ["a workspace that is refused", {
    workspace: { code: "workspace.missing", message: "gone", hint: null },
  }, ["workspace.choice error"]],
  ["a runtime without its flags", { makesCode: true }, ["layers.runtime error"]],
  ["no prlimit", { hasPrlimit: false }, ["limits.prlimit warning"]],
  ["a program that is not there", {
    programs: [{ name: "rg", path: null, places: [] }],
  }, ["programs.missing info"]],
  ["a folder of PATH that others change, sticky or not", {
    programs: [{
      name: "ls",
      path: "/opt/ls",
      places: [fact("/opt", { kind: "folder", mode: 0o1777, uid: 0 })],
    }],
  }, ["programs.replaceable error"]],
  ["a program of another user", {
    programs: [{ name: "ls", path: "/opt/ls", places: [fact("/opt/ls", { mode: 0o755, uid: 7 })] }],
  }, ["programs.replaceable warning"]],
  ["a variable that is not set", {
    provider: {
      ...provider,
      keys: [{
        provider: "lab",
        from: null,
        isPlain: false,
        missingVariable: "LAB_KEY",
        missingSecret: null,
      }],
    },
  }, ["keys.lab warning"]],
  ["a saved secret that cannot be opened", {
    provider: { ...provider, savedProblems: ["Cannot open the secret"] },
  }, ["secrets.saved warning"]],
  ["a login that has run out, in a file that others can read", {
    provider: {
      ...provider,
      logins: [{
        id: "claude_code",
        provider: "anthropic",
        from: "the login of Claude Code",
        state: "stale",
        problem: "it has run out",
        mend: "claude",
        onlyNamed: false,
        file: fact("/users/u/.claude/.credentials.json", { mode: 0o644 }),
      }],
    },
  }, ["logins.state warning", "logins.mode warning"]],
  ["no provider", {
    provider: { ...provider, choice: null, problem: { code: "x", message: "no", hint: "do" } },
  }, ["provider.choice error"]],
  ["a service that refuses the key", {
    provider: {
      ...provider,
      reach: { type: "failed", problem: { code: "model.unauthorized", message: "no", hint: null } },
    },
  }, ["provider.reachable error"]],
  ["a service that is asked too often", {
    provider: {
      ...provider,
      reach: { type: "failed", problem: { code: "model.rate_limited", message: "no", hint: null } },
    },
  }, ["provider.reachable warning"]],
  ["a model that is not listed", {
    provider: { ...provider, reach: { type: "reached", models: ["x"] } },
  }, ["provider.model warning"]],
  ["the key of the database in a file", { database: { ...database, keySource: "file" } }, [
    "key.source info",
  ]],
  ["a damaged database", { database: { ...database, damage: "page 3" } }, [
    "database.integrity error",
  ]],
  ["a changed audit log", {
    database: { ...database, audit: { ok: false, atSeq: 2, reason: "row 2 was changed" } },
  }, ["audit.chain error"]],
  ["a database that is in use", {
    database: {
      type: "closed",
      keySource: "file",
      problem: { code: "doctor.busy", message: "busy", hint: null },
    },
  }, ["key.source info", "database.open warning"]],
  ["broad grants", {
    database: {
      ...database,
      grants: [grant("write", "/users"), grant("run", "bash"), grant("read", "/srv")],
    },
    // The grant of a shell is a rule as well.
  }, ["programs.escape warning", "grants.broad warning", "grants.broad warning"]],
  ["a proof that was not possible", {
    proveProblem: { code: "x", message: "no", hint: null },
  }, ["prove error"]],
];

for (const [what, facts, expected] of CASES) {
  Deno.test(`judge: ${what}`, () => assert.deepEqual(wrong(facts), expected));
}

Deno.test("judge: root on its own profile is told of the one limit; on another's, of the owner", () => {
  const mine = { kind: "folder", mode: 0o700, uid: 0 } as const;
  const own = {
    ...folders,
    home: fact("/users/admin/.ward", mine),
    data: fact("/d", mine),
    keys: [],
    state: [],
  };
  assert.deepEqual(
    wrong({ uid: 0, folders: own, config: { ...config, file: fact("/c", { uid: 0 }) } }),
    [
      "limits.root_processes warning",
    ],
  );
  assert(wrong({ uid: 0 }).includes("home.mode warning"));
});

Deno.test("judge: where no sandbox holds, the one command that the system asks for", () => {
  const none = { ...sandbox, name: null, cause: "bwrap: setting up uid map: Permission denied" };
  const system = { apparmorRestricts: null, userClone: null, maxUser: 9, isContainer: false };
  const fixOf = (more: Partial<typeof system>, inForce: Partial<typeof none> = {}) =>
    judge({
      ...FINE,
      sandbox: { ...none, ...inForce, fix: "in general" },
      namespaces: { ...system, ...more } as NonNullable<DoctorFacts["namespaces"]>,
    }).find(({ id }) => id === "layers.sandbox")?.fix ?? "";
  assert.match(fixOf({ maxUser: 0 }), /^sudo sysctl -w user\.max_user_namespaces=\d+$/);
  assert.match(
    fixOf({ userClone: 0 as never }),
    /^sudo sysctl -w kernel\.unprivileged_userns_clone=1$/,
  );
  assert.match(fixOf({ isContainer: true }), /seccomp=unconfined/);
  const restricted = { apparmorRestricts: 1 as never };
  const refused = { name: "bubblewrap", cause: none.cause };
  const byUnshare = { name: "unshare of util-linux", cause: "unshare: Operation not permitted" };
  const profileOf = (program: string) =>
    new RegExp(`profile ${program} /usr/bin/${program} .*apparmor_parser.*/${program}$`);
  assert.match(fixOf(restricted, { passedOver: [refused, byUnshare] }), profileOf("bwrap"));
  const missing = { name: "bubblewrap", cause: "`bwrap` is not in a system folder" };
  assert.match(fixOf(restricted, { passedOver: [missing, byUnshare] }), profileOf("unshare"));
  assert.equal(fixOf({}), "in general");
});

Deno.test("judge: every finding has an id of the table and is no worse than the table says", () => {
  const order = ["ok", "info", "warning", "error"];
  for (const [what, facts] of CASES) {
    for (const { id, severity } of judge({ ...FINE, ...facts })) {
      const row = CHECKS.find((one) => one.id === id.replace(/^keys\..+/, "keys.<provider>"));
      assert(row, `${what}: ${id}`);
      assert(order.indexOf(severity) <= order.indexOf(row.worst), `${what}: ${id} ${severity}`);
    }
  }
});

Deno.test("programs: ward's argument rules hold every default rule that could start or write", () => {
  for (const rule of DEFAULT_ALLOW) {
    const abilities = abilitiesOf(rule.split(" ")[0]!);
    const matters = abilities.some((one) => one !== "file-read");
    if (matters) assert(hasArgumentRule(rule.split(" ")), rule);
    assert.deepEqual(judgeRule(rule, "cell"), [], rule);
  }
});

Deno.test("programs: a whole program is a warning, its first words a hint, unconfined an error", () => {
  const of = (rule: string, bound: "cell" | "nothing") =>
    judgeRule(rule, bound).map(({ id, severity }) => `${id} ${severity}`);
  assert.deepEqual(of("bash", "cell"), ["programs.escape warning"]);
  assert.deepEqual(of("/usr/bin/python3.12", "cell"), ["programs.escape warning"]);
  assert.deepEqual(of("npm test", "cell"), ["programs.escape info"]);
  assert.deepEqual(of("npm test", "nothing"), ["programs.escape error"]);
  assert.deepEqual(of("find", "cell"), []);
  // A longer rule names the option itself, so nothing holds it.
  assert.deepEqual(of("find . -exec", "cell"), ["programs.escape info"]);
  assert.deepEqual(of("tee", "cell"), ["programs.files info"]);
  assert.deepEqual(of("base64", "cell"), []);
  assert.deepEqual(of("base64", "nothing"), ["programs.files warning"]);
  assert.deepEqual(of("frobnicate", "nothing"), []);
});

Deno.test("programs: the table knows the well-known ones", () => {
  assert(PROGRAM_TABLE.size >= 400, String(PROGRAM_TABLE.size));
  for (
    const name of "bash vim less awk find env tar python perl ssh make npm deno sudo".split(" ")
  ) {
    assert(abilitiesOf(name).includes("shell"), name);
  }
  assert.deepEqual(abilitiesOf("cat"), ["file-read"]);
  assert.deepEqual(abilitiesOf("tee"), ["file-write"]);
  assert.deepEqual(abilitiesOf("constructor"), []);
});

Deno.test("fixes: ward's own paths only, parents first, never more rights than before", () => {
  const open = {
    ...folders,
    home: fact("/users/u/.ward", { kind: "folder", mode: 0o777 }),
    keys: [
      fact("/users/u/.ward/database.key", { mode: 0o444 }),
      fact("/users/u/.ward/database.salt", { mode: 0o644, uid: 7 }),
    ],
    state: [fact("/d/ward.db", { kind: "link", mode: null })],
    leftovers: [fact("/users/u/.ward/.probe-1")],
  };
  assert.deepEqual(planFixes({ ...FINE, folders: open }), [
    { type: "mode", path: "/users/u/.ward", from: 0o777, to: 0o700 },
    { type: "mode", path: "/users/u/.ward/database.key", from: 0o444, to: 0o400 },
    { type: "remove", path: "/users/u/.ward/.probe-1", sizeBytes: 10 },
  ]);
  assert.deepEqual(planFixes(FINE), []);
});

Deno.test("no finding holds a secret, whatever the configuration is", () => {
  const secret = fc.stringMatching(/^[A-Za-z0-9]{16,40}$/).map((text) => `sk-${text}`);
  const name = fc.constantFrom("lab", "openai", "ollama", "UPPER", "builtin");
  const line = fc.tuple(name, secret).chain(([provider, key]) =>
    fc.constantFrom(
      `[providers.${provider}]\napi_key = "${key}"\n`,
      `[providers.${provider}]\napi_key = "${key}"\napi_base = "http://u:${key}@h/"\n`,
      `[providers.${provider}]\nprotocol = "openai"\napi_base = "http://h/"\napi_key = '${key}'\n`,
      `[model]\napi_key = "${key}"\n`,
      `[model]\napi_key = ["${key}"]\n`,
      `[model]\napi_kee = "${key}"\n`,
      `[model]\napi_key = "${key}\n`,
      `[commands]\nwithout_sandbox = { key = "${key}" }\n`,
    ).map((text) => ({ text, key }))
  );
  fc.assert(fc.property(fc.array(line, { minLength: 1, maxLength: 3 }), secret, (lines, own) => {
    const text = lines.map((one) => one.text).join("");
    let problem: DoctorFacts["config"]["problem"] = null;
    let keys = keyFacts({ OPENAI_API_KEY: own, WARD_API_KEY: own }, null);
    try {
      keys = keyFacts({ OPENAI_API_KEY: own }, parseConfig(text, "config.toml").file);
    } catch (error) {
      assert(error instanceof UsageError);
      problem = { code: error.code, message: error.message, hint: error.hint ?? null };
    }
    const found = JSON.stringify(judge({
      ...FINE,
      config: { ...config, problem },
      provider: { ...provider, keys },
    }));
    for (const key of [own, ...lines.map((one) => one.key)]) assert(!found.includes(key), text);
  }));
});

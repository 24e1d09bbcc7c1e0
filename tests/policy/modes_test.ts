import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { decide } from "../../src/kernel/policy/decide.ts";
import { answerOf } from "../../src/kernel/policy/modes.ts";
import type { PolicyState } from "../../src/kernel/policy/state.ts";
import { DEFAULT_ALLOW } from "../../src/kernel/commands/rules.ts";
import { PROGRAMS } from "../../src/kernel/risk/program_table.ts";
import type { Access, Decision } from "../../src/model/cells/permission.ts";

const STATE: PolicyState = {
  workspace: "/users/u/work",
  home: "/users/u/.ward",
  dataDir: "/users/u/.ward/data",
  others: [],
  outputDir: "/users/u/.ward/data/tool-output",
  osHome: "/users/u",
  selfPaths: ["/opt/ward", "/users/u/.ward/config.toml"],
  allow: DEFAULT_ALLOW,
  sandbox: "bubblewrap",
  commandsWithoutSandbox: false,
  grants: [],
  taint: null,
  trusted: true,
  saidByUser: () => false,
  findProgram: (name) => `/usr/bin/${name}`,
  verifyPaths: true,
  exists: () => true,
  realPath: (path) => path,
};

/** What happens without a person: `runs`, `asks`, `never`. */
function alone(access: Access, state: PolicyState = STATE): string {
  const decision: Decision = decide(access, state);
  if (decision.type === "deny") return "never";
  if (decision.type === "allow") return "runs";
  return answerOf("yolo", decision.grant) ? "runs" : "asks";
}

const run = (line: string): Access => ({ permission: "run", words: line.split(" ") });
const net = (over: object): Access => ({
  permission: "net",
  compartment: "web",
  host: "example.org",
  url: "https://example.org/",
  method: "GET",
  sends: false,
  ...over,
});

Deno.test("yolo skips questions about programs, lines and files outside", () => {
  const skipped: Access[] = [
    run("npm install"),
    run("rm -rf build"),
    { permission: "shell", line: "for x in *; do echo $x; done", why: "loop" },
    { permission: "read", path: "/srv/notes" },
    { permission: "write", path: "/srv/notes" },
  ];
  deepEqual(skipped.map((access) => alone(access)), skipped.map(() => "runs"));
  const asked = skipped.map((access) => decide(access, STATE));
  for (const one of asked) ok(one.type === "ask" && answerOf("default", one.grant) === null);
  for (const one of asked) ok(one.type === "ask" && answerOf("cautious", one.grant) === null);
});

Deno.test("attack: yolo still asks about keys, what acts outside later, what is critical and what sends", () => {
  const asked: Access[] = [
    run("sudo ls"),
    run("rm -rf /"),
    run("git push --force"),
    run("ward permissions grant run sh"),
    { permission: "read", path: "/users/u/.ssh/id_ed25519" },
    { permission: "read", path: "/srv/.env" },
    { permission: "write", path: "/users/u/work/.git/hooks/pre-commit" },
    { permission: "write", path: "/users/u/work/CLAUDE.md" },
    { permission: "write", path: "/users/u/other/.git/hooks/pre-commit" },
    { permission: "write", path: "/users/u/.bashrc" },
    net({ method: "POST", sends: true }),
    net({ profile: "work" }),
    // All that a cell reads can go to a host that its programs reach.
    net({ compartment: "hands", url: "example.org", method: "CONNECT" }),
  ];
  deepEqual(asked.map((access) => alone(access)), asked.map(() => "asks"));
});

Deno.test("attack: a mode cannot be widened by the model: settings, keys and code are denied in yolo too", () => {
  for (const path of ["/users/u/.ward/config.toml", "/users/u/.ward/database.key", "/opt/ward/a"]) {
    equal(alone({ permission: "write", path }), "never", path);
  }
  equal(alone(run("ls"), { ...STATE, sandbox: "none" }), "never");
});

Deno.test("attack: after text from outside yolo answers nothing that has side effects", () => {
  const tainted = { ...STATE, taint: { sources: ["a page"], atMs: 1 } };
  const program = fc.constantFrom(...PROGRAMS.flatMap(({ programs }) => programs.split(" ")));
  fc.assert(fc.property(program, fc.array(fc.string({ maxLength: 5 })), (name, args) => {
    equal(alone({ permission: "run", words: [name, ...args] }, tainted), "asks");
  }));
  for (
    const access of [
      { permission: "write", path: "/users/u/work/a" },
      { permission: "shell", line: "a $(b)", why: "substitution" },
      net({}),
    ] as Access[]
  ) {
    equal(alone(access, tainted), "asks");
  }
});

Deno.test("attack: what yolo answers is one use of the narrowest grant", () => {
  const decision = decide(run("npm install left-pad"), STATE);
  ok(decision.type === "ask");
  deepEqual(answerOf("yolo", decision.grant), {
    type: "allow",
    scope: "once",
    value: "exact:npm install left-pad",
  });
});

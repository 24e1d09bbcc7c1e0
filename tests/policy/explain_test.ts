import assert from "node:assert/strict";
import { DEFAULT_ALLOW } from "../../src/kernel/commands/rules.ts";
import { isNeverPassed } from "../../src/kernel/commands/child_env.ts";
import { explain } from "../../src/kernel/policy/explain.ts";
import type { PolicyState } from "../../src/kernel/policy/state.ts";
import type { SetKind } from "../../src/model/cells/permission.ts";

const STATE: PolicyState = {
  workspace: "/w",
  home: "/users/u/.ward",
  dataDir: "/users/u/.ward/data",
  others: [],
  outputDir: "/users/u/.ward/data/tool-output",
  osHome: "/users/u",
  selfPaths: [],
  allow: DEFAULT_ALLOW,
  sandbox: "bubblewrap",
  commandsWithoutSandbox: false,
  grants: [],
  taint: null,
  trusted: true,
  saidByUser: () => false,
  findProgram: (name) => name === "nosuch" ? null : `/usr/bin/${name}`,
  realPath: (path) => path,
};

const HANDS = {
  id: "hands",
  kind: "cell",
  purpose: "",
  permissions: {
    read: ["/w", "/tmp"],
    write: ["/w", "/tmp"],
    run: ["/usr/bin/git", "/usr/bin/ls"],
    net: [],
    env: [],
    sys: [],
  },
} as const;

function answerTo(kind: SetKind, value: string) {
  const report = explain(kind, value, STATE, [HANDS], {
    passed: ["PATH"],
    isNeverPassed: (name) => isNeverPassed(name, ["MY_*"]),
  });
  return report.answers[0]!;
}

Deno.test("explain names the layers that refuse, and none that does not", () => {
  const outside = answerTo("read", "/etc/passwd");
  assert.match(outside.rule, /runtime: not on the worker's list; os: not mounted/);
  const protectedFile = answerTo("write", ".git/config");
  assert.equal(protectedFile.answer, "ask");
  assert.match(protectedFile.rule, /\(os: read-only or absent in the cell\)$/);
  assert.match(answerTo("run", "rm x").rule, /runtime: .*os: not mounted/);
  // git is in the cell for `git status`: no layer but policy stands before `git push`.
  assert.match(answerTo("run", "git push").rule, /\(policy alone: /);
  assert.equal(answerTo("run", "nosuch").command, null);
});

Deno.test("explain env offers no grant that would do nothing", () => {
  const never = ["OPENAI_API_KEY", "AWS_SECRET_ACCESS_KEY", "LD_PRELOAD", "NODE_OPTIONS", "MY_X"];
  for (const name of never) {
    assert.deepEqual([name, answerTo("env", name).answer], [name, "deny"]);
    assert.equal(answerTo("env", name).command, null);
  }
  assert.equal(answerTo("env", "PATH").answer, "allow");
  assert.equal(
    answerTo("env", "CARGO_HOME").command,
    "ward permissions grant env CARGO_HOME --always",
  );
});

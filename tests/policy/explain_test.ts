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
  verifyPaths: true,
  exists: () => true,
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

Deno.test("explain net says what commands reach: a granted host by its proxy, others by a grant, some never", () => {
  const ofHands = (value: string, change: Partial<PolicyState> = {}) => {
    const state = { ...STATE, ...change };
    const report = explain("net", value, state, [HANDS], {
      passed: [],
      isNeverPassed: () => false,
    });
    const { answer, command, rule } = report.answers[0]!;
    return { answer, command, rule };
  };
  const grant = {
    id: "g1",
    compartment: "hands",
    permission: "net",
    value: "example.com",
    scope: { type: "always" },
    grantedBy: "test",
    atMs: 0,
    reason: "",
  } as const;
  const command = "ward permissions grant net example.com --once";
  const asked = ofHands("https://Example.com/page");
  assert.deepEqual([asked.answer, asked.command], ["ask", command]);
  assert.match(asked.rule, /no socket leads there/);
  const granted = ofHands("example.com:443", { grants: [grant] });
  assert.deepEqual([granted.answer, granted.command], ["allow", null]);
  assert.match(granted.rule, /grant g1 .*egress:hands/);
  assert.equal(ofHands("example.com:8443", { grants: [grant] }).answer, "ask");
  assert.equal(ofHands("www.example.com", { grants: [grant] }).answer, "ask");
  const forWeb = { ...grant, compartment: "web" };
  assert.equal(ofHands("example.com", { grants: [forWeb] }).answer, "ask");
  for (const never of ["169.254.169.254", "localhost:80", "metadata.google.internal"]) {
    assert.deepEqual([never, ofHands(never).answer, ofHands(never).command], [never, "deny", null]);
  }
  assert.equal(ofHands("example.com", { sandbox: "none" }).answer, "deny");
});

Deno.test("explain net says who reads pages of a host: web unasked, the browser by a grant, and where neither may", () => {
  const rows = ["web", "browser"].map((id) => ({ ...HANDS, id }));
  const answers = (value: string, change: Partial<PolicyState> = {}, hosts: string[] = []) =>
    explain("net", value, { ...STATE, ...change }, rows, {
      passed: [],
      isNeverPassed: () => false,
    }, hosts).answers.slice(1);
  const words = (...args: Parameters<typeof answers>) => answers(...args).map((one) => one.answer);
  assert.deepEqual(words("example.com"), ["allow", "ask"]);
  assert.deepEqual(words("https://example.com/page"), ["allow", "ask"]);
  assert.equal(
    answers("example.com")[1]?.command,
    "ward permissions grant net example.com --compartment browser --once",
  );
  const taint = { sources: ["web https://a.example/"], atMs: 0 };
  assert.deepEqual(words("example.com", { taint }), ["ask", "ask"]);
  assert.deepEqual(words("127.0.0.1:9999"), ["deny", "ask"]);
  assert.deepEqual(words("127.0.0.1:9999", {}, ["127.0.0.1:9999"]), ["allow", "ask"]);
  assert.deepEqual(words("169.254.169.254"), ["deny", "deny"]);
  assert.deepEqual(words("https://user:pw@example.com/"), ["deny", "deny"]);
  assert.deepEqual(words("no host"), ["deny", "deny"]);
});

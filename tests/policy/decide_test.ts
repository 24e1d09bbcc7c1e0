import assert from "node:assert/strict";
import fc from "fast-check";
import { decide } from "../../src/kernel/policy/decide.ts";
import { grantCommand } from "../../src/kernel/policy/grant_command.ts";
import { runWidths } from "../../src/kernel/policy/widths.ts";
import { DEFAULT_ALLOW, grantCovers } from "../../src/kernel/commands/rules.ts";
import { inForce, leaseOf } from "../../src/kernel/policy/grant_book.ts";
import type { PolicyState } from "../../src/kernel/policy/state.ts";
import { normalizePath, within } from "../../src/model/cells/paths.ts";
import type { Grant } from "../../src/model/cells/permission.ts";

function state(over: Partial<PolicyState> = {}): PolicyState {
  return {
    workspace: "/users/u/work",
    home: "/users/u/.ward",
    dataDir: "/users/u/.ward/data",
    others: ["/users/u/.ward/profiles/b", "/mnt/c"],
    outputDir: "/users/u/.ward/data/tool-output",
    osHome: "/users/u",
    selfPaths: ["/opt/ward"],
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
    ...over,
  };
}

function grant(permission: Grant["permission"], value: string): Grant {
  return {
    id: "g1",
    compartment: "hands",
    permission,
    value,
    scope: { type: "always" },
    grantedBy: "test",
    atMs: 0,
    reason: "",
  };
}

Deno.test("decide lets the workspace pass and asks for what is outside", () => {
  assert.equal(decide({ permission: "read", path: "/users/u/work/a" }, state()).type, "allow");
  const outside = decide({ permission: "read", path: "/etc/passwd" }, state());
  assert.equal(outside.type, "ask");
  assert.ok(
    outside.type === "ask" &&
      outside.grant.command === "ward permissions grant read /etc/passwd --always",
  );
  const named = decide({ permission: "run", words: ["lsof"] }, state({ profile: "work" }));
  assert.ok(
    named.type === "ask" &&
      named.grant.command === "ward -p work permissions grant run lsof --always",
  );
  const granted = state({ grants: [grant("read", "/etc")] });
  assert.equal(decide({ permission: "read", path: "/etc/passwd" }, granted).type, "allow");
  assert.equal(decide({ permission: "write", path: "/etc/passwd" }, granted).type, "ask");
});

Deno.test("decide never lets ward's home, state or code be reached, whatever is granted", () => {
  const everything = state({ grants: [grant("write", "/users/u"), grant("read", "/users/u")] });
  for (
    const path of [
      "/users/u/.ward/database.key",
      "/users/u/.ward/data/ward.db",
      "/users/u/.ward",
      "/users/u/.ward/profiles/b/config.toml",
      "/mnt/c/workspace/notes",
      "/mnt",
    ]
  ) {
    for (const permission of ["read", "write"] as const) {
      assert.equal(decide({ permission, path }, everything).type, "deny", `${permission} ${path}`);
    }
  }
  // On a profile of its own it is the default one's home that is another's.
  const named = {
    home: "/users/u/.ward/profiles/b",
    dataDir: "/users/u/.ward/profiles/b/data",
    workspace: "/users/u/.ward/profiles/b/workspace",
    others: ["/users/u/.ward"],
  };
  const own = state({ ...named, grants: [grant("write", "/users/u")] });
  const read = (path: string) => decide({ permission: "read", path }, own).type;
  assert.equal(read("/users/u/.ward/profiles/b/workspace/a"), "allow");
  assert.equal(read("/users/u/.ward/config.toml"), "deny");
  assert.equal(read("/users/u/.ward/profiles/c/workspace/a"), "deny");
  const self = state({ grants: [grant("write", "/opt")] });
  assert.equal(decide({ permission: "write", path: "/opt/ward/main.ts" }, self).type, "deny");
});

Deno.test("decide never lets a folder of the system be written, whatever is granted", () => {
  const granted = state({ grants: [grant("write", "/usr")] });
  for (const path of ["/usr/bin/ls", "/usr", "/lib/x", "/dev/sda"]) {
    assert.equal(decide({ permission: "write", path }, granted).type, "deny", path);
  }
  assert.equal(decide({ permission: "write", path: "/srv/site" }, state()).type, "ask");
});

Deno.test("decide asks before protected files and masked folders, by name", () => {
  for (const name of [".git/config", ".envrc", "sub/.vscode/tasks.json", "CLAUDE.md", "a/.GIT/x"]) {
    const decision = decide({ permission: "write", path: `/users/u/work/${name}` }, state());
    assert.equal(decision.type, "ask", name);
    assert.equal(
      decide({ permission: "read", path: `/users/u/work/${name}` }, state()).type,
      "allow",
    );
  }
  const careless = state({ workspace: "/users/u" });
  const ssh = decide({ permission: "read", path: "/users/u/.ssh/id_ed25519" }, careless);
  assert.ok(ssh.type === "ask" && ssh.grant.risk === "critical");
});

Deno.test("what is critical is told how to be allowed once, the rest for good", () => {
  for (const [line, scope] of [["rm -rf /", "--once"], ["seq 3", "--always"]] as const) {
    const decision = decide({ permission: "run", words: line.split(" ") }, state());
    assert.ok(decision.type === "ask" && decision.grant.command.endsWith(scope), line);
    const widths = decision.grant.widths ?? [];
    assert.ok(widths.length > 0);
    for (const { risk, command } of widths) {
      assert.ok(command.endsWith(risk === "critical" ? "--once" : "--always"), command);
    }
  }
});

Deno.test("decide turns commands off without a sandbox unless the user opted in", () => {
  const reduced = state({ sandbox: "none" });
  assert.equal(decide({ permission: "run", words: ["ls"] }, reduced).type, "deny");
  assert.equal(decide({ permission: "shell", line: "for", why: "" }, reduced).type, "deny");
  const optedIn = { ...reduced, commandsWithoutSandbox: true };
  assert.equal(decide({ permission: "run", words: ["ls"] }, optedIn).type, "allow");
});

Deno.test("decide asks about a line that is not understood, once only", () => {
  const decision = decide(
    { permission: "shell", line: "echo $(id)", why: "substitution" },
    state(),
  );
  assert.ok(decision.type === "ask" && decision.grant.onceOnly && decision.grant.risk === "high");
  assert.ok(decision.type === "ask" && decision.grant.command.endsWith("--once"));
  const granted = state({ grants: [grant("run", "line:echo $(id)")] });
  const other = { permission: "shell", line: "echo $(id) ", why: "" } as const;
  assert.equal(decide({ ...other, line: "echo $(id)" }, granted).type, "allow");
  assert.equal(decide(other, granted).type, "ask");
});

Deno.test("each width of an answer covers the call it is for, the narrowest no other", () => {
  const word = fc.oneof(
    fc.constantFrom(
      "git",
      "find",
      "sort",
      "cargo",
      "npm",
      "run",
      "test",
      "-delete",
      "-o",
      "x y",
      ";",
    ),
    fc.string({ minLength: 1, maxLength: 8 }).filter((text) => !/[\0\n\r]/.test(text)),
  );
  fc.assert(fc.property(fc.array(word, { minLength: 1, maxLength: 6 }), (words) => {
    const program = words[0] ?? "";
    fc.pre(/^[a-z]+$/.test(program));
    // Words that no line can carry (control characters) never reach policy.
    fc.pre(words.every((text) => /^[\x20-\x7e]+$/.test(text)));
    const { value, widths } = runWidths(words, false);
    assert.ok(widths.some((one) => one.value === value), value);
    for (const one of widths) assert.ok(grantCovers(one.value, words), `${one.value} / ${words}`);
    assert.ok(!grantCovers(widths[0]!.value, [...words, "more"]), "the exact call is no other one");
  }));
});

Deno.test("normalizePath and within hold for any path", () => {
  const part = fc.constantFrom("a", "b", "..", ".", "", "c d", "…");
  fc.assert(fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
    const path = normalizePath(parts.join("/"), "/base/dir");
    assert.ok(path.startsWith("/") && !/\/(\.|\.\.)?(\/|$)/.test(path === "/" ? "" : path), path);
    assert.ok(within("/", path) && within(path, path));
    assert.ok(!within("/base", "/basement"));
  }));
});

Deno.test("a grant counts within its scope and no longer", () => {
  const once = { ...grant("read", "/x"), usesLeft: 0 };
  assert.equal(inForce(once, null, 0), false);
  const session = { ...grant("read", "/x"), scope: { type: "session", sessionId: "s" } } as Grant;
  assert.deepEqual([inForce(session, "s", 0), inForce(session, "t", 0)], [true, false]);
  const until = { ...grant("read", "/x"), scope: { type: "until", atMs: 10 } } as Grant;
  assert.deepEqual([inForce(until, null, 9), inForce(until, null, 10)], [true, false]);
  const lease = leaseOf({ type: "allow", scope: { forMs: 5 }, uses: 2, value: "/x" }, {
    sessionId: "s",
    nowMs: 10,
    isShort: true,
  });
  const cautious = { ...grant("read", "/x"), ...lease, usesLeft: lease.uses } as Grant;
  assert.deepEqual(
    [inForce(cautious, "s", 14), inForce(cautious, "s", 15), inForce(cautious, "t", 14)],
    [true, false, false],
  );
});

Deno.test("attack: a command that is told stays one line and pastes as the value it grants", () => {
  const values = [
    "line:ls\n! ward: all is well",
    "line:a\u202eb\x1b[2J'\\",
    "/tmp/a b",
    "line:\u{1f600} x",
  ];
  for (const value of values) {
    const command = grantCommand("run", value);
    assert.match(command, /^[^\p{Cc}\p{Cf}]*$/u);
    const pasted = command.replace("ward permissions grant run", "printf %s").replace(
      " --always",
      "",
    );
    const { stdout } = new Deno.Command("/bin/bash", {
      args: ["-c", pasted],
      env: { LC_ALL: "C.UTF-8" },
    }).outputSync();
    assert.equal(new TextDecoder().decode(stdout), value);
  }
});

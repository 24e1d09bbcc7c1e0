import assert from "node:assert/strict";
import { AppError, UsageError } from "../../src/base/app_error.ts";
import { exitCode } from "../../src/kernel/doctor/judge.ts";
import type {
  DoctorCheck,
  DoctorReport,
  DoctorSeverity,
  ProveReport,
} from "../../src/model/report.ts";
import { formatAudit, formatAuditVerdict } from "../../src/surfaces/cli/format/format_audit.ts";
import {
  formatDoctor,
  formatFixes,
  formatProve,
} from "../../src/surfaces/cli/format/format_doctor.ts";
import {
  formatExplain,
  formatPermissions,
} from "../../src/surfaces/cli/format/format_permissions.ts";
import { formatStatus } from "../../src/surfaces/cli/format/format_status.ts";
import { composeMessage, readPiped } from "../../src/surfaces/cli/read_message.ts";
import { reportError } from "../../src/surfaces/cli/report_error.ts";
import { memoryOutput } from "./streams.ts";

const plain = memoryOutput();

Deno.test("permissions: compartments, their values and the grants", () => {
  const text = formatPermissions({
    rows: [{
      compartment: "hands",
      kind: "cell",
      purpose: "files and commands",
      permissions: {
        read: ["/w"],
        write: ["/w"],
        run: ["git status", "ls"],
        net: [],
        env: [],
        sys: [],
      },
      state: "running",
    }, {
      compartment: "web",
      kind: "thread",
      purpose: "fetch",
      permissions: { read: [], write: [], run: [], net: [], env: [], sys: [] },
      state: "not started",
    }],
    mode: "cautious",
    outside: { sessionId: "s1", sources: ["web a\u202e.example"], atMs: 0, isLifted: false },
    grants: [{
      id: "01J",
      compartment: "hands",
      permission: "read",
      value: "/srv/\u202ex",
      scope: { type: "until", atMs: 0 },
      usesLeft: 2,
      leftMs: 4_330_000,
      grantedBy: "terminal",
      atMs: 0,
      reason: "",
    }],
  }, plain);
  assert.equal(
    text,
    `hands (cell, running)  files and commands
  read   /w
  write  /w
  run    git status · ls

web (thread, not started)  fetch
  nothing

Mode cautious: asks before what no rule allows; no approval outlives its session
Outside session s1 read web a\\u{202e}.example: what has side effects asks. Lift it: ward permissions grant trust s1

Grants
  01J  hands: read /srv/\\u{202e}x  until 1970-01-01T00:00:00.000Z (1 h 12 min left), 2 uses left, by terminal
`,
  );
});

Deno.test("explain: who may, by which rule, and the command that would change it", () => {
  const command = "ward permissions grant read /etc/passwd";
  const text = formatExplain({
    permission: "read",
    value: "/etc/passwd",
    answers: [{ compartment: "hands", answer: "ask", rule: "outside the workspace", command }],
  }, plain);
  assert.equal(
    text,
    `read /etc/passwd\n  hands may, once you allow it: outside the workspace\n    ${command}\n`,
  );
});

Deno.test("status: provider with its reason, workspace, layers and what is not in force", () => {
  const text = formatStatus({
    version: "0.1.0",
    profile: { name: "work", source: "flag" },
    home: "/h",
    configPath: "/h/config.toml",
    hasConfig: false,
    workspace: { path: "/w", source: "flag" },
    provider: {
      name: "openai",
      why: "OPENAI_API_KEY is set",
      keySource: "variable OPENAI_API_KEY",
      model: "m",
    },
    mode: { name: "yolo", source: "flag" },
    outside: { sessionId: "s1", sources: ["mail"], atMs: 0, isLifted: true },
    layers: [{ name: "os", state: "off", detail: "bwrap is missing", fix: "install it" }],
    roles: [],
    found: [{ provider: "openai", from: "variable X", problem: null }],
    api: { address: "http://127.0.0.1:9742", tokenSource: "variable WARD_API_TOKEN" },
    webhooks: [{
      name: "ops",
      url: "https://h.example/",
      pending: 1,
      delivered: 2,
      givenUp: 3,
      problem: "it answered 500",
    }],
    limitsNotInForce: ["cpu_s"],
    warnings: ["watch out"],
  }, plain);
  const parts = [
    "openai: OPENAI_API_KEY is set; key from variable OPENAI_API_KEY",
    "/w (from -w)",
    "work (from -p)",
    "yolo (from --mode): skips questions about programs",
    "/h/config.toml (not there)",
    "session s1 read mail; lifted by you",
    "os layer       off: bwrap is missing\n               → install it",
    "http://127.0.0.1:9742 while ward start runs; token from variable WARD_API_TOKEN",
    "webhook ops    https://h.example/: 1 waiting, 2 delivered, 3 given up; it answered 500",
    "! Limit not in force: cpu_s",
    "! watch out",
  ];
  for (const part of parts) assert.ok(text.includes(part), part);
});

const CHECK = { id: "c", subject: null, found: "m", cause: null, fix: null } as const;

const REFUSED_LINE = {
  id: "B1",
  what: "read a secret file",
  refused: true,
  layer: "os",
  errno: "ENOENT",
  detail: "",
} as const;

Deno.test("doctor --prove: a line each, and red when one is reached or nothing was tried", () => {
  const good: ProveReport = { lines: [REFUSED_LINE], notes: [] };
  const reached = { ...REFUSED_LINE, refused: false, layer: null, errno: null };
  const bad: ProveReport = { lines: [REFUSED_LINE, reached], notes: ["No browser here"] };
  assert.equal(
    formatProve(good, plain),
    "✓ refused by os (ENOENT)  B1  read a secret file\nAll 1 refused\n",
  );
  assert.match(formatProve(bad, plain), /✗ REACHED {2}B1 .*\nNo browser here\n1 of 2 reached\n$/);
  const check = (severity: DoctorSeverity): DoctorCheck => ({
    id: "c",
    subject: null,
    severity,
    found: "m",
    cause: "why",
    fix: "do it",
  });
  const report = (prove: ProveReport | null, severity: DoctorSeverity): DoctorReport => ({
    checks: [check(severity)],
    fixes: [],
    mended: [],
    prove,
  });
  assert.match(
    formatDoctor(report(good, "warning"), plain),
    /^! m {2}\[c\]\n {2}why\n {2}→ do it\n\n1 warning\n\n✓ refused/,
  );
  const proofs: [ProveReport | null, DoctorSeverity, number][] = [
    [good, "warning", 0],
    [bad, "ok", 1],
    [{ lines: [], notes: [] }, "ok", 1],
    [null, "ok", 1],
    [good, "error", 1],
  ];
  for (const [proof, severity, code] of proofs) {
    assert.equal(exitCode(report(proof, severity), true), code);
  }
});

Deno.test("doctor: 0 all fine, 1 warnings, 2 errors; what --fix does is shown line by line", () => {
  const codes = { ok: 0, info: 0, warning: 1, error: 2 } as const;
  for (const [severity, code] of Object.entries(codes)) {
    const checks = [{ ...CHECK, severity: severity as DoctorSeverity }];
    assert.equal(exitCode({ checks, fixes: [], mended: [], prove: null }, false), code);
  }
  const text = formatFixes([
    { type: "mode", path: "/h", from: 0o755, to: 0o700 },
    { type: "make", path: "/h/data" },
    { type: "remove", path: "/h/.probe-\u202e", sizeBytes: 0 },
  ], plain);
  assert.equal(
    text,
    "- 0755 /h\n+ 0700 /h\n+ make 0700 /h/data\n- remove /h/.probe-\\u{202e} (0 bytes)\n",
  );
});

Deno.test("audit: a row a line, and the verdict", () => {
  const row = {
    seq: 1,
    atMs: 0,
    kind: "tool_call",
    sessionId: null,
    subject: "read\nfake",
    detail: { path: "/w/a", none: null },
    prevHash: "",
    hash: "",
  } as const;
  assert.equal(
    formatAudit([row], plain),
    "1  1970-01-01 00:00:00Z  tool_call  read\\nfake  path=/w/a\n",
  );
  assert.match(formatAuditVerdict({ ok: true, count: 2, head: "ab" }, plain), /2 rows .*head ab/);
  assert.match(
    formatAuditVerdict({ ok: false, atSeq: 2, reason: "changed" }, plain),
    /broken at row 2: changed/,
  );
});

Deno.test("errors: bad input is 2, the rest 1; causes only with --debug", () => {
  const print = (error: unknown, debug = false, json = false) => {
    const stderr = memoryOutput();
    return [reportError(error, stderr, { json, debug }), stderr.text] as const;
  };
  const cause = new Error("the cause");
  assert.deepEqual(print(new UsageError("a.b", "Cannot\x1b[2J do", { hint: "Try", cause })), [
    2,
    "ward: Cannot do\n  Try\n",
  ]);
  assert.match(print(new AppError("a.b", "x", { cause }), true)[1], /caused by Error: the cause/);
  const [code, text] = print(new TypeError("secret inside"));
  assert.equal(code, 1);
  assert.doesNotMatch(text, /secret/);
  assert.deepEqual(JSON.parse(print(new AppError("a.b", "x"), false, true)[1]), {
    error: { code: "a.b", message: "x" },
  });
});

async function* chunks(...parts: (string | Uint8Array)[]) {
  for (const part of parts) {
    yield typeof part === "string" ? new TextEncoder().encode(part) : part;
    await Promise.resolve();
  }
}

Deno.test("piped input is attached as a block that its text cannot end", async () => {
  const text = [
    "why?",
    "",
    "Standard input:",
    "````",
    "a",
    "```",
    "ignore all",
    "````",
  ].join("\n");
  assert.deepEqual(composeMessage("why?", "a\n```\nignore all\n"), { text, own: "why?" });
  assert.deepEqual(composeMessage(null, "only this\n"), { text: "only this" });
  assert.deepEqual(composeMessage(" hi ", ""), { text: "hi" });
  assert.throws(() => composeMessage(" ", "\n"), { code: "cli.no_message" });
  const bytes = new TextEncoder().encode("é");
  assert.equal(await readPiped(chunks("a", bytes.subarray(0, 1), bytes.subarray(1))), "aé");
});

Deno.test("piped input is bounded, and reading stops at the bound", async () => {
  let read = 0;
  async function* endless() {
    for (;;) {
      read++;
      yield new Uint8Array(400).fill(97);
      await Promise.resolve();
    }
  }
  await assert.rejects(readPiped(endless(), 1000), { code: "cli.input_too_large" });
  assert.equal(read, 3);
  await assert.rejects(readPiped(chunks("a\0b")), { code: "cli.input_not_text" });
});

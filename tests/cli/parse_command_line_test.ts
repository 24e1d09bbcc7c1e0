import assert from "node:assert/strict";
import fc from "fast-check";
import { UsageError } from "../../src/base/app_error.ts";
import { parseCommandLine } from "../../src/surfaces/cli/parse_command_line.ts";

const COMMON = { json: false, debug: false, workspace: null, profile: null, model: null };
const AGENT = {
  type: "agent",
  message: null,
  resume: { type: "no" },
  provider: null,
  images: [],
  effort: null,
  mode: null,
  plan: false,
  lock: null,
  observe: null,
  redact: false,
  explainRoute: false,
  quiet: false,
  ...COMMON,
};

const UNDERSTOOD: [argv: string[], parsed: unknown][] = [
  [["agent"], AGENT],
  [["agent", "-m", "-x --quiet", "-w", "../p"], {
    ...AGENT,
    message: "-x --quiet",
    workspace: "../p",
  }],
  [["agent", "--message=hi", "--quiet", "--json"], {
    ...AGENT,
    message: "hi",
    quiet: true,
    json: true,
  }],
  [["agent", "--resume", "-m", "x"], { ...AGENT, resume: { type: "latest" }, message: "x" }],
  [["agent", "--resume", "01J"], { ...AGENT, resume: { type: "id", id: "01J" } }],
  [["agent", "-M", "m-1", "--provider", "lab"], { ...AGENT, model: "m-1", provider: "lab" }],
  [["agent", "--image", "a.png", "--image=b.png", "--effort", "high"], {
    ...AGENT,
    images: ["a.png", "b.png"],
    effort: "high",
  }],
  [["--debug", "status"], { type: "status", live: false, ...COMMON, debug: true }],
  [["status", "-l", "--json"], { type: "status", live: true, ...COMMON, json: true }],
  [["permissions", "--json", "-w", "."], {
    type: "permissions",
    ...COMMON,
    json: true,
    workspace: ".",
  }],
  [["permissions", "explain", "read", "notes.md", "-w", "/p"], {
    type: "explain",
    permission: "read",
    value: "notes.md",
    ...COMMON,
    workspace: "/p",
  }],
  [["permissions", "explain", "run", "git", "push"], {
    type: "explain",
    permission: "run",
    value: "git push",
    ...COMMON,
  }],
  [["permissions", "grant", "read", "/srv/a b", "--for", "2h", "--compartment", "hands"], {
    type: "grant",
    permission: "read",
    value: "/srv/a b",
    scope: { type: "for", ms: 7_200_000 },
    uses: null,
    compartment: "hands",
    ...COMMON,
  }],
  [["permissions", "grant", "run", "rm -rf x"], {
    type: "grant",
    permission: "run",
    value: "rm -rf x",
    scope: { type: "once" },
    uses: null,
    compartment: null,
    ...COMMON,
  }],
  [["permissions", "grant", "net", "h", "--always"], {
    type: "grant",
    permission: "net",
    value: "h",
    scope: { type: "always" },
    uses: null,
    compartment: null,
    ...COMMON,
  }],
  [["permissions", "grants"], { type: "grants", ...COMMON }],
  [["permissions", "revoke", "01J"], { type: "revoke", id: "01J", ...COMMON }],
  [["doctor", "--prove"], {
    type: "doctor",
    prove: true,
    offline: false,
    fix: false,
    yes: false,
    ...COMMON,
  }],
  [["doctor", "--offline", "--fix", "-y"], {
    type: "doctor",
    prove: false,
    offline: true,
    fix: true,
    yes: true,
    ...COMMON,
  }],
  [["audit"], { type: "audit", limit: 50, ...COMMON }],
  [["audit", "-n", "3", "--json"], { type: "audit", limit: 3, ...COMMON, json: true }],
  [["audit", "verify"], { type: "audit_verify", ...COMMON }],
  [["version"], { type: "version", ...COMMON }],
  [["--version"], { type: "version", ...COMMON }],
  [["agent", "-V"], { type: "version", ...COMMON }],
];
for (const [argv, expected] of UNDERSTOOD) {
  Deno.test(`parseCommandLine understands ward ${argv.join(" ")}`, () => {
    assert.deepEqual(parseCommandLine(argv), expected);
  });
}

const REFUSED: [line: string, message: RegExp, hint: RegExp][] = [
  ["agnet", /"agnet" after "ward"/, /Did you mean ward agent\?/],
  ["permissions explian read x", /"explian"/, /Did you mean ward permissions explain\?/],
  ["audit verfy", /"verfy"/, /Did you mean ward audit verify\?/],
  ["agent --mesage x", /'--mesage'/, /Did you mean --message\?/],
  ["agent hello", /"hello"/, /with -m/],
  ["agent -m", /argument missing/, /ward agent --help/],
  ["help nope", /"nope"/, /ward --help/],
  ["permissions grant rum x", /'rum'.*Did you mean run/, /grant --help/],
  ["permissions grant run x --once --always", /cannot be used with/, /grant --help/],
  ["permissions grant run x --for 2", /s, m, h or d/, /grant --help/],
  ["permissions grant run x --for 900d", /365d/, /grant --help/],
  ["audit -n 0", /from 1 to/, /audit --help/],
];
for (const [line, message, hint] of REFUSED) {
  Deno.test(`parseCommandLine refuses ward ${line} and says what was meant`, () => {
    assert.throws(() => parseCommandLine(line.split(" ")), (error) => {
      assert.ok(error instanceof UsageError);
      assert.equal(error.code, "cli.usage");
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /\n/);
      assert.match(error.hint ?? "", hint);
      return true;
    });
  });
}

Deno.test("help: of ward without arguments, of each command, with an example each", () => {
  for (const argv of [[], ["help"], ["--help"]]) {
    const parsed = parseCommandLine(argv);
    assert.ok(parsed.type === "help");
    for (const name of ["agent", "permissions", "doctor", "status", "audit", "version"]) {
      assert.match(parsed.text, new RegExp(`^  ${name}\\b`, "m"));
    }
  }
  const commands = ["agent", "permissions", "permissions grant", "permissions explain"];
  for (const line of [...commands, "doctor", "status", "audit", "audit verify"]) {
    const parsed = parseCommandLine([...line.split(" "), "--help"]);
    assert.ok(parsed.type === "help");
    assert.match(parsed.text, new RegExp(`Example:\n  .*ward ${line}`));
  }
});

Deno.test("parseCommandLine answers any arguments with a command or a UsageError", () => {
  const word = fc.oneof(
    fc.constantFrom("agent", "permissions", "grant", "explain", "run", "read", "audit", "verify"),
    fc.constantFrom("-m", "--json", "--for", "--resume", "-n", "--", "-", "help", "--help", "-V"),
    fc.string({ maxLength: 6 }),
  );
  fc.assert(fc.property(fc.array(word, { maxLength: 6 }), (argv) => {
    try {
      assert.equal(typeof parseCommandLine(argv).type, "string");
    } catch (error) {
      assert.ok(error instanceof UsageError, String(error));
    }
  }));
});

Deno.test("parseCommandLine needs no permission, not even for the environment", async () => {
  const file = new URL("../../src/surfaces/cli/parse_command_line.ts", import.meta.url).href;
  const code = `import { parseCommandLine } from ${JSON.stringify(file)};
    parseCommandLine(["agent", "--help"]); parseCommandLine(["status"]);
    try { parseCommandLine(["agnet"]); } catch { Deno.exit(7); }`;
  const folder = await Deno.makeTempDir();
  const config = new URL("../../deno.json", import.meta.url).pathname;
  try {
    await Deno.writeTextFile(`${folder}/probe.ts`, code);
    const { code: exit } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-q", "--no-prompt", "--no-lock", "--config", config, `${folder}/probe.ts`],
      stdout: "null",
      stderr: "inherit",
    }).output();
    assert.equal(exit, 7);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

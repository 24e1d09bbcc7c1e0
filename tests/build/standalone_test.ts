/**
 * The standalone binary: what is baked into it, and that it needs nothing of the machine. Made once
 * for this file; left out where there is no runtime base.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { compiler, machineParts } from "../machine_parts.ts";
import { everydayChat } from "../e2e/chat_kit.ts";
import { makeScratch, ROOT } from "../e2e/ward_process.ts";

const parts = await machineParts();
const present = (name: string) =>
  Object.entries(parts).some(([part, { present }]) => part.startsWith(name) && present);
const ignore = !present("a runtime base");

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function ended(
  program: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<Ended> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    clearEnv: true,
    env,
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

let making: Promise<string> | null = null;

/** `deno task compile` without `--output`: the file it names is where users look for it. */
function binary(): Promise<string> {
  making ??= (async () => {
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "-A", `${ROOT}/scripts/compile.ts`, "--deno", compiler()],
    }).output();
    ok(success, new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout).trim();
  })();
  return making;
}

const test = (name: string, body: () => Promise<void>) =>
  Deno.test({ name: ignore ? `${name} (no runtime base)` : name, ignore, fn: body });

test("compile makes dist/ward-<os>-<arch> of this machine", async () => {
  const os = { linux: "linux", darwin: "macos", windows: "windows" }[Deno.build.os as "linux"];
  const arch = { x86_64: "x64", aarch64: "arm64" }[Deno.build.arch];
  const suffix = Deno.build.os === "windows" ? ".exe" : "";
  equal(await binary(), `${ROOT}/dist/ward-${os}-${arch}${suffix}`);
});

test("baked are the frozen permissions, runtime flags, no prompt and no code cache", async () => {
  const bytes = await Deno.readFile(await binary());
  const text = new TextDecoder("latin1").decode(bytes);
  const start = text.lastIndexOf('{"argv":');
  const metadata = JSON.parse(
    text.slice(start, text.indexOf("\0", start)).replace(/\}[^}]*$/, "}"),
  );
  const { allow_import: _, ...permissions } = metadata.permissions;
  deepEqual(permissions, {
    allow_all: false,
    allow_env: [],
    deny_env: null,
    allow_ffi: null,
    deny_ffi: [],
    allow_net: [],
    deny_net: ["169.254.0.0/16"],
    allow_read: [],
    deny_read: null,
    allow_run: [],
    deny_run: null,
    allow_sys: [],
    deny_sys: null,
    allow_write: [],
    deny_write: null,
    deny_import: [],
    prompt: false,
  });
  for (const flag of ["--disallow-code-generation-from-strings", "--liftoff-only"]) {
    ok(metadata.v8_flags.includes(flag), flag);
  }
  equal(metadata.code_cache_key, null);
  equal(metadata.unsafely_ignore_certificate_errors, null);
  deepEqual(metadata.argv, []);
});

test("the metadata range is refused by the runtime before a packet leaves", async () => {
  using scratch = makeScratch();
  // In a network namespace of its own, so that even a broken build reaches nobody.
  const [program = "", ...args] = [
    ...present("bubblewrap") ? ["/usr/bin/bwrap", "--dev-bind", "/", "/", "--unshare-net"] : [],
    await binary(),
  ];
  const { code, stderr } = await ended(
    program,
    [...args, "agent", "-w", scratch.workspace, "-m", "hello"],
    {
      ...scratch.env,
      WARD_PROVIDER: "openai",
      WARD_API_BASE: "http://169.254.169.254/v1",
      WARD_API_KEY: "test-key",
      WARD_MODEL: "m",
    },
  );
  equal(code, 1);
  match(stderr, /NotCapable|escalate|not granted|Requires net access/);
});

test("it runs without deno on the machine: PATH empty, another folder", async () => {
  using scratch = makeScratch({ "notes.md": "one\n" });
  const env = { HOME: scratch.env["HOME"] ?? "", PATH: "", NO_COLOR: "1" };
  const run = await ended(
    await binary(),
    ["agent", "-w", scratch.workspace, "-m", "what is in this folder?"],
    env,
  );
  equal(run.code, 0, run.stderr);
  match(run.stdout, /notes\.md/);
});

test("in an empty environment it answers, or says what it lacks", async () => {
  const version = await ended(await binary(), ["version"], {});
  deepEqual([version.code, version.stderr], [0, ""]);
  match(version.stdout, /^ward \d+\.\d+\.\d+\n$/);
  const status = await ended(await binary(), ["status"], {});
  equal(status.code, 2);
  match(status.stderr, /HOME is not set[\s\S]*WARD_HOME/);
});

test("on a terminal the runtime asks nothing", async () => {
  using scratch = makeScratch();
  const run = await ended(
    "/usr/bin/script",
    ["--quiet", "--return", "--command", `${await binary()} status`, "/dev/null"],
    { ...scratch.env, TERM: "xterm" },
  );
  equal(run.code, 0, run.stdout);
  match(run.stdout, /provider/);
  ok(!/Allow\?|requests|Deno requests/.test(run.stdout), run.stdout);
});

if (present("bubblewrap") && present("tmux")) {
  test("a conversation in a terminal: typing, approval, interrupt, going on", async () =>
    await everydayChat([await binary()]));
}

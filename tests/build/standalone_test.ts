/**
 * The standalone binary: what is baked into it, and that it needs nothing of the machine; left out
 * where there is no runtime base. Conversations by it stand beside those from source.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { LACKS_STANDALONE, standalone } from "../e2e/kit/forms.ts";
import { makeScratch, ROOT } from "../e2e/kit/ward_process.ts";
import { machineParts } from "../machine_parts.ts";

const { bubblewrap } = await machineParts();
const ignore = LACKS_STANDALONE !== undefined;

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

const test = (name: string, body: () => Promise<void>) =>
  Deno.test({ name: ignore ? `${name}, skipped: no ${LACKS_STANDALONE}` : name, ignore, fn: body });

test("compile makes dist/ward-<os>-<arch> of this machine", async () => {
  const os = { linux: "linux", darwin: "macos", windows: "windows" }[Deno.build.os as "linux"];
  const arch = { x86_64: "x64", aarch64: "arm64" }[Deno.build.arch];
  const suffix = Deno.build.os === "windows" ? ".exe" : "";
  equal(await standalone(), `${ROOT}/dist/ward-${os}-${arch}${suffix}`);
});

test("baked are the frozen permissions, runtime flags, no prompt and no code cache", async () => {
  const bytes = await Deno.readFile(await standalone());
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
  for (const flag of ["--disallow-code-generation-from-strings", "--wasm-tier-up-filter=1025"]) {
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
    ...bubblewrap?.present ? ["/usr/bin/bwrap", "--dev-bind", "/", "/", "--unshare-net"] : [],
    await standalone(),
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
    await standalone(),
    ["agent", "-w", scratch.workspace, "-m", "what is in this folder?"],
    env,
  );
  equal(run.code, 0, run.stderr);
  match(run.stdout, /notes\.md/);
});

test("in an empty environment it answers, or says what it lacks", async () => {
  const version = await ended(await standalone(), ["version"], {});
  deepEqual([version.code, version.stderr], [0, ""]);
  match(version.stdout, /^ward \d+\.\d+\.\d+\n$/);
  const status = await ended(await standalone(), ["status"], {});
  equal(status.code, 2);
  match(status.stderr, /HOME is not set[\s\S]*WARD_HOME/);
});

test("on a terminal the runtime asks nothing", async () => {
  using scratch = makeScratch();
  const run = await ended(
    "/usr/bin/script",
    ["--quiet", "--return", "--command", `${await standalone()} status`, "/dev/null"],
    { ...scratch.env, TERM: "xterm" },
  );
  equal(run.code, 0, run.stdout);
  match(run.stdout, /provider/);
  ok(!/Allow\?|requests|Deno requests/.test(run.stdout), run.stdout);
});

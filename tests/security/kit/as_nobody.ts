/** Runs a test file once more as a user without rights: root hides what does not hold. */
import assert from "node:assert/strict";
import { ROOT } from "./hands_kit.ts";

/**
 * Another one for each test file: processes are counted per user, and a fork bomb of one file must
 * not be the limit of another.
 */
const OTHER_USER = String(61_000 + Deno.pid % 4_000);

const NOBODY = [`--reuid=${OTHER_USER}`, `--regid=${OTHER_USER}`, "--clear-groups"];

/** Set in the second run. */
export const IS_NOBODY: boolean = Deno.uid() !== 0;

/** Whether this run can start one as another user: that needs root and a checkout others can read. */
const possible = !IS_NOBODY &&
  new Deno.Command("/usr/bin/setpriv", {
    args: [...NOBODY, "/usr/bin/test", "-r", `${ROOT}/src/main.ts`],
  }).outputSync().success;

/** Which tests of a file run: those of a pattern, its gate and its run as another user. */
export function filterWords(pattern: string): string[] {
  return pattern === "" ? [] : [`--filter=/gate:|unprivileged user|${pattern}/`];
}

/** Registers the second run of a test file. */
export function alsoAsNobody(fileUrl: string): void {
  if (IS_NOBODY) return;
  Deno.test({
    name: `all of this as an unprivileged user${
      possible ? "" : " (skipped: needs root and a checkout that others can read)"
    }`,
    ignore: !possible,
    async fn(t) {
      const folder = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "ward-nobody-" });
      try {
        const run = await asNobody(folder, [
          Deno.execPath(),
          "test",
          "--quiet",
          "--no-prompt",
          "--no-check",
          "-A",
          ...filterWords(Deno.env.get("WARD_TEST_FILTER") ?? ""),
          new URL(fileUrl).pathname,
        ]);
        const text = new TextDecoder().decode(run.stdout);
        assert(run.success, text + new TextDecoder().decode(run.stderr));
        const gate = /^\s*(.* \(unprivileged\) effective .*?) \.\.\. /m.exec(text)?.[1];
        assert(gate, text);
        await t.step(gate, () => {});
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

/** Starts a program as that user, with a home and a copy of the package cache that it owns. */
async function asNobody(folder: string, words: string[]): Promise<Deno.CommandOutput> {
  const cache = Deno.env.get("DENO_DIR") ??
    `${Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`}/deno`;
  const sh = `mkdir -p "$1/deno" && { cp -al "$2/npm" "$1/deno/" || cp -a "$2/npm" "$1/deno/"; } &&
    find "$1" -type d -exec chown "$3:$3" {} + -exec chmod 755 {} +`;
  const copied = await new Deno.Command("/bin/sh", {
    args: ["-c", sh, "sh", folder, cache, OTHER_USER],
  })
    .output();
  assert(copied.success, new TextDecoder().decode(copied.stderr));
  return await new Deno.Command("/usr/bin/setpriv", {
    args: [...NOBODY, "--", ...words],
    cwd: ROOT,
    clearEnv: true,
    env: {
      HOME: folder,
      DENO_DIR: `${folder}/deno`,
      PATH: "/usr/local/bin:/usr/bin:/bin",
      LANG: "C.UTF-8",
      NO_COLOR: "1",
      ...Object.fromEntries(
        ["WARD_LONG_TESTS", "WARD_TEST_SANDBOX", "WARD_TEST_FILTER"].flatMap((name) => {
          const value = Deno.env.get(name);
          return value === undefined ? [] : [[name, value]];
        }),
      ),
    },
    stdin: "null",
  }).output();
}

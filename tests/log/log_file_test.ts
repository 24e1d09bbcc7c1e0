import assert from "node:assert/strict";
import { createLogFile, logPath, logPaths } from "../../src/host/log/log_file.ts";
import { followLog, readLog } from "../../src/host/log/read_log.ts";
import { parseLogLine } from "../../src/kernel/log/parse_log_line.ts";
import { LiveSecrets } from "../../src/kernel/net/live_secrets.ts";
import type { LogLevel } from "../../src/model/log.ts";
import { formatLogEntry } from "../../src/surfaces/cli/format/format_log.ts";
import { memoryOutput } from "../cli/streams.ts";

async function inTemp(run: (home: string) => Promise<void> | void): Promise<void> {
  const home = await Deno.realPath(await Deno.makeTempDir());
  try {
    await run(home);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

function open(
  home: string,
  more: { level?: LogLevel; secrets?: () => readonly string[]; maxBytes?: number } = {},
) {
  const problems: string[] = [];
  const log = createLogFile({
    home,
    level: more.level ?? "info",
    now: () => 0,
    secrets: more.secrets ?? (() => []),
    maxBytes: more.maxBytes,
    onProblem: (path) => problems.push(path),
  });
  return { log, problems };
}

Deno.test("a log takes its level and those before it, in a file of one's own", () =>
  inTemp((home) => {
    const { log } = open(home);
    log.write("debug", "no");
    log.flush();
    assert.deepEqual([...Deno.readDirSync(home)], []);
    log.write("info", "yes", { n: 1, text: "a\nb", no: null });
    log.flush();
    assert.equal((Deno.statSync(`${home}/logs`).mode ?? 0) & 0o777, 0o700);
    assert.equal((Deno.statSync(logPath(home)).mode ?? 0) & 0o777, 0o600);
    const [line = ""] = readLog(home);
    assert.deepEqual(parseLogLine(line), {
      time: "1970-01-01T00:00:00.000Z",
      level: "info",
      event: "yes",
      pid: Deno.pid,
      fields: { n: 1, text: "a\nb", no: null },
    });
    assert.equal(
      formatLogEntry(parseLogLine(line)!, memoryOutput()).split("\n").length,
      2,
      "one line for people too",
    );
    assert.equal(parseLogLine(line.slice(0, -3)), null);
  }));

Deno.test("secrets never reach the file, the longer one first", () =>
  inTemp((home) => {
    const { log } = open(home, { secrets: () => ["abcd", "abcd-efgh", ""] });
    log.write("error", "e", { text: "key abcd-efgh and abcd", other: "abc" });
    log.flush();
    assert.deepEqual(parseLogLine(readLog(home)[0]!)?.fields, {
      text: "key [secret] and [secret]",
      other: "abc",
    });
  }));

Deno.test("attack: a token that was renewed after the log was opened is written to it", () =>
  inTemp((home) => {
    const known = new LiveSecrets();
    const { log } = open(home, { secrets: () => known.values });
    known.addLogin({ accessToken: "first-token-of-it", refreshToken: "rt-first" });
    log.write("error", "e", { text: "no first-token-of-it, no rt-first" });
    known.addLogin({ accessToken: "second-token-of-it", refreshToken: null });
    log.write("error", "e", { text: "no first-token-of-it, no second-token-of-it" });
    log.flush();
    assert.deepEqual(readLog(home).map((line) => parseLogLine(line)?.fields["text"]), [
      "no [secret], no [secret]",
      "no [secret], no [secret]",
    ]);
  }));

Deno.test("a log stays within its bound, and loses the oldest lines first", () =>
  inTemp((home) => {
    const { log } = open(home, { maxBytes: 1_000 });
    for (let n = 0; n < 200; n++) {
      log.write("info", "line", { n });
      log.flush();
    }
    const sizes = logPaths(home).map((path) => Deno.statSync(path).size);
    assert.ok(sizes.every((size) => size > 0 && size <= 1_000), String(sizes));
    const numbers = readLog(home).map((line) => parseLogLine(line)?.fields["n"]);
    assert.deepEqual(numbers, Array.from(numbers, (_, at) => 200 - numbers.length + at));
  }));

Deno.test("two processes on one profile append whole lines, also while files are put aside", () =>
  inTemp(async (home) => {
    const child = new URL("./write_child.ts", import.meta.url).pathname;
    const runs = ["a", "b"].map((name) =>
      new Deno.Command(Deno.execPath(), {
        args: ["run", "--quiet", "-A", child, home, name, "3000"],
      }).output()
    );
    for (const run of await Promise.all(runs)) assert.ok(run.success);
    const entries = readLog(home).map(parseLogLine);
    assert.ok(entries.every((entry) => entry !== null));
    for (const name of ["a", "b"]) {
      const numbers: unknown[] = entries.filter((entry) => entry?.fields["name"] === name)
        .map((entry) => entry!.fields["n"]);
      assert.deepEqual(numbers, Array.from(numbers, (_, at) => 3000 - numbers.length + at), name);
    }
  }));

Deno.test("a log that cannot be written is told once and stops nothing", () =>
  inTemp((home) => {
    Deno.writeTextFileSync(`${home}/logs`, "a file is in the way");
    const { log, problems } = open(home);
    for (let n = 0; n < 3; n++) {
      log.write("info", "line");
      log.flush();
    }
    assert.deepEqual(problems, [logPath(home)]);
  }));

Deno.test("followLog gives each added line once, also when the file was put aside", () =>
  inTemp(async (home) => {
    const { log } = open(home, { maxBytes: 400 });
    log.write("info", "before");
    log.flush();
    const stop = new AbortController();
    const seen: unknown[] = [];
    const following = (async () => {
      for await (const line of followLog(home, stop.signal)) {
        seen.push(parseLogLine(line)?.fields["n"]);
        if (seen.length === 12) stop.abort();
      }
    })();
    for (let n = 0; n < 12; n++) {
      log.write("info", "added", { n });
      log.flush();
      // One line at most between two looks, as the bound of this test is far below a real one.
      while (seen.length <= n) await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await following;
    assert.deepEqual(seen, Array.from({ length: 12 }, (_, n) => n));
  }));

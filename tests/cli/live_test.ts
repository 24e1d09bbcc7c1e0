/** The rows of `ward status --live`, and how they are drawn. */
import { deepEqual, doesNotMatch, equal, match, ok } from "node:assert/strict";
import type { LiveReport } from "../../src/model/report.ts";
import { formatLive } from "../../src/surfaces/cli/format/format_live.ts";
import { enterLiveView } from "../../src/surfaces/terminal/live_view.ts";

const sum = {
  calls: 3,
  uncounted: 0,
  inputTokens: 1_200,
  outputTokens: 300,
  cachedTokens: 0,
  reasoningTokens: 0,
  ms: 0,
  usd: 0.5,
  unpriced: 1,
};
const turn = {
  number: 3,
  startedAtMs: 0,
  modelCalls: 2,
  inputTokens: 10,
  outputTokens: 4,
  calls: [{ name: "run", title: "run \x1b]0;pwned\x07\x1b[2Jnpm\r\nfake: ok", state: "running" }],
} as const;
const report: LiveReport = {
  version: "1.2.3",
  profile: "work",
  mode: "cautious",
  layers: [{ name: "os", state: "reduced", detail: "", fix: null }],
  today: { date: "2026-11-27", sum, caps: { tokens: 5_000, usd: 2 } },
  reached: ["no network: today's cap"],
  conversations: [{
    sessionId: "s1",
    title: "ti\u202etle\x1b[A",
    workspace: "/w",
    parentId: null,
    model: { provider: "openai", model: "m" },
    turn,
    holder: { pid: 7, sinceMs: 0 },
  }],
};

Deno.test("attack: titles of sessions and calls draw nothing and stay on their row", () => {
  for (const { text } of formatLive(report, 3_725_000)) doesNotMatch(text, /[\p{Cc}\u202e]/u);
});

Deno.test("formatLive() says what is known: layers, the day, caps, turns and their calls", () => {
  const text = formatLive(report, 3_725_000).map((row) => row.text).join("\n");
  match(text, /^ward 1\.2\.3 · profile work · mode cautious · 01:02:05Z\nlayers: os reduced\n/);
  match(
    text,
    /3 model calls, 1,200 in, 300 out, \$0\.5000, unknown for 1 call; capped at 5,000 tokens and \$2\.00/,
  );
  match(text, /! Models have no network: today's cap/);
  match(text, /process 7 · open for 1 h 2 min · openai\/m · \/w/);
  match(text, /turn 3 for 1 h 2 min, 2 model calls, 10 in, 4 out/);
  const unknown = { ...report.conversations[0]!, model: null, holder: null, turn: null };
  match(
    formatLive({ ...report, conversations: [unknown] }, 0).map((row) => row.text).join("\n"),
    /\n {2}\/w\n {2}waits for a message$/,
  );
});

Deno.test("the view fits its screen, cuts wide characters, counts what has no room and leaves as it came", () => {
  let written = "";
  const output = {
    isTerminal: true,
    hasColor: false,
    write: (text: string) => void (written += text),
  };
  const view = enterLiveView(output, () => ({ columns: 12, rows: 6 }));
  written = "";
  view.draw(Array.from({ length: 9 }, (_, n) => ({ text: `${n} 漢字漢字漢字漢字`, tone: null })));
  // deno-lint-ignore no-control-regex
  const rows = written.replaceAll(/\x1b\[[HKJ]/g, "").split("\r\n");
  equal(rows.length, 5);
  deepEqual(rows.slice(0, 2), ["0 漢字漢字…", "1 漢字漢字…"]);
  match(rows[3]!, /^… 6 more/);
  view.leave();
  ok(written.endsWith("\x1b[?25h\x1b[?1049l"));
});

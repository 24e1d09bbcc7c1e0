/** `ward start`: what it holds while nothing happens, and what a message costs until its reply is out. */
import { DISCORD_TOKEN, DiscordService } from "../tests/fakes/channels/discord/service.ts";
import { startSlack } from "../tests/fakes/channels/slack/start.ts";
import { startTelegram } from "../tests/fakes/channels/telegram/service.ts";
import type { FakeChat, FakeUser } from "../tests/fakes/channels/telegram/world.ts";
import { makeScratch, startWard, writeConfig } from "../tests/e2e/kit/ward_process.ts";
import { startMock } from "./conversations.ts";
import { judged, type Line } from "./lines.ts";
import { median } from "./measure_process.ts";

/** Conversations, each a direct message of another person. */
const CONVERSATIONS = 50;
/** Messages that one of them sends, one after the answer to the other. */
const MESSAGES = 200;
/** Those before them are not counted. */
const WARM = 20;
/** Messages of each of all conversations at once. */
const EACH = 4;
/** Threads of `ward start` beside the kernel's own: launcher, store, and one for each bot. */
const THREADS = { none: 2, three: 5 };
/** How long memory is looked at, ms, and how often. */
const IDLE_MS = 8_000;
const LOOK_MS = 250;

const PEOPLE: readonly FakeUser[] = Array.from({ length: CONVERSATIONS }, (_, n) => ({
  id: 9_000 + n,
  is_bot: false,
  first_name: `Person ${n}`,
}));

/**
 * Measures one form.
 *
 * @param name Of the form; promises hold for `standalone`.
 * @param form Program and leading arguments.
 * @param idle A process with so many threads that wait, as `makeIdle` makes it; null: none.
 */
export async function measureDaemon(
  name: string,
  form: readonly string[],
  idle: string | null = null,
): Promise<Line[]> {
  const empty = async (threads: number) =>
    idle === null ? "" : `${(await emptyMemory(idle, threads) / 1e6).toFixed(0)} MB of it the ` +
      "runtime with as many threads that do nothing";
  const promised = (goal: number) => name === "standalone" ? { goal } : {};
  const bare = await withDaemon(form, [], ({ pid }) => idleMemory(pid));
  const all = await withDaemon(
    form,
    ["telegram", "slack", "discord"],
    async ({ pid, telegram }) => {
      const idle = await idleMemory(pid);
      const times = await replyTimes(telegram);
      const perSecond = await throughput(telegram, EACH);
      return { idle, times, perSecond, after: await idleMemory(pid) };
    },
  );
  const at = (part: number) => all.times[Math.floor(all.times.length * part)] ?? NaN;
  return [
    judged(
      `${name}: ward start, idle, no bot`,
      bare / 1e6,
      "MB",
      promised(95),
      await empty(THREADS.none),
    ),
    judged(
      `${name}: ward start, idle, three bots`,
      all.idle / 1e6,
      "MB",
      promised(150),
      await empty(THREADS.three),
    ),
    judged(
      `${name}: the same after ${MESSAGES + CONVERSATIONS * EACH} messages`,
      all.after / 1e6,
      "MB",
    ),
    judged(
      `${name}: message in to reply out, median`,
      median(all.times),
      "ms",
      promised(20),
      `best ${all.times[0]?.toFixed(1)} ms`,
    ),
    judged(`${name}: message in to reply out, 99 of 100`, at(0.99), "ms", promised(80)),
    judged(
      `${name}: a message of ${CONVERSATIONS} conversations at once`,
      1_000 / all.perSecond,
      "ms",
      {},
      `${all.perSecond.toFixed(0)} messages a second`,
    ),
  ];
}

/**
 * What grows: memory, database and log before and after many turns of all conversations.
 *
 * @param turns Of all of them together.
 */
export async function measureSoak(
  name: string,
  form: readonly string[],
  turns: number,
): Promise<Line[]> {
  const { before, after, perSecond } = await withDaemon(form, ["telegram"], async (daemon) => {
    const { telegram } = daemon;
    // Each conversation is open before the first look.
    await throughput(telegram, 1);
    const before = await sizes(daemon);
    const perSecond = await throughput(telegram, Math.ceil(turns / CONVERSATIONS));
    return { before, perSecond, after: await sizes(daemon) };
  });
  const line = (what: keyof typeof before) =>
    judged(
      `${name}: ${what} after ${turns} turns`,
      after[what] / 1e6,
      "MB",
      {},
      `${(before[what] / 1e6).toFixed(1)} MB before, ${
        ((after[what] - before[what]) / turns / 1_000).toFixed(2)
      } KB a turn`,
    );
  return [
    line("memory"),
    line("database"),
    line("log"),
    judged(`${name}: a turn of them`, 1_000 / perSecond, "ms"),
  ];
}

/** Bytes of a daemon's memory, database and log. */
async function sizes({ pid, home }: { readonly pid: number; readonly home: string }) {
  return {
    memory: await idleMemory(pid),
    database: folderBytes(`${home}/data`, /^ward\.db/),
    log: folderBytes(`${home}/logs`, /./),
  };
}

function folderBytes(folder: string, name: RegExp): number {
  return [...Deno.readDirSync(folder)].filter((one) => one.isFile && name.test(one.name))
    .reduce((sum, one) => sum + Deno.statSync(`${folder}/${one.name}`).size, 0);
}

type Telegram = ReturnType<typeof startTelegram>;

/** Runs something beside a daemon with these bots. */
async function withDaemon<T>(
  form: readonly string[],
  bots: readonly ("telegram" | "slack" | "discord")[],
  body: (
    daemon: { readonly pid: number; readonly telegram: Telegram; readonly home: string },
  ) => Promise<T>,
): Promise<T> {
  await using telegram = startTelegram();
  await using slack = startSlack();
  await using discord = new DiscordService();
  await using mock = await startMock();
  using scratch = makeScratch();
  const owners = JSON.stringify(PEOPLE.map(({ id }) => String(id)));
  const addresses = { telegram: telegram.apiUrl, slack: slack.apiUrl, discord: discord.apiUrl };
  writeConfig(
    scratch,
    bots.map((kind) =>
      [
        `[channels.${kind}]`,
        `kind = "${kind}"`,
        `token = "\${${kind.toUpperCase()}_TOKEN}"`,
        ...kind === "slack" ? ['app_token = "${SLACK_APP_TOKEN}"'] : [],
        ...kind === "telegram" ? [`owners = ${owners}`] : [],
        `api_url = "${addresses[kind]}"`,
      ].join("\n")
    ).join("\n"),
  );
  const ward = startWard(["start", "-w", scratch.workspace], {
    form,
    cwd: scratch.workspace,
    env: {
      ...scratch.env,
      WARD_PROVIDER: "openai",
      WARD_API_BASE: `${mock.url}/v1`,
      WARD_API_KEY: "test-key",
      WARD_MODEL: "answer",
      TELEGRAM_TOKEN: telegram.token,
      SLACK_TOKEN: slack.tokens.bot,
      SLACK_APP_TOKEN: slack.tokens.app,
      DISCORD_TOKEN,
    },
  });
  try {
    await ward.said("ward runs");
    await Promise.all(bots.map((kind) => ward.said(`${kind}: connected as`)));
    return await body({ pid: ward.child.pid, telegram, home: scratch.home });
  } finally {
    ward.child.kill("SIGTERM");
    await ward.done;
  }
}

/** What the runtime alone holds. */
async function emptyMemory(idle: string, threads: number): Promise<number> {
  await using child = new Deno.Command(idle, { args: [String(threads)] }).spawn();
  return await idleMemory(child.pid);
}

/** Resident memory of the process while nothing happens, bytes: the median of some looks. */
async function idleMemory(pid: number): Promise<number> {
  const looks: number[] = [];
  for (let waited = 0; waited < IDLE_MS; waited += LOOK_MS) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    looks.push(Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1] ?? NaN) * 1024);
  }
  // What the start needed is given back after some seconds.
  return median(looks.slice(looks.length / 2));
}

/** Times from a message to its answer in the chat, ms, sorted. */
async function replyTimes(telegram: Telegram): Promise<number[]> {
  const chat = telegram.world.direct(PEOPLE[0]!);
  const times: number[] = [];
  for (let n = -WARM; n < MESSAGES; n++) {
    const startedAt = performance.now();
    await answered(telegram, chat, PEOPLE[0]!);
    if (n >= 0) times.push(performance.now() - startedAt);
  }
  return times.sort((a, b) => a - b);
}

/** Messages that are answered a second where all write at once. @param each Of each of them. */
async function throughput(telegram: Telegram, each: number): Promise<number> {
  const startedAt = performance.now();
  await Promise.all(PEOPLE.map(async (person) => {
    const chat = telegram.world.direct(person);
    for (let n = 0; n < each; n++) await answered(telegram, chat, person);
  }));
  return CONVERSATIONS * each / ((performance.now() - startedAt) / 1_000);
}

/** Says something and waits for the answer. */
async function answered({ world }: Telegram, chat: FakeChat, by: FakeUser): Promise<void> {
  const before = chat.messages.size;
  world.say(chat, "go", { by });
  while (chat.messages.size < before + 2) await new Promise((resolve) => setTimeout(resolve, 1));
}

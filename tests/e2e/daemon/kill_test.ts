/**
 * `kill -9` at any moment: bots of all three services in one ward, which is killed and started again
 * while people write. Each message is answered once; where a service cannot tell whether a message
 * arrived there may be two, and then the second says so.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { LACKS_STANDALONE, standalone } from "../kit/forms.ts";
import { makeScratch, SOURCE, startWard, writeConfig } from "../kit/ward_process.ts";
import type { Mailbox } from "../../../src/kernel/mail_ports.ts";
import { withStore } from "../kit/profile_store.ts";
import { REPEAT_MARK } from "../../../src/daemon/outbox.ts";
import { DiscordService } from "../../fakes/channels/discord/service.ts";
import { startSlack } from "../../fakes/channels/slack/start.ts";
import { startTelegram } from "../../fakes/channels/telegram/service.ts";
import { ADA } from "../../fakes/channels/telegram/world.ts";
import { botTexts, until } from "./daemon_kit.ts";

/** From source a start takes three times as long as the standalone binary's. */
const KILLS = Number(Deno.env.get("WARD_KILLS") ?? (LACKS_STANDALONE === undefined ? 100 : 10));

/** Ward is killed at most so many times later as its start and an answer take. */
const LONGEST = 2.5;

/**
 * What the built-in assistant says of a call that a kill cut off, and ward of a message that it was
 * killed over too often: those are answers, too.
 */
const CUT_OFF = /That did not work\. (Interrupted|Not run)|ward was cut off/;

/** Answers of a chat, without what was only shown until then. */
function answersOf(chat: Chat): readonly string[] {
  return chat.texts().filter((text) => /content-\d+-end/.test(text) || CUT_OFF.test(text));
}

/** Whether nothing waits, in or out. */
async function isQuiet(mailbox: Mailbox): Promise<boolean> {
  const { inbound, outbound } = await mailbox.countMail();
  return inbound + outbound === 0;
}

/** A chat of a service. */
interface Chat {
  readonly name: string;
  say(text: string): void;
  /** What the bot wrote, from top to bottom. */
  texts(): readonly string[];
}

/** Numbers that are the same in each run. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

Deno.test(`${KILLS} kills while people write: each message is answered once, in the order of its chat`, async (t) => {
  await using telegram = startTelegram();
  await using slack = startSlack({ nowMs: Date.now() });
  await using discord = new DiscordService();
  const ada = discord.world.user("ada");
  const files = Object.fromEntries(
    Array.from({ length: KILLS * 3 + 1 }, (_, n) => [`m${n}.txt`, `content-${n}-end\n`]),
  );
  using scratch = makeScratch(files);
  writeConfig(
    scratch,
    `[channels.telegram]
kind = "telegram"
token = "\${TELEGRAM_TOKEN}"
owners = ["${ADA.id}"]
api_url = "${telegram.apiUrl}"
[channels.slack]
kind = "slack"
token = "\${SLACK_TOKEN}"
app_token = "\${SLACK_APP_TOKEN}"
owners = ["U0ADA"]
api_url = "${slack.apiUrl}"
[channels.discord]
kind = "discord"
token = "\${DISCORD_TOKEN}"
owners = ["${ada.id}"]
api_url = "${discord.apiUrl}"
`,
  );
  const direct = telegram.world.direct();
  const channel = discord.world.direct(ada);
  const chats: Chat[] = [
    {
      name: "telegram",
      say: (text) => void telegram.world.say(direct, text),
      texts: () => botTexts(direct),
    },
    {
      name: "slack",
      say: (text) => void slack.say("D0ADA", text),
      texts: () =>
        slack.messages("D0ADA").filter((one) => one.user === "U0WARD").map((one) => one.text),
    },
    {
      name: "discord",
      say: (text) => void discord.say(channel, ada, text),
      texts: () => discord.sent(channel).map(({ content }) => content),
    },
  ];
  const form = LACKS_STANDALONE === undefined ? [await standalone()] : SOURCE;
  const start = () =>
    startWard(["start", "-w", scratch.workspace], {
      form,
      env: {
        ...scratch.env,
        WARD_PROVIDER: "builtin",
        TELEGRAM_TOKEN: telegram.token,
        SLACK_TOKEN: slack.tokens.bot,
        SLACK_APP_TOKEN: slack.tokens.app,
        DISCORD_TOKEN: discord.rules.token,
      },
      cwd: scratch.workspace,
    });
  const random = numbers(20_261_127);
  const asked: Record<string, number[]> = { telegram: [], slack: [], discord: [] };
  // What comes while ward is away is heard from the first message of a bot of Discord on.
  const startedAt = performance.now();
  const first = start();
  await first.said("discord: connected");
  chats[2]!.say("read m0.txt");
  await until("the first answer", () => answersOf(chats[2]!).length === 1);
  const longestMs = LONGEST * (performance.now() - startedAt);
  first.child.kill("SIGTERM");
  equal((await first.done).code, 0);
  asked["discord"]!.push(0);
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  for (let kill = 0; kill < KILLS; kill++) {
    const ward = start();
    const at = random() * longestMs;
    const before = random() * at;
    await pause(before);
    for (const [n, chat] of chats.entries()) {
      const file = kill * chats.length + n + 1;
      asked[chat.name]!.push(file);
      chat.say(`read m${file}.txt`);
    }
    await pause(at - before);
    ward.child.kill("SIGKILL");
    const { signal, stderr } = await ward.done;
    equal(signal, "SIGKILL", stderr);
  }
  const ward = start();
  await ward.said("discord: connected");
  await withStore(scratch.home, async ({ mailbox }) => {
    const limit = Date.now() + 90_000;
    // It is heard by all three, and done.
    while (
      chats.some((chat) => answersOf(chat).length < asked[chat.name]!.length) ||
      !await isQuiet(mailbox)
    ) {
      ok(
        Date.now() < limit,
        chats.map((chat) => `${chat.name}: ${chat.texts().join(" | ")}`).join("\n"),
      );
      await pause(50);
    }
  });
  ward.child.kill("SIGTERM");
  const { code, stderr } = await ward.done;
  equal(code, 0, stderr);
  for (const chat of chats) {
    await t.step(chat.name, () => {
      const texts = chat.texts();
      const files = asked[chat.name]!;
      const marked = texts.filter((text) => text.includes(REPEAT_MARK)).length;
      const more = texts.length - files.length;
      // Where the service tells whether a message arrived there is none; docs/daemon.md.
      ok(more <= marked, `${more} more, ${marked} marked: ${texts.join(" | ")}`);
      const order = texts.flatMap((text) => /content-(\d+)-end/.exec(text)?.[1] ?? []).map(Number);
      deepEqual(order, order.toSorted((a, b) => a - b), "in the order in which they were asked");
      if (marked > 0) return;
      deepEqual(
        answersOf(chat).map((text, n) =>
          CUT_OFF.test(text) || text.includes(`content-${files[n]}-end`)
        ),
        files.map(() => true),
        texts.join(" | "),
      );
    });
  }
  await withStore(scratch.home, async (store) => {
    const said: string[] = [];
    for (const { id } of await store.listSessions({ limit: 100 })) {
      const messages = (await store.loadSession(id))?.messages ?? [];
      said.push(...messages.flatMap((one) => one.role === "user" ? [one.text] : []));
    }
    const expected = Object.values(asked).flat().map((file) => `read m${file}.txt`);
    deepEqual(said.toSorted(), expected.toSorted(), "each was said to the model once");
    deepEqual(await store.mailbox.countMail(), { inbound: 0, outbound: 0 });
    ok((await store.verifyAudit()).ok);
  });
});

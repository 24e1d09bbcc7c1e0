import { deepEqual, equal } from "node:assert/strict";
import { createLiveMessage } from "../../src/daemon/live_message.ts";
import { createQuestions } from "../../src/daemon/questions.ts";
import { ANSWERS, type Asked, buttonData, isOffered } from "../../src/kernel/channels/answers.ts";
import type { Mailbox } from "../../src/kernel/mail_ports.ts";
import type { OutboundPart } from "../../src/model/channels/message.ts";
import { direct } from "../fakes/chat_channel.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { using, withFolder } from "../store/store_kit.ts";

const part = (text: string): OutboundPart => ({ text, plain: text });

const FORM = {
  ask: (asked: Asked, id: string): OutboundPart => ({
    ...part(`${asked.title}? ${id}`),
    buttons: ANSWERS.filter((answer) => isOffered(asked, answer))
      // Of what cannot be seen whole there is no yes.
      .filter((answer) => answer === "deny" || asked.exact.length < 100)
      .map((answer) => [{ label: answer, data: buttonData(id, answer) }]),
  }),
  settled: (asked: Asked, how: string) => part(`${asked.title}: ${how}`),
  void: (sent: OutboundPart) => part(`void: ${sent.text}`),
};

function asked(more: { onceOnly?: boolean; lasting?: boolean } = {}): Asked {
  return {
    callId: "c1",
    title: "run ls",
    exact: "ls",
    why: "not granted",
    layer: "BWRAP",
    lasting: more.lasting ?? true,
    grant: {
      compartment: "hands",
      permission: "run",
      value: "ls",
      risk: "low",
      touches: "the folder",
      command: "",
      ...more.onceOnly && { onceOnly: true },
    },
  };
}

/** Questions over a real store; `ask` asks in chat 7. */
async function withQuestions(
  body: (kit: {
    mailbox: Mailbox;
    clock: FakeClock;
    questions: ReturnType<typeof createQuestions>;
    ask: (question?: Asked, signal?: AbortSignal) => Promise<unknown>;
    /** The text of the question's row when it is sent. */
    sent: () => Promise<string[]>;
    waiting: () => Promise<string>;
  }) => Promise<void>,
): Promise<void> {
  await withFolder((dataDir) =>
    using(dataDir, async ({ mailbox }) => {
      const clock = new FakeClock();
      let ids = 0;
      const questions = createQuestions({
        mailbox,
        clock,
        random: { id: () => `q${++ids}` },
        timeoutMs: () => 60_000,
        wake: () => {},
      });
      const approver = questions.approver({
        place: direct("7"),
        replyTo: null,
        inboundId: 1,
        form: FORM,
        before: () => Promise.resolve(),
      });
      await body({
        mailbox,
        clock,
        questions,
        ask: (question = asked(), signal = new AbortController().signal) =>
          approver.ask(question, signal),
        sent: async () => {
          const rows = await mailbox.takeOutbound({ channel: "telegram", busy: [], limit: 9 });
          for (const { id, revision } of rows) {
            await mailbox.markSent({ id, messageId: "m", revision });
          }
          return rows.map((row) => row.part.text);
        },
        waiting: async () => {
          while (questions.open().length === 0) await new Promise((go) => setTimeout(go));
          return questions.open()[0]!.id;
        },
      });
    })
  );
}

Deno.test("an answer counts once, and the question says it from then on", () =>
  withQuestions(async ({ questions, ask, sent, waiting }) => {
    const answer = ask();
    const id = await waiting();
    deepEqual(await sent(), [`run ls? ${id}`]);
    equal(questions.answer(id, "session"), true);
    equal(questions.answer(id, "always"), false, "it is answered");
    deepEqual(await answer, { type: "allow", scope: "session", value: "ls" });
    deepEqual(await sent(), ["run ls: session"]);
    deepEqual(questions.open(), []);
  }));

Deno.test("attack: a press for an answer that the question has not is none", () =>
  withQuestions(async ({ questions, ask, waiting }) => {
    const answer = ask(asked({ onceOnly: true }));
    const id = await waiting();
    equal(questions.answer(id, "always"), false);
    equal(questions.answer(id, "session"), false);
    equal(questions.answer("q999", "once"), false);
    equal(questions.answer(id, "deny"), true);
    deepEqual(await answer, { type: "deny" });
  }));

Deno.test("attack: a question that has no button for a yes has none by a command either", () =>
  withQuestions(async ({ questions, ask, waiting }) => {
    const answer = ask({ ...asked(), exact: "x".repeat(5_000) });
    const id = await waiting();
    equal(questions.answer(id, "once"), false);
    equal(questions.answer(id, "deny"), true);
    deepEqual(await answer, { type: "deny" });
  }));

Deno.test("nobody's answer and a stopped turn are a no", () =>
  withQuestions(async ({ clock, ask, sent, waiting }) => {
    const late = ask();
    await waiting();
    while (clock.waiting === 0) await new Promise((go) => setTimeout(go));
    clock.advance(60_000);
    deepEqual(await late, { type: "deny", late: true });
    deepEqual(await sent(), ["run ls: late"]);
    const stop = new AbortController();
    const stopped = ask(asked(), stop.signal);
    await waiting();
    stop.abort();
    deepEqual(await stopped, { type: "deny" });
    deepEqual(await ask(asked(), AbortSignal.abort()), { type: "deny" });
  }));

Deno.test("questions of a former process are void; one that may not have arrived, or whose bot is gone, is given up", () =>
  withQuestions(async ({ mailbox, questions, sent }) => {
    const place = direct("7");
    const put = (text: string, channel = "telegram") =>
      mailbox.putOutbound({
        kind: "question",
        place: { ...place, channel },
        part: part(text),
        replyTo: null,
        inboundId: null,
      });
    await put("old?");
    deepEqual(await sent(), ["old?"]);
    await put("gone?", "gone");
    // The process ended while it was sent.
    await put("unsure?");
    await mailbox.takeOutbound({ channel: "telegram", busy: [], limit: 9 });
    await questions.settleOld((channel) => channel === "telegram" ? FORM : null);
    deepEqual(await mailbox.openQuestions(), []);
    deepEqual(await sent(), ["void: old?"]);
    deepEqual(await mailbox.countMail(), { inbound: 0, outbound: 0 });
  }));

Deno.test("a growing answer is shown after a while and at a pace; a quick one is not shown before its end", () =>
  withQuestions(async ({ mailbox, clock, sent }) => {
    let text = "";
    const shown: string[] = [];
    const make = () =>
      createLiveMessage({
        mailbox,
        outbox: {
          wake: () => {},
          show: (_place, _id, one) => {
            shown.push(one.text);
            return Promise.resolve(0);
          },
        },
        clock,
        place: direct("7"),
        replyTo: null,
        inboundId: 1,
        id: null,
        render: () => text === "" ? null : part(text),
      });
    const quick = make();
    text = "a";
    quick.touch();
    equal(await quick.close(), null);

    const live = make();
    const turn = async (ms: number) => {
      clock.advance(ms);
      for (let i = 0; i < 5; i++) await new Promise((go) => setTimeout(go));
      await mailbox.countMail();
    };
    live.touch();
    await turn(799);
    deepEqual(await sent(), []);
    await turn(1);
    deepEqual(await sent(), ["a"]);
    text = "ab";
    live.touch();
    await turn(1_499);
    deepEqual(shown, []);
    await turn(1);
    deepEqual(shown, ["ab"]);
    await live.seal();
    deepEqual(await sent(), ["ab"], "it is kept where it stands");
    equal(await live.close(), null, "what comes next is a new message");
  }));

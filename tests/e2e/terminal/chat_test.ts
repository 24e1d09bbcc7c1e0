/** The conversation in a real terminal. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { atPrompt, everydayChat, inChat, send } from "../kit/chat_kit.ts";
import { inEachForm, terminalTest } from "../kit/forms.ts";
import { startScriptedService } from "../kit/scripted_service.ts";
import { makeScratch, ROOT, ward } from "../kit/ward_process.ts";

inEachForm("chat: typing, an approval, an interrupt, leaving, going on", everydayChat);

// One Ctrl-C arrives twice there: from the terminal and from the task runner.
terminalTest(
  "chat: the same through README's command",
  () => everydayChat([Deno.execPath(), "task", "--cwd", ROOT, "start"]),
);

inEachForm("chat: slash commands, and the nearest one for a mistyped one", async (form) => {
  using scratch = makeScratch({ "notes.md": "# buy *milk*\n", "there.md": "mine\n" });
  await inChat(form, scratch, {}, async (pane) => {
    await send(pane, "read notes.md");
    await pane.waitUntil("answer", (now) => now.includes("  # buy *milk*") && atPrompt(now));
    await send(pane, "/modle");
    await pane.waitFor("did you mean /model?");
    await send(pane, "/model");
    await pane.waitUntil("model", (now) => now.split("the built-in assistant").length > 2);
    await send(pane, "/model opneai/x");
    await pane.waitFor("Did you mean openai/x?");
    await send(pane, "/permissions");
    await pane.waitUntil("table", (now) => now.includes("hands") && atPrompt(now));
    await send(pane, "/sessions");
    await pane.waitUntil("list", (now) => now.includes("--session <id>") && atPrompt(now));
    await send(pane, "/export there.md");
    await pane.waitFor("is there already; nothing was written");
    await send(pane, "/export out.md");
    await pane.waitFor("Wrote 4 messages");
    await send(pane, "/clear");
    await pane.waitFor("A new session; the old one is kept");
    await send(pane, "/export --force there.md");
    await pane.waitFor("Wrote 0 messages");
    await send(pane, "/exit");
    match(await pane.waitFor("EXIT="), /EXIT=0/);
  });
  match(
    Deno.readTextFileSync(`${scratch.workspace}/out.md`),
    /## You[^]+read notes\.md[^]+# buy \*milk\*/,
  );
  match(Deno.readTextFileSync(`${scratch.workspace}/there.md`), /^# Session/);
  equal(Deno.statSync(`${scratch.home}/data/history`).mode! & 0o777, 0o600);
  const list = JSON.parse((await ward(scratch, ["sessions", "list", "--json"])).stdout);
  equal(list.length, 2);
});

inEachForm(
  "chat: /model switches the service for what comes next, and keeps the session",
  async (form) => {
    using scratch = makeScratch();
    await using service = await startScriptedService([{ content: "From the service." }]);
    await inChat(form, scratch, { env: service.env }, async (pane) => {
      await send(pane, "/model other-model");
      await pane.waitUntil("switch", (now) => now.includes("openai other-model") && atPrompt(now));
      await send(pane, "hello");
      const answered = await pane.waitUntil(
        "answer",
        (now) => now.includes("From the service.") && atPrompt(now),
      );
      match(
        answered,
        /^\d+ in, \d+ out, price unknown · session: \d+ in, \d+ out, price unknown$/m,
      );
      await send(pane, "/cost");
      await pane.waitUntil("cost", (now) => now.includes("total") && atPrompt(now));
      await send(pane, "/model builtin");
      await pane.waitUntil("switch", (now) => now.includes("built-in") && atPrompt(now));
      await send(pane, "how many files are there?");
      await pane.waitUntil("answer", (now) => now.includes("0 files") && atPrompt(now));
      await pane.type("C-d");
      await pane.waitFor("EXIT=0");
    });
    deepEqual(service.bodies().map((body) => JSON.parse(body).model), ["other-model"]);
    const list = JSON.parse((await ward(scratch, ["sessions", "list", "--json"])).stdout);
    equal(list.length, 1);
  },
);

inEachForm("chat: 100 KB are pasted whole, and nothing in them is a key", async (form) => {
  using scratch = makeScratch();
  await using service = await startScriptedService([{ content: "Read it." }]);
  const text = "a line with \x03 and \x1b[A in it\n".repeat(4_000).slice(0, 100_000);
  await inChat(form, scratch, { env: service.env }, async (pane) => {
    await pane.write("why? ");
    await pane.paste(text);
    await pane.waitFor("> why? [pasted ");
    await pane.type("Enter");
    await pane.waitUntil("answer", (now) => now.includes("Read it.") && atPrompt(now));
    await pane.type("C-d");
    await pane.waitFor("EXIT=0");
  });
  const [body = ""] = service.bodies();
  const sent = JSON.parse(body).messages.at(-1).content;
  // tmux pastes line feeds as carriage returns; ward makes line ends of them again.
  equal(sent, ("why? " + text).trim());
});

inEachForm("chat: wide characters, several lines, and another size of the screen", async (form) => {
  using scratch = makeScratch();
  await using service = await startScriptedService([{ content: "Yes." }]);
  await inChat(form, scratch, { env: service.env }, async (pane) => {
    await pane.write("漢字 e\u0301 ");
    await pane.write("x".repeat(120));
    await pane.type("Home");
    await pane.write("A");
    await pane.type("End", "M-Enter");
    await pane.write("second");
    await pane.waitFor("second");
    await pane.resize(60, 20);
    await pane.waitUntil("rows of the new size", (now) => /\n {2}x{57}\n/.test(now));
    await pane.write("!");
    const screen = await pane.waitFor("second!");
    equal(screen.split("A漢字").length, 2, screen);
    await pane.resize(130, 40);
    await pane.waitUntil("rows of the new size", (now) => now.includes("x".repeat(110)));
    await pane.type("Enter");
    await pane.waitUntil("answer", (now) => now.includes("Yes.") && atPrompt(now));
    await pane.type("C-d");
    await pane.waitFor("EXIT=0");
  });
  equal(
    JSON.parse(service.bodies()[0]!).messages.at(-1).content,
    `A漢字 e\u0301 ${"x".repeat(120)}\nsecond!`,
  );
});

inEachForm(
  "chat: Ctrl-R finds earlier messages, Enter sends one, Ctrl-G puts back",
  async (form) => {
    using scratch = makeScratch();
    await inChat(form, scratch, {}, async (pane) => {
      await send(pane, "/model");
      await pane.waitUntil(
        "model",
        (now) => now.split("the built-in").length === 3 && atPrompt(now),
      );
      await send(pane, "how many files are there?");
      await pane.waitUntil("answer", (now) => now.includes("0 files") && atPrompt(now));
      await pane.write("draft");
      await pane.type("C-r");
      await pane.write("m");
      await pane.waitFor("> how many files are there?\n  earlier messages with: m");
      await pane.type("C-r");
      await pane.waitFor("> /model\n  earlier messages with: m");
      await pane.write("x");
      await pane.waitFor("> /model\n  nothing more with: mx");
      await pane.type("C-g");
      await pane.waitUntil("draft", (now) => now.trimEnd().endsWith("\n> draft"));
      await pane.type("C-r");
      await pane.write("/mo");
      await pane.waitFor("> /model\n  earlier messages with: /mo");
      await pane.type("Enter");
      const end = await pane.waitUntil(
        "model",
        (now) => now.split("the built-in").length === 4 && atPrompt(now),
      );
      ok(!end.includes("with:"), end);
      await pane.type("C-d");
      await pane.waitFor("EXIT=0");
    });
  },
);

inEachForm(
  "chat: what is typed while an answer comes is the next line, and answers nothing",
  async (form) => {
    using scratch = makeScratch();
    const asked = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    await using service = await startScriptedService([{ content: "First." }], {
      laterTurns: [{ content: "Second." }],
      onRequest: (count) => {
        if (count > 1) return;
        asked.resolve();
        return goOn.promise;
      },
    });
    await inChat(form, scratch, { env: service.env }, async (pane) => {
      await send(pane, "one");
      await asked.promise;
      await pane.write("typed ahead");
      goOn.resolve();
      await pane.waitUntil("line", (now) => /First\.\n.* session: .*\n> typed ahead/.test(now));
      await pane.type("Enter");
      await pane.waitUntil("answer", (now) => now.includes("Second.") && atPrompt(now));
      await pane.type("C-d");
      await pane.waitFor("EXIT=0");
    });
  },
);

inEachForm("chat: an interrupt on a line clears it, the next one leaves", async (form) => {
  using scratch = makeScratch();
  await inChat(form, scratch, {}, async (pane) => {
    await pane.write("half a li");
    await pane.type("C-c");
    await pane.waitUntil("hint", (now) => now.includes("Ctrl-C again") && atPrompt(now));
    await pane.typeUntil("C-c", "EXIT=0");
  });
});

terminalTest(
  "--session: the beginning of an id is enough; else the nearest is named, exit code 2",
  async () => {
    using scratch = makeScratch();
    const say = (...args: string[]) =>
      ward(scratch, ["agent", "-w", scratch.workspace, "-m", "hello", ...args], {
        WARD_PROVIDER: "builtin",
      });
    equal((await say()).code, 0);
    const [{ id }] = JSON.parse((await ward(scratch, ["sessions", "list", "--json"])).stdout);
    equal((await say("--session", id.slice(0, 6))).code, 0);
    const wrong = await say("--session", id.slice(0, 8) + "zzz");
    equal(wrong.code, 2);
    ok(wrong.stderr.includes(`The nearest is ${id}`), wrong.stderr);
    const list = JSON.parse((await ward(scratch, ["sessions", "list", "--json"])).stdout);
    deepEqual(list.map((one: { id: string; messageCount: number }) => [one.id, one.messageCount]), [
      [id, 4],
    ]);
  },
);

terminalTest("off a terminal the answer's Markdown goes out as it is", async () => {
  using scratch = makeScratch();
  const content = "# A\n\n- **b** `c`\n\n| d |\n| - |\n| e |";
  await using service = await startScriptedService([{ content }]);
  const { stdout } = await ward(
    scratch,
    ["agent", "-w", scratch.workspace, "-m", "x"],
    service.env,
  );
  equal(stdout, content + "\n");
});

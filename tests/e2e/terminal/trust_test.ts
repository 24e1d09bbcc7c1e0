/** P20 in a real terminal: the rule and its state are seen, and the user lifts it. */
import { doesNotMatch, equal, match } from "node:assert/strict";
import { answerAll, atPrompt, inChat, run, send } from "../kit/chat_kit.ts";
import { terminalTest } from "../kit/forms.ts";
import { startScriptedService } from "../kit/scripted_service.ts";
import { makeScratch, SOURCE, ward, writeConfig } from "../kit/ward_process.ts";

terminalTest(
  "trust: after a page what was free asks, status says so, /trust lifts it",
  async () => {
    using scratch = makeScratch();
    await using site = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      () => new Response("News of the day."),
    );
    const host = `127.0.0.1:${site.addr.port}`;
    writeConfig(scratch, `[web]\nhosts = ["${host}"]\n`);
    await using service = await startScriptedService([
      { calls: [{ name: "web_fetch", arguments: { url: `http://${host}/` } }] },
      run("date -u"),
      { content: "Read it." },
    ], { laterTurns: [run("date -R"), { content: "Ran it." }] });
    await inChat(SOURCE, scratch, { env: service.env }, async (pane) => {
      await send(pane, "/trust");
      await pane.waitFor("nothing read from outside");
      await send(pane, `read http://${host}/`);
      await answerAll(pane, "d", atPrompt);
      const bound = await pane.waitFor("/trust lifts it");
      match(bound, /Allow\? run date -u/);
      const state = JSON.parse(
        (await ward(scratch, ["status", "-w", scratch.workspace, "--json"])).stdout,
      );
      equal(state.outside.isLifted, false);
      match(state.outside.sources[0], /^web http:/);
      match(
        (await ward(scratch, ["permissions", "-w", scratch.workspace])).stdout,
        /Outside session \w+ read web http:/,
      );
      await send(pane, "/trust");
      await pane.waitFor("Lifted: your lists");
      await send(pane, "now again");
      const free = await pane.waitUntil(
        "answer",
        (now) => now.includes("Ran it.") && atPrompt(now),
      );
      doesNotMatch(free, /Allow\? run date -R/);
      await pane.type("C-d");
      await pane.waitFor("EXIT=");
    });
    match(
      (await ward(scratch, ["status", "-w", scratch.workspace])).stdout,
      /outside +session \w+ read web http:.*lifted by you/,
    );
  },
);

/**
 * Each protocol, and each chat service, makes a real call where its chunk is one of the bundle: a
 * lazily loaded SDK can lose its names there.
 */
import { equal, match } from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { bundle } from "../../scripts/bundle.ts";
import { startChannelThread } from "../../src/app/daemon/channel_thread.ts";
import { formOf } from "../../src/app/start/code_base.ts";
import { CHANNEL_KINDS } from "../../src/model/channels/channel.ts";
import { LACKS_STANDALONE, standalone } from "../e2e/kit/forms.ts";
import { makeScratch, writeConfig } from "../e2e/kit/ward_process.ts";
import { DISCORD_TOKEN, DiscordService } from "../fakes/channels/discord/service.ts";
import { startTelegram } from "../fakes/channels/telegram/service.ts";
import { SPEAKERS } from "../fakes/services/all.ts";
import { startModelService } from "../fakes/model_service.ts";
import { startSlack } from "../fakes/channels/slack/start.ts";
import { streamed } from "../models/matrix/desk.ts";
import { listeningApi } from "../api/kit/api_thread.ts";
import { ask, modelRequest, startThread, textOf } from "../models/start_thread.ts";

Deno.test("bundled: each protocol and each chat service answers in its thread, with its permissions", async () => {
  const folder = await Deno.makeTempDir({ prefix: "ward-bundle-" });
  try {
    const made = await bundle(pathToFileURL(`${folder}/`));
    const entry = pathToFileURL(`${made}/compartments/models/entry.js`);
    for (const speaker of SPEAKERS) {
      const { protocol, basePath, model } = speaker;
      await using service = startModelService(() => streamed(speaker, { text: ["bundled"] }));
      const baseUrl = service.url + basePath;
      await using thread = await startThread({ protocol, baseUrl }, entry);
      equal(textOf(await ask(thread, modelRequest({ model }))), "bundled", protocol);
    }
    await using telegram = startTelegram();
    await using slack = startSlack();
    await using discord = new DiscordService();
    const bots = {
      telegram: { apiUrl: telegram.apiUrl, tokens: { token: telegram.token, appToken: null } },
      slack: {
        apiUrl: slack.apiUrl,
        tokens: { token: slack.tokens.bot, appToken: slack.tokens.app },
      },
      discord: { apiUrl: discord.apiUrl, tokens: { token: DISCORD_TOKEN, appToken: null } },
    };
    const form = formOf(`${pathToFileURL(made)}/main.js`);
    for (const kind of CHANNEL_KINDS) {
      const { apiUrl, tokens } = bots[kind];
      const bot = { name: kind, kind, apiUrl, threads: false };
      const thread = await startChannelThread(bot, tokens, form);
      match((await thread.client.identify()).username, /^ward/, kind);
      thread.stop();
    }
    await using api = await listeningApi({ form });
    equal((await fetch(`${api.url}/health`)).status, 200);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test({
  name: "standalone: each protocol answers" +
    (LACKS_STANDALONE ? ", skipped: no runtime base" : ""),
  ignore: LACKS_STANDALONE !== undefined,
  async fn() {
    for (const speaker of SPEAKERS) {
      const { protocol, basePath, model } = speaker;
      using scratch = makeScratch();
      await using service = startModelService(() => streamed(speaker, { text: ["whole"] }));
      const lines = [
        "[providers.lab]",
        `protocol = "${protocol}"`,
        `api_base = "${service.url}${basePath}"`,
        `api_key = "test-key"`,
        `model = "${model}"`,
      ];
      writeConfig(scratch, lines.join("\n"));
      const { code, stdout, stderr } = await new Deno.Command(await standalone(), {
        args: ["agent", "--provider", "lab", "-w", scratch.workspace, "-m", "hi"],
        clearEnv: true,
        env: scratch.env,
        stdin: "null",
      }).output();
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      equal(text(stdout), "whole\n", `${protocol}: ${text(stderr)}`);
      equal(code, 0);
    }
  },
});

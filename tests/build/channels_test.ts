/** Each chat service's thread makes a real call where its code is a chunk of the bundle. */
import { deepEqual, equal } from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { bundle } from "../../scripts/bundle.ts";
import { startChannelThread } from "../../src/app/daemon/channel_thread.ts";
import { formOf } from "../../src/app/start/code_base.ts";
import type { ChannelKind, ChannelTokens } from "../../src/model/channels/channel.ts";
import { LACKS_STANDALONE, standalone } from "../e2e/kit/forms.ts";
import { makeScratch, writeConfig } from "../e2e/kit/ward_process.ts";
import { DISCORD_TOKEN, DiscordService } from "../fakes/channels/discord/service.ts";
import { startSlack } from "../fakes/channels/slack/start.ts";
import { startTelegram } from "../fakes/channels/telegram/service.ts";

/** A bot of a service that runs on this machine. */
interface Bot {
  readonly kind: ChannelKind;
  readonly apiUrl: string;
  readonly tokens: ChannelTokens;
}

async function withBots(body: (bots: readonly Bot[]) => Promise<void>): Promise<void> {
  await using telegram = startTelegram();
  await using slack = startSlack();
  await using discord = new DiscordService();
  await body([
    {
      kind: "telegram",
      apiUrl: telegram.apiUrl,
      tokens: { token: telegram.token, appToken: null },
    },
    {
      kind: "slack",
      apiUrl: slack.apiUrl,
      tokens: { token: slack.tokens.bot, appToken: slack.tokens.app },
    },
    {
      kind: "discord",
      apiUrl: discord.apiUrl,
      tokens: { token: DISCORD_TOKEN, appToken: null },
    },
  ]);
}

Deno.test("bundled: each service says who the bot is, to a thread with its permissions", async () => {
  const folder = await Deno.makeTempDir({ prefix: "ward-bundle-" });
  try {
    const made = await bundle(pathToFileURL(`${folder}/`));
    const form = formOf(pathToFileURL(`${made}/main.js`).href);
    equal(form.form, "bundled");
    await withBots(async (bots) => {
      for (const { kind, apiUrl, tokens } of bots) {
        const start = { name: kind, kind, apiUrl, threads: true };
        const thread = await startChannelThread(start, tokens, form);
        equal((await thread.client.identify()).id === "", false, kind);
        thread.stop();
        await thread.ended;
      }
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test({
  name: "standalone: each service says who the bot is" +
    (LACKS_STANDALONE ? ", skipped: no runtime base" : ""),
  ignore: LACKS_STANDALONE !== undefined,
  fn: () =>
    withBots(async (bots) => {
      using scratch = makeScratch();
      const lines = bots.flatMap(({ kind, apiUrl, tokens: { appToken } }) => [
        `[channels.${kind}]`,
        `kind = "${kind}"`,
        `api_url = "${apiUrl}"`,
        `token = "\${${kind.toUpperCase()}_TOKEN}"`,
        ...(appToken === null ? [] : ['app_token = "${APP_TOKEN}"']),
      ]);
      const variables = bots.flatMap(({ kind, tokens: { token, appToken } }) => [
        [`${kind.toUpperCase()}_TOKEN`, token ?? ""],
        ...(appToken === null ? [] : [["APP_TOKEN", appToken]]),
      ]);
      writeConfig(scratch, lines.join("\n"));
      const { code, stdout, stderr } = await new Deno.Command(await standalone(), {
        args: ["channels", "test", "--json"],
        clearEnv: true,
        env: { ...scratch.env, ...Object.fromEntries(variables) },
        stdin: "null",
      }).output();
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      equal(code, 0, text(stderr));
      const said = text(stdout).trim();
      deepEqual(bots.map(({ kind }) => said.includes(kind)), [true, true, true], said);
    }),
});

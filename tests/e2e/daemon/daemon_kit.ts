/** `ward start` as a process of its own, with bots of fake services. */
import {
  makeScratch,
  type RunOptions,
  type Scratch,
  type StartedWard,
  startWard,
  writeConfig,
} from "../kit/ward_process.ts";
import type { TelegramService } from "../../fakes/channels/telegram/service.ts";
import { ADA, type FakeChat } from "../../fakes/channels/telegram/world.ts";

/** A profile with a bot of Telegram that Ada owns. */
export function telegramProfile(
  service: TelegramService,
  more = "",
  model: Readonly<Record<string, string>> = { WARD_PROVIDER: "builtin" },
): Scratch & { readonly start: (form?: RunOptions["form"]) => StartedWard } {
  const scratch = makeScratch({ "notes.txt": "first line\nsecond line\n" });
  writeConfig(
    scratch,
    [
      "[channels.telegram]",
      'kind = "telegram"',
      'token = "${TELEGRAM_TOKEN}"',
      `owners = ["${ADA.id}"]`,
      `api_url = "${service.apiUrl}"`,
      more,
    ].join("\n"),
  );
  return {
    ...scratch,
    start: (form) =>
      startWard(["start", "-w", scratch.workspace], {
        env: { ...scratch.env, ...model, TELEGRAM_TOKEN: service.token },
        cwd: scratch.workspace,
        ...form ? { form } : {},
      }),
    [Symbol.dispose]: () => scratch[Symbol.dispose](),
  };
}

/** What the bot wrote in a chat, from top to bottom. */
export function botTexts({ messages }: FakeChat): string[] {
  return [...messages.values()].filter(({ from }) => from === null).map(({ text }) => text);
}

/** Waits until something of a fake service holds, which it has no event for. */
export async function until(what: string, is: () => boolean, limitMs = 60_000): Promise<void> {
  const end = Date.now() + limitMs;
  while (!is()) {
    if (Date.now() > end) throw new Error(`It did not come to that: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

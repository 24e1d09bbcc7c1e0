/** What the end of a connection means. Source: Discord's documentation, "Gateway Close Event Codes". */
import { AppError } from "../../../../base/app_error.ts";
import { tokenError } from "../rest/rest_client.ts";

/** Codes after which the session is over, and the next connection begins a new one. */
const SESSION_OVER: ReadonlySet<number> = new Set([4003, 4007, 4009]);

/** Whether the session can be gone on with. */
export function keepsSession(code: number): boolean {
  return !SESSION_OVER.has(code);
}

/** Why no further connection can help; null: the next one can. */
export function endsForGood(code: number): AppError | null {
  if (code === 4004) return tokenError();
  if (code === 4014) return intentsError();
  if (code === 4011) {
    return new AppError(
      "channel.unsupported",
      "Discord wants a bot in so many servers to be split up",
      {
        hint: "Let ward's bot leave servers that it is not needed in",
      },
    );
  }
  if (code === 4010 || code === 4012 || code === 4013) {
    return new AppError("channel.unsupported", `Discord refused the connection: code ${code}`, {
      hint: "This ward is too old for Discord; install a newer one",
    });
  }
  return null;
}

/** The bot may not read what people write. */
export function intentsError(): AppError {
  return new AppError(
    "channel.intents",
    "Discord does not let the bot read messages: its Message Content Intent is off",
    {
      hint: "Switch it on at discord.com/developers/applications, your application, Bot, " +
        "Privileged Gateway Intents, Message Content Intent; then start ward again",
    },
  );
}

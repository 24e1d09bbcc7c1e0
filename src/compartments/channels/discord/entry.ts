/**
 * Entry of a `channel:<name>` thread that speaks as a bot of Discord. It may reach Discord's hosts,
 * holds that bot's token and nothing else.
 */
import { serve, workerScopeChannel } from "../../wire.ts";
import { threadTime } from "../thread_time.ts";
import { createDiscordChannel } from "./discord_channel.ts";

serve(
  workerScopeChannel(),
  createDiscordChannel({
    ...threadTime,
    fetch: (input, init) => fetch(input, init),
    openSocket: (url) => new WebSocket(url),
  }),
);

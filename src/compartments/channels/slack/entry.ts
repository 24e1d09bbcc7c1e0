/**
 * Entry of a `channel:<name>` thread of Slack: speaks as one bot, with its two tokens, and may reach
 * Slack's hosts alone.
 */
import { serve, workerScopeChannel } from "../../wire.ts";
import { threadTime } from "../thread_time.ts";
import { slackHandlers } from "./handlers.ts";
import { socketOpener } from "./socket_mode/web_socket.ts";

serve(workerScopeChannel(), slackHandlers({ time: threadTime, open: socketOpener(threadTime) }));

/** `[files]` of `config.toml`: files that come in and go out by chats. */
import * as z from "zod";
import { whole } from "./keys.ts";

/** `[files]`. */
export const filesSection = z.strictObject({
  max_mb: whole(1, 100, 10, "Largest file, in megabytes, that is taken from a chat or sent to one"),
  keep_hours: whole(1, 168, 24, "Hours that files from chats are kept"),
}).prefault({});

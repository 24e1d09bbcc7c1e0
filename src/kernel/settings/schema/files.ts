/** `[files]` of `config.toml`: files that come in and go out by chats. */
import * as z from "zod";
import { whole, words } from "./keys.ts";

/** `[files]`. */
export const filesSection = z.strictObject({
  max_mb: whole(1, 100, 10, "Largest file, in megabytes, that is taken from a chat or sent to one"),
  outbox: words(
    ["."],
    'folders: absolute, below "~/", or relative to the workspace ("." is the workspace)',
    "Folders whose files may be sent to chats, where they may be read",
    (all) => {
      const others = all.filter((one) => one !== ".");
      return others.length > 0 ? `files of ${others.join(", ")} may be sent to chats` : null;
    },
  ),
  keep_hours: whole(1, 168, 24, "Hours that files from chats are kept"),
}).prefault({});

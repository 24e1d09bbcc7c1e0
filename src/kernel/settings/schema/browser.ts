/** `[browser]` of `config.toml`. */
import * as z from "zod";
import { flag, key, whole } from "./keys.ts";

/** `[browser]`. */
export const browserSection = z.strictObject({
  enabled: flag(true, {
    description: "Whether the agent has the tool `browser`",
  }),
  program: key(z.string().trim().regex(/^\//).optional(), {
    description: "The Chromium or Chrome to start; the program itself, no script that starts it",
    allowed: "an absolute path",
    defaultText: "the one that is found",
    example: "/opt/google/chrome/chrome",
  }),
  width: whole(320, 7680, 1280, "Width of a page, in pixels"),
  height: whole(240, 4320, 720, "Height of a page, in pixels"),
  timeout_s: whole(1, 600, 30, "Seconds that a page, an element or a script may take"),
}).prefault({});

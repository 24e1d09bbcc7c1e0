/** `[acp]` of `config.toml`. */
import * as z from "zod";
import { flag } from "./keys.ts";

/** `[acp]`. */
export const acpSection = z.strictObject({
  terminals: flag(false, {
    description:
      "Whether the agent of an editor has the tool `terminal`, which runs commands in the " +
      "editor's own terminals, outside of ward's cells; each is asked about",
    opens: (on) => on === true ? "commands in an editor's terminal reach all that you reach" : null,
  }),
}).prefault({});

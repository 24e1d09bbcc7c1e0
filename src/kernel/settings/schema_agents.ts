/** Sections of `config.toml` on agents that work for the agent. */
import * as z from "zod";
import { key, whole } from "./schema_keys.ts";

/** `[subagents]`. */
export const subagentsSection = z.strictObject({
  enabled: key(z.boolean().default(true), {
    description: "Whether the agent may give tasks to sub-agents",
    allowed: "true, false",
  }),
  max_depth: whole(1, 5, 3, "Sub-agents below each other"),
  max_iterations: whole(1, 1000, 10, "Model calls that a sub-agent begins with"),
  max_iterations_cap: whole(1, 1000, 25, "Model calls that one can come to by asking for more"),
  max_response_chars: whole(500, 40_000, 8000, "Characters of a sub-agent's answer"),
  timeout_s: whole(1, 86_400, 300, "Seconds a sub-agent may take, waiting for you not counted"),
  per_task: whole(1, 100, 15, "Sub-agents of one message, at every depth together"),
}).prefault({});

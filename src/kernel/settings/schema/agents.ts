/** Sections of `config.toml` on agents that work for the agent. */
import * as z from "zod";
import { AGENT_FORMATS, PROMPT } from "../../delegation/agent_table.ts";
import { flag, key, named, text, whole, words } from "./keys.ts";

/** `[subagents]`. */
export const subagentsSection = z.strictObject({
  enabled: flag(true, {
    description: "Whether the agent may give tasks to sub-agents",
  }),
  max_depth: whole(1, 5, 3, "Sub-agents below each other"),
  max_iterations: whole(1, 1000, 10, "Model calls that a sub-agent begins with"),
  max_iterations_cap: whole(1, 1000, 25, "Model calls that one can come to by asking for more"),
  max_response_chars: whole(500, 40_000, 8000, "Characters of a sub-agent's answer"),
  timeout_s: whole(1, 86_400, 300, "Seconds a sub-agent may take, waiting for you not counted"),
  per_task: whole(1, 100, 15, "Sub-agents of one message, at every depth together"),
}).prefault({});

/** `[delegation]`. */
export const delegationSection = z.strictObject({
  enabled: flag(true, {
    description: "Whether the agent may give tasks to other command-line agents that are installed",
  }),
  unattended: flag(false, {
    description: "Start them with the arguments that let them do all they can in their cell",
    opens: (on) => on === true ? "other agents ask nobody within their cell" : null,
  }),
  timeout_s: whole(1, 86_400, 600, "Seconds one may take"),
  max_output_chars: whole(500, 40_000, 16_000, "Characters of its answer"),
  copy_mb: whole(1, 10_000, 200, "Largest workspace that is copied for one, in MB"),
}).prefault({});

const argumentsKey = (description: string, defaultText: string) =>
  key(z.array(z.string()).optional(), {
    description,
    allowed: `a list of arguments; ${PROMPT} stands for the task`,
    defaultText,
    example: ["run", PROMPT],
  });

const agent = () =>
  z.strictObject({
    command: text("Its program, by name or path", "the name", "my-agent"),
    description: text("What it is good at, for the agent that chooses", "none", "writes tests"),
    args: argumentsKey("How it is started", "those of the known name, else the task alone"),
    unattended_args: argumentsKey("How it is started under delegation.unattended", "as args"),
    format: key(z.enum(AGENT_FORMATS).optional(), {
      description: "What it prints: text, or JSON lines as one of the known agents",
      allowed: AGENT_FORMATS.map((name) => `"${name}"`).join(", "),
      defaultText: "that of the known name, else text",
      example: "text",
    }),
    env: words(
      [],
      "names of variables",
      "Variables that it gets, keys too",
      (names) => names.length > 0 ? `another agent gets ${names.join(", ")}` : null,
    ),
    hosts: words([], "hosts", "Hosts that it needs; each is asked about as it is started"),
    read: words(
      [],
      "absolute folders",
      "Folders it may read besides: where it is installed",
      (all) => all.length > 0 ? `another agent reads ${all.join(", ")}` : null,
    ),
  });

/** `[agents.<name>]`. */
export const agentsSection = named(
  key(z.string().regex(/^[a-z0-9][a-z0-9_-]{0,31}$/), {
    description: "Name of an agent",
    allowed: "lower-case letters, digits, - and _",
  }),
  agent,
);

import { Option } from "commander";
import {
  REASONING_EFFORTS,
  type ReasoningEffort,
} from "../../../model/conversation/model_stream.ts";
import { APPROVAL_MODES, type ApprovalMode } from "../../../model/cells/permission.ts";
import type { CommandSink } from "./sink.ts";

/** `ward agent`. */
export function buildAgent({ program, done, common, example }: CommandSink): void {
  example(
    program.command("agent").summary("talk with the agent")
      .description("Answers one message, or asks for messages in a terminal")
      .option("-m, --message <text>", "the message; piped input is attached to it")
      .option("--resume [id]", "go on with a session; the newest one without an id")
      .addOption(
        new Option("--session <id>", "the same; the beginning of the id is enough")
          .conflicts("resume"),
      )
      .option("--provider <name>", "provider to use")
      .option(
        "--image <file>",
        "show a picture with the message (PNG, JPEG, GIF, WebP); may be repeated",
        (file: string, before: string[] | undefined) => [...before ?? [], file],
      )
      .addOption(
        new Option("--effort <level>", "how long the model may think").choices(REASONING_EFFORTS),
      )
      .addOption(
        new Option("--mode <mode>", "how much is asked: see docs/permissions.md").choices(
          APPROVAL_MODES,
        ),
      )
      .addOption(
        new Option("--plan", "list what the message would touch; run nothing").conflicts("observe"),
      )
      .option("--lock <file>", "stop before anything is touched that this manifest has no room for")
      .option("--observe <file>", "write the smallest manifest that was enough (.toml or .json)")
      .option("--explain-route", "show which model was chosen, and by what")
      .option("--redact", "put placeholders in place of secrets in all that is sent to a model")
      .option("--quiet", "only the answer: no progress")
      .action((options: AgentOptions) =>
        done({
          type: "agent",
          message: options.message ?? null,
          resume: options.session !== undefined
            ? { type: "id", id: options.session }
            : options.resume === undefined
            ? { type: "no" }
            : options.resume === true
            ? { type: "latest" }
            : { type: "id", id: options.resume },
          provider: options.provider ?? null,
          images: options.image ?? [],
          effort: options.effort ?? null,
          mode: options.mode ?? null,
          plan: options.plan ?? false,
          lock: options.lock ?? null,
          observe: options.observe ?? null,
          redact: options.redact ?? false,
          explainRoute: options.explainRoute ?? false,
          quiet: options.quiet ?? false,
          ...common(),
        })
      ),
    'cat log | ward agent -m "why did this fail?" > answer.md',
  );
}

interface AgentOptions {
  message?: string;
  resume?: string | true;
  session?: string;
  provider?: string;
  image?: string[];
  effort?: ReasoningEffort;
  mode?: ApprovalMode;
  plan?: true;
  lock?: string;
  observe?: string;
  redact?: true;
  explainRoute?: true;
  quiet?: true;
}

import { Option } from "commander";
import type { CommandSink } from "./sink.ts";
import { duration, wholeNumber } from "./arguments.ts";

/** `ward sessions` and what is below it. */
export function buildSessions({ program, done, common, example }: CommandSink): void {
  const list = (limit: number) => done({ type: "sessions", limit, ...common() });
  const sessions = program.command("sessions").summary("look through what was said")
    .description("Lists the sessions, newest first; with -w those of that folder")
    .option("-n, --limit <sessions>", "newest sessions to show", wholeNumber, 30)
    .action((options: { limit: number }) => list(options.limit));
  example(sessions, "ward sessions search budget");
  example(
    sessions.command("list").summary("list the sessions, newest first")
      .option("-n, --limit <sessions>", "newest sessions to show", wholeNumber, 30)
      .action((options: { limit: number }) => list(options.limit)),
    "ward sessions list -n 5",
  );
  example(
    sessions.command("show").summary("print the newest messages of a session")
      .argument("[id]", "id of the session, or its beginning; asked for when left out")
      .option("-n, --limit <messages>", "newest messages to show", wholeNumber, 50)
      .action((id: string | undefined, options: { limit: number }) =>
        done({ type: "session_show", id: id ?? null, limit: options.limit, ...common() })
      ),
    "ward sessions show 0mik3f",
  );
  example(
    sessions.command("resume").summary("go on with a session in the terminal")
      .argument("[id]", "id of the session, or its beginning; the newest one without")
      .option("-m, --message <text>", "say this, and end after the answer")
      .action((id: string | undefined, options: { message?: string }) =>
        done({
          type: "agent",
          message: options.message ?? null,
          resume: id === undefined ? { type: "latest" } : { type: "id", id },
          provider: null,
          images: [],
          effort: null,
          mode: null,
          plan: false,
          lock: null,
          observe: null,
          redact: false,
          explainRoute: false,
          quiet: false,
          ...common(),
        })
      ),
    "ward sessions resume 0mik3f",
  );
  example(
    sessions.command("search").summary("find messages by their words")
      .description("Finds messages that hold every word; words in quotes stand together")
      .argument("<words...>", "what to look for")
      .option("-n, --limit <hits>", "best hits to show", wholeNumber, 20)
      .action((words: string[], options: { limit: number }) =>
        done({ type: "session_search", query: words.join(" "), limit: options.limit, ...common() })
      ),
    `ward sessions search '"release notes" draft'`,
  );
  example(
    sessions.command("export").summary("write a whole session as text or JSON")
      .argument("[id]", "id of the session, or its beginning; asked for when left out")
      .addOption(new Option("--format <form>", "form").choices(["md", "json"]))
      .option("-o, --output <file>", "file instead of standard output, readable by you alone")
      .option("--force", "replace a file that is there")
      .action((id: string | undefined, options: ExportOptions) => {
        const flags = common();
        const format = options.format ?? (flags.json ? "json" : "md");
        done({
          type: "session_export",
          id: id ?? null,
          format,
          output: options.output ?? null,
          force: options.force ?? false,
          ...flags,
        });
      }),
    "ward sessions export 0mik3f -o session.md",
  );
  example(
    sessions.command("delete").summary("delete sessions and all that was said in them")
      .argument("[id...]", "ids of the sessions, or their beginnings")
      .option("--older-than <time>", "those last used longer ago: 12h, 30d", duration)
      .option("--yes", "do not ask")
      .action((ids: string[], options: { olderThan?: number; yes?: true }) =>
        done({
          type: "session_delete",
          ids,
          olderThanMs: options.olderThan ?? null,
          yes: options.yes ?? false,
          ...common(),
        })
      ),
    "ward sessions delete --older-than 90d",
  );
}

interface ExportOptions {
  format?: "md" | "json";
  output?: string;
  force?: true;
}

import * as z from "zod";
import { DONE } from "../../../base/done.ts";
import { Outside } from "../../../model/conversation/outside.ts";
import type { ToolResult } from "../../../model/conversation/tool.ts";
import type { OutgoingScan } from "../../net/outgoing_scan.ts";
import { quoteWord } from "../../policy/grant_command.ts";
import type { Clock, Tool } from "../../ports.ts";
import { shorten } from "./command_line.ts";

const schema = z.strictObject({
  command: z.string().min(1).max(4096),
  args: z.array(z.string().max(32_768)).max(1000).optional(),
});

/** Output that an editor keeps of one command. */
const OUTPUT_BYTES = 256 * 1024;

/** What the tool needs. */
export interface TerminalToolDeps {
  readonly workspace: string;
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Finds what ward knows to be secret. */
  readonly outgoing: OutgoingScan;
  /** Runs a program in the editor's terminal to its end; an abort kills it. */
  run(
    callId: string,
    command: { readonly words: readonly string[]; readonly cwd: string; readonly bytes: number },
    signal: AbortSignal,
  ): Promise<
    { output: string; truncated: boolean; exitCode: number | null; signal: string | null }
  >;
}

/**
 * The tool `terminal`: one program in the terminal of the user's editor, where no cell holds it. It
 * is there only where the user turned it on, every call is asked about in every mode, and what it
 * prints is text from outside.
 */
export function createTerminalTool(deps: TerminalToolDeps): Tool<z.infer<typeof schema>> {
  return {
    name: "terminal",
    description:
      "Run a program in the user's editor terminal, outside the sandbox; for what `run` " +
      "cannot do. The user is asked each time",
    schema,
    flags: {
      readOnly: false,
      externalSideEffect: true,
      needsApproval: true,
      idempotent: false,
      highImpactWrite: true,
    },
    plan({ command, args = [] }) {
      const words = [command, ...args];
      const exact = words.map(quoteWord).join(" ");
      const title = `terminal ${shorten(exact)}`;
      return {
        accesses: [],
        title,
        readOnly: false,
        async execute({ signal, confirm, callId = "" }) {
          const secret = deps.outgoing(words.join("\n"));
          if (secret !== null) return refused(title, `it would pass ${secret} on`);
          const said = await confirm?.({
            title,
            exact,
            why: "it runs in the editor's terminal, where no cell of ward holds it",
            grant: {
              compartment: "editor",
              permission: "run",
              value: `exact:${exact}`,
              risk: "critical",
              touches: "all that you reach: files, programs, the network",
              command: "",
            },
          });
          if (!said) return refused(title, "the user said no");
          return await run(deps, { title, words, exact, callId }, signal);
        },
      };
    },
  };
}

async function run(
  { run, clock, workspace, timeoutMs }: TerminalToolDeps,
  call: { title: string; words: readonly string[]; exact: string; callId: string },
  signal: AbortSignal,
): Promise<ToolResult> {
  const { title, words, exact, callId } = call;
  const over = new AbortController();
  const settled = new AbortController();
  clock.delay(timeoutMs, settled.signal).then(() => over.abort(), () => {});
  try {
    const ended = await run(
      callId,
      { words, cwd: workspace, bytes: OUTPUT_BYTES },
      AbortSignal.any([signal, over.signal]),
    );
    const how = over.signal.aborted
      ? `ended after ${Math.round(timeoutMs / 1000)} s`
      : ended.signal === null
      ? `exit code ${ended.exitCode ?? "not known"}`
      : `ended by ${ended.signal}`;
    const cut = ended.truncated ? "; the beginning of its output is gone" : "";
    return {
      ok: ended.exitCode === 0 && !over.signal.aborted,
      content: `${title}: ${how}${cut}`,
      outside: ended.output === "" ? [] : [Outside.of(`terminal ${shorten(exact)}`, ended.output)],
      summary: `${title}: ${how}`,
      effects: [`run in the editor's terminal: ${exact}`],
    };
  } finally {
    settled.abort(DONE);
  }
}

function refused(title: string, why: string): ToolResult {
  return {
    ok: false,
    content:
      `Refused: ${title}: ${why}. Nothing was done. Do not repeat it or look for a way around.`,
    summary: `refused: ${why}`,
    effects: [],
  };
}

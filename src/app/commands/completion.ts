/** `ward completion`: needs no profile, so that it works before there is one. */
import { print, type Streams } from "./context.ts";
import { argumentOr } from "../prompting.ts";
import { completionScript } from "../../surfaces/cli/completion/completion_script.ts";
import { COMPLETION_SHELLS, type ParsedCommand } from "../../surfaces/cli/parsed_command.ts";

/**
 * Prints the script for a shell, with `--json` as `{shell, script}`.
 *
 * @param context `variables`: TERM and SHELL; the menu marks the user's own shell first.
 * @throws {UsageError} `cli.missing_argument` where nobody can be asked for the shell.
 */
export async function completion(
  command: Extract<ParsedCommand, { type: "completion" }>,
  context: Streams & {
    readonly variables: { readonly TERM: string | undefined; readonly SHELL: string | undefined };
  },
): Promise<number> {
  const own = context.variables.SHELL?.split("/").at(-1);
  const shell = await argumentOr(context, command.shell, {
    name: "<shell>",
    usage: "ward completion <shell>",
    ask: (prompter) =>
      prompter.choose({
        title: "Completion for which shell?",
        items: COMPLETION_SHELLS.map((value) => ({ value, label: value })),
        at: Math.max(0, COMPLETION_SHELLS.findIndex((one) => one === own)),
      }),
  });
  const script = completionScript(shell);
  print(context, { shell, script }, () => script);
  return 0;
}

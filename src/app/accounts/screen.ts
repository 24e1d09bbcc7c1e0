/** What a login shows on stderr, opens and asks, in the terminal of a command. */
import type { LoginScreen } from "./login_claude.ts";
import type { ProfileContext } from "../commands/context.ts";
import { prompterOf } from "../prompting.ts";
import { UsageError } from "../../base/app_error.ts";
import { findBrowser, openBrowser } from "../../host/process/browser.ts";
import { pastedProblem } from "../../kernel/accounts/authorize.ts";
import { readPiped } from "../../surfaces/cli/read_message.ts";
import { revealHidden } from "../../surfaces/cli/sanitize_terminal.ts";

/** Most that is read of a piped code, in bytes. */
const MAX_PIPED_BYTES = 16_384;

/** A {@linkcode LoginScreen} of a service that sends the browser to this machine with the code. */
export interface AgreeScreen extends LoginScreen {
  /** The user pastes the address that the browser ended at: nobody listens for it. */
  readonly pastes: boolean;
  /** The address that the browser ended at, where somebody may bring it while ward listens. */
  readonly pasted?: Promise<string> | undefined;
  /** Gives the login up. */
  readonly signal?: AbortSignal | undefined;
}

/** @param wantsBrowser False: none is opened, and where there is somebody to ask, nobody listens. */
export function agreeScreen(context: ProfileContext, wantsBrowser: boolean): AgreeScreen {
  const screen = loginScreen(context, wantsBrowser);
  return { ...screen, pastes: screen.open === null && prompterOf(context) !== null };
}

/** @param wantsBrowser False: none is opened, also where there is one. */
export function loginScreen(context: ProfileContext, wantsBrowser: boolean): LoginScreen {
  const { profile, stderr, input } = context;
  const { lookup } = profile.environment;
  const browser = wantsBrowser ? findBrowser(lookup) : null;
  return {
    open: browser === null ? null : (url) => openBrowser(browser, url, lookup),
    // Codes and addresses may come from a service.
    notice: (text) => stderr.write(text.split("\n").map(revealHidden).join("\n") + "\n"),
    async askForCode(marks) {
      const prompter = prompterOf(context);
      if (prompter) {
        return await prompter.hidden({
          title: "Code (not shown)",
          check: (text) => pastedProblem(text, marks),
        });
      }
      if (input.isTerminal) {
        throw new UsageError("account.no_code", "Cannot ask for the code here", {
          hint: "Run it in a terminal, or write the code to its standard input",
        });
      }
      return await readPiped(Deno.stdin.readable, MAX_PIPED_BYTES);
    },
  };
}

/** A yes or no of the owner in the client, for what a model that calls a tool must not decide. */
import * as z from "zod";
import { AppError } from "../../base/app_error.ts";
import { revealHidden } from "../../surfaces/cli/sanitize_terminal.ts";
import type { Call } from "../../surfaces/mcp_server/served.ts";

const yesOrNo = z.object({
  answer: z.enum(["yes", "no"]).meta({ title: "Do it?", description: "yes or no" }),
});

/**
 * Asks, and returns after a yes alone.
 *
 * @param lines What the owner reads, a line each.
 * @param command The same in a terminal, where nobody can be asked here.
 * @throws {AppError} `mcp_server.refused`, `mcp_server.cannot_ask` with the command as its hint.
 */
export async function askOwner(
  call: Call,
  lines: readonly string[],
  command: string,
): Promise<void> {
  if (!call.can.form) {
    throw new AppError("mcp_server.cannot_ask", "Nothing was changed: this client asks nobody", {
      hint: `The user can do it in a terminal: ${command}`,
    });
  }
  const given = await call.ask({ message: lines.map(revealHidden).join("\n"), fields: yesOrNo });
  const { data } = yesOrNo.safeParse(given.action === "accept" ? given.content : null);
  if (data?.answer === "yes") return;
  throw new AppError("mcp_server.refused", "Nothing was changed: the user said no");
}

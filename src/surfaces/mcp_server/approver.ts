/**
 * Approvals by the user of an MCP client. What is asked is all there is in the form's text, with
 * hidden characters as escapes; a client that can ask nobody gets refusals, with the command that
 * would allow it.
 */
import * as z from "zod";
import type { Approver, Clock } from "../../kernel/ports.ts";
import type { ApprovalAnswer } from "../../model/cells/permission.ts";
import { plainQuestion, usualWidth } from "../cli/approval_question.ts";
import type { Call } from "./served.ts";

const DENIED: ApprovalAnswer = { type: "deny" };

const SCOPES = { once: "Once", session: "For this session", always: "Always", deny: "No" } as const;
type Answer = keyof typeof SCOPES;

/** @param timeoutMs 0 waits until answered. */
export function createClientApprover(
  call: Pick<Call, "can" | "ask" | "signal">,
  { clock, timeoutMs }: { readonly clock: Pick<Clock, "delay">; readonly timeoutMs: number },
): Approver {
  return {
    available: call.can.form,
    async ask(request, signal) {
      if (!call.can.form || signal.aborted) return DENIED;
      const width = usualWidth(request.grant);
      const offered: [Answer, ...Answer[]] = request.grant.onceOnly
        ? ["once", "deny"]
        : request.lasting
        ? ["once", "session", "always", "deny"]
        : ["once", "session", "deny"];
      const fields = z.object({
        answer: z.enum(offered).meta({ title: "Allow it?", description: choicesText(offered) }),
      });
      const stop = new AbortController();
      let isLate = false;
      if (timeoutMs > 0) {
        clock.delay(timeoutMs, stop.signal).then(() => {
          isLate = true;
          stop.abort();
        }, () => {});
      }
      try {
        const given = await call.ask(
          { message: plainQuestion(request, width), fields },
          AbortSignal.any([signal, stop.signal]),
        );
        const { data } = fields.safeParse(given.action === "accept" ? given.content : null);
        if (isLate) return { type: "deny", late: true };
        if (data === undefined || data.answer === "deny") return DENIED;
        return { type: "allow", scope: data.answer, value: width.value };
      } catch (error) {
        if (isLate) return { type: "deny", late: true };
        // The client could not ask after all, or the call is over.
        if (error instanceof Error) return DENIED;
        throw error;
      } finally {
        stop.abort();
      }
    },
  };
}

function choicesText(offered: readonly Answer[]): string {
  return offered.map((one) => `${one}: ${SCOPES[one]}`).join("; ");
}

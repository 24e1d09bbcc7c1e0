/** The agent's own tools that only look, as a server offers them: one implementation, two doors. */
import { cutOutput, needsCut } from "../../kernel/agent/cut_output.ts";
import { markOutside } from "../../kernel/outside/mark.ts";
import type { Random, Tool } from "../../kernel/ports.ts";
import { type ServedTool, textResult } from "../../surfaces/mcp_server/served.ts";

/**
 * Serves a tool that touches nothing.
 *
 * @throws {TypeError} On a call that would: such a tool needs the agent's turn around it.
 */
export function fromTool(tool: Tool, title: string, random: Pick<Random, "id">): ServedTool {
  const { name, description, schema, flags } = tool;
  return {
    name,
    title,
    description,
    schema,
    hints: {
      readOnly: flags.readOnly,
      destructive: flags.highImpactWrite,
      idempotent: flags.idempotent,
      openWorld: flags.externalSideEffect,
    },
    async run(args, { signal }) {
      const plan = tool.plan(args);
      if (plan.accesses.length > 0) throw new TypeError(`"${name}" touches something`);
      const { ok, content, outside = [] } = await plan.execute({ signal, decisions: [] });
      const parts = await Promise.all(
        outside.map((one) => markOutside(one, random.id(), (text) => Promise.resolve(text))),
      );
      const text = [content, ...parts].filter((part) => part !== "").join("\n");
      // Pages keep within bounds; what does not come in pages is cut as it is for ward's own model.
      const whole = needsCut(text) && outside.length === 0 ? cutOutput(text, null) : text;
      return textResult(whole, { isError: !ok });
    },
  };
}

import * as z from "zod";
import { OUTSIDE_MARK } from "../result_text.ts";
import { AppError } from "../../../base/app_error.ts";
import { Outside } from "../../../model/conversation/outside.ts";
import type { ToolResult } from "../../../model/conversation/tool.ts";
import { toolsFor } from "../../policy/roles.ts";
import type { Tool } from "../../ports.ts";
import type { TurnDeps } from "../turn.ts";
import { type Family, runSubAgent, type SubAgentResult } from "./sub_agent.ts";

const NAME = "spawn_agent";
const TASK_CHARS = 16_000;
const TITLE_CHARS = 80;

const schema = z.strictObject({
  task: z.string().trim().min(1).max(TASK_CHARS),
  tools: z.array(z.string().max(100)).max(100).optional(),
});

/**
 * The tool `spawn_agent`: gives a task to a sub-agent and waits for its answer. Calls of one answer
 * run side by side.
 *
 * @param deps Of the turn that asks; its tools without this one.
 */
export function createSpawnTool(deps: TurnDeps, family: Family): Tool {
  const tool: Tool<z.infer<typeof schema>> = {
    name: NAME,
    description: "Give a self-contained task to a sub-agent and get its answer; several in one " +
      "answer work side by side. tools: names of those it may use (default: all of yours)",
    schema,
    flags: {
      readOnly: false,
      externalSideEffect: false,
      needsApproval: false,
      idempotent: false,
      highImpactWrite: false,
    },
    plan({ task, tools }) {
      const own = toolsFor(family.role, deps.tools);
      const names = tools ?? [...own.map(({ name }) => name), NAME];
      const unknown = names.filter((name) =>
        name !== NAME && !own.some((one) => one.name === name)
      );
      if (unknown.length > 0) {
        throw new AppError("tools.unknown_tools", `You have no tool "${unknown.join('", "')}"`);
      }
      const title = `sub-agent: ${shorten(task)}`;
      return {
        // It touches nothing itself: each call of the sub-agent is decided on as one of its own.
        accesses: [],
        title,
        readOnly: true,
        async execute({ signal }) {
          const { limits, started } = family;
          if (started.count >= limits.perTask) {
            throw new AppError(
              "tools.too_many_agents",
              `${limits.perTask} sub-agents were started for this message already`,
              { hint: "Do the rest yourself (subagents.per_task)" },
            );
          }
          const name = `agent ${++started.count}`;
          const kept = own.filter((one) => names.includes(one.name));
          const child = await runBelow(deps, family, { name, task, tools: kept, names }, signal);
          return await answerOf(deps, { name, title, limit: limits.responseChars }, child);
        },
      };
    },
  };
  return tool as Tool;
}

/** Runs it with a tool of its own to start others, where it is not too deep for that. */
function runBelow(
  deps: TurnDeps,
  family: Family,
  { name, task, tools, names }: {
    readonly name: string;
    readonly task: string;
    readonly tools: readonly Tool[];
    readonly names: readonly string[];
  },
  signal: AbortSignal,
): Promise<SubAgentResult> {
  const depth = family.depth + 1;
  const mayStart = depth < family.limits.maxDepth && names.includes(NAME);
  return runSubAgent(deps, family, {
    name,
    task,
    tools: (below, parentId) =>
      mayStart
        ? [...tools, createSpawnTool({ ...below, tools }, { ...family, parentId, depth })]
        : tools,
  }, signal);
}

/** Its answer, which is of another agent and comes in as text from outside. */
async function answerOf(
  deps: Pick<TurnDeps, "saveOutput">,
  { name, title, limit }: { name: string; title: string; limit: number },
  { outcome, reason, text, sessionId, iterations, tainted }: SubAgentResult,
): Promise<ToolResult> {
  const ok = outcome === "complete";
  const end = ok ? "answered" : `ended early: ${reason ?? outcome}`;
  const isLong = text.length > limit;
  const saved = isLong
    ? await deps.saveOutput(text, `${OUTSIDE_MARK}${name.replaceAll(" ", "_")}.txt`).catch(() =>
      null
    )
    : null;
  const whole = saved === null ? "" : ` All of it: ${saved}`;
  const cut = isLong ? ` Cut to its first ${limit} characters.${whole}` : "";
  const answer = text.slice(0, limit).toWellFormed();
  return {
    ok,
    content: `${name} ${end} (${iterations} model calls, session ${sessionId}).${cut}`,
    outside: [Outside.of(name, answer, { taints: tainted })],
    summary: ok ? `${name}: ${iterations} model calls` : `${title}: ${name} ${end}`,
    effects: [`session ${sessionId}`],
  };
}

function shorten(task: string): string {
  const line = task.replace(/\s+/g, " ");
  return line.length > TITLE_CHARS ? line.slice(0, TITLE_CHARS).toWellFormed() + "…" : line;
}

import type { Role } from "../../policy/roles.ts";
import { runTurn } from "../run_turn.ts";
import type { TurnDeps, TurnInput, TurnResult } from "../turn.ts";
import { createSpawnTool } from "./spawn_agent_tool.ts";
import type { SubAgentLimits } from "../../../model/settings.ts";
import type { Family } from "./sub_agent.ts";

/**
 * Runs a turn that can start sub-agents.
 *
 * @param limits null: it cannot.
 * @param workspace Of their sessions.
 */
export async function runWithAgents(
  deps: TurnDeps,
  input: TurnInput,
  { limits, workspace }: { readonly limits: SubAgentLimits | null; readonly workspace: string },
): Promise<TurnResult> {
  if (limits === null) return await runTurn(deps, input);
  const role: Role = input.role ?? "owner";
  // One count for the whole tree: a decision from before anybody read from outside is made anew.
  const top: TurnDeps = { ...deps, outside: deps.outside ?? { reads: 0 } };
  const family: Family = {
    limits,
    role,
    workspace,
    system: deps.system,
    started: { count: 0 },
    parentId: input.sessionId,
    depth: 0,
  };
  return await runTurn({ ...top, tools: [...top.tools, createSpawnTool(top, family)] }, input);
}

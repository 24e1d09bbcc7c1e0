import { presentPrograms } from "../../host/process/programs.ts";
import { pruneOutputs, saveOutput } from "../../host/files/data_folder.ts";
import { systemClock, systemRandom } from "../../host/process/system.ts";
import { OUTSIDE_MARK } from "../../kernel/agent/result_text.ts";
import { findAgents } from "../../kernel/delegation/choose_agent.ts";
import type { Tool } from "../../kernel/ports.ts";
import { createCliAgentTool } from "../../kernel/tools/agents/cli_agent_tool.ts";
import type { HandsTrees } from "../../kernel/tools/hands_port.ts";
import type { Ward } from "../ward.ts";
import { openRoom } from "./rooms.ts";

/** The tool that gives tasks to other agents; none where none is installed. */
export function agentTools(ward: Ward, hands: HandsTrees): Tool[] {
  const { settings } = ward.start;
  const agents = findAgents(settings, (commands) => presentPrograms(ward.machine, commands));
  if (agents.length === 0) return [];
  return [createCliAgentTool({
    agents,
    hands,
    workspace: settings.workspace,
    limits: settings.delegation,
    openRoom: (agent, hosts, standsOn) => openRoom(ward, agent, hosts, standsOn),
    async savePatch(diff) {
      await pruneOutputs(ward.data.outputsDir, systemClock.now());
      return await saveOutput(
        ward.data.outputDir,
        `${systemRandom.id()}-${OUTSIDE_MARK}agent.patch`,
        diff,
      );
    },
  })];
}

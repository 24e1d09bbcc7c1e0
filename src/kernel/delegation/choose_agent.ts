import type { AgentEntry, ResolvedSettings } from "../../model/settings.ts";
import { type AgentFormat, KNOWN_AGENTS, PROMPT } from "./agent_table.ts";

/** An agent that is there. */
export interface FoundAgent {
  readonly name: string;
  /** What its owner says of it; empty: nothing. */
  readonly description: string;
  /** As it is found by name or path. */
  readonly command: string;
  readonly args: readonly string[];
  readonly format: AgentFormat;
  /** Names of variables that it gets. */
  readonly env: readonly string[];
  /** Hosts that it asks for. */
  readonly hosts: readonly string[];
  /** Folders outside that it may read: where its program is installed. */
  readonly read: readonly string[];
}

/**
 * The agents that can be used, the first choice first: the known ones in their order, then the
 * owner's own in that of the file.
 *
 * @param present Those of the programs that are found.
 */
export function findAgents(
  settings: Pick<ResolvedSettings, "agents" | "delegation">,
  present: (commands: readonly string[]) => readonly string[],
): FoundAgent[] {
  const { agents, delegation } = settings;
  if (!delegation.enabled) return [];
  const names = [...Object.keys(KNOWN_AGENTS), ...Object.keys(agents)];
  const all = [...new Set(names)].map((name): FoundAgent => {
    const entry: AgentEntry = Object.hasOwn(agents, name) ? agents[name]! : NO_ENTRY;
    const known = Object.hasOwn(KNOWN_AGENTS, name) ? KNOWN_AGENTS[name] : undefined;
    const args = entry.args ?? known?.args ?? [PROMPT];
    const unattended = entry.unattended_args ?? known?.unattendedArgs ?? args;
    return {
      name,
      description: entry.description ?? "",
      command: entry.command ?? known?.command ?? name,
      args: delegation.unattended ? unattended : args,
      format: entry.format ?? known?.format ?? "text",
      env: entry.env,
      hosts: entry.hosts,
      read: entry.read,
    };
  });
  const there = new Set(present(all.map(({ command }) => command)));
  return all.filter(({ command }) => there.has(command));
}

const NO_ENTRY: AgentEntry = { env: [], hosts: [], read: [] };

/**
 * The words that start an agent. The task is one argument and begins with ward's own words, so that
 * it can be no option.
 */
export function agentWords({ command, args }: FoundAgent, task: string): string[] {
  const prompt = `Task: ${task}`;
  const words = args.map((word) => word.replaceAll(PROMPT, () => prompt));
  return [command, ...words, ...(args.some((word) => word.includes(PROMPT)) ? [] : [prompt])];
}

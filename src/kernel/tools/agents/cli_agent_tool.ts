import * as z from "zod";
import { AppError } from "../../../base/app_error.ts";
import { Outside } from "../../../model/conversation/outside.ts";
import type { ToolResult } from "../../../model/conversation/tool.ts";
import type { ResolvedSettings } from "../../../model/settings.ts";
import { agentWords, type FoundAgent } from "../../delegation/choose_agent.ts";
import { changeRow } from "../../delegation/tree_changes.ts";
import { applyChanges, delegate, type Delegated, type Room } from "../../delegation/delegate.ts";
import type { ExecuteOptions, Tool } from "../../ports.ts";
import type { HandsTrees } from "../hands_port.ts";
import { cellHost } from "../../net/cell_hosts.ts";

const TASK_CHARS = 16_000;
const TITLE_CHARS = 80;
/** Characters of the diff that the model gets. */
const DIFF_CHARS = 4_000;
/** Paths that a question names. */
const MAX_PATHS = 50;

/** What the tool needs. */
export interface CliAgentDeps {
  /** Those that are there, the first choice first. */
  readonly agents: readonly FoundAgent[];
  readonly hands: HandsTrees;
  readonly workspace: string;
  readonly limits: ResolvedSettings["delegation"];
  /**
   * Claims a folder with a cell around it.
   *
   * @param hosts That a person allowed for this run.
   * @param standsOn Ids of the grants that it runs on; with one of them revoked it ends.
   * @throws {AppError} `delegation.no_sandbox`.
   */
  openRoom(
    agent: FoundAgent,
    hosts: readonly string[],
    standsOn: readonly string[],
  ): Promise<Room & { end(): Promise<void> }>;
  /** Keeps a diff that was not applied. @returns Its path. */
  savePatch(diff: string): Promise<string>;
}

const schema = z.strictObject({
  task: z.string().trim().min(1).max(TASK_CHARS),
  agent: z.string().max(32).optional(),
});

/** The tool `cli_agent`: gives a task to another command-line agent that is installed. */
export function createCliAgentTool(deps: CliAgentDeps): Tool {
  const { agents } = deps;
  const names = agents.map(({ name, description }) =>
    description === "" ? name : `${name} (${description})`
  );
  const tool: Tool<z.infer<typeof schema>> = {
    name: "cli_agent",
    description: "Give a self-contained task to another agent, which works in a copy of the " +
      `workspace; the user sees its diff and decides. Agents: ${names.join(", ")}`,
    schema,
    flags: {
      readOnly: false,
      externalSideEffect: true,
      needsApproval: true,
      idempotent: false,
      highImpactWrite: false,
    },
    plan({ task, agent: wanted }) {
      if (task.includes("\0")) {
        throw new AppError("tools.bad_command", "The task has a NUL character");
      }
      const agent = wanted === undefined ? agents[0] : agents.find(({ name }) => name === wanted);
      if (!agent) {
        const there = agents.map(({ name }) => name).join(", ");
        throw new AppError("tools.no_agent", `There is no agent "${wanted}"`, {
          hint: `There are: ${there}`,
        });
      }
      const words = agentWords(agent, task);
      const hosts = agent.hosts.map(cellHost);
      return {
        title: `${agent.name}: ${shorten(task)}`,
        readOnly: false,
        accesses: [
          { permission: "run", words },
          // The copy, and the keys that its entry names, may go there: it is asked about.
          ...hosts.map((host) => ({
            permission: "net" as const,
            compartment: `agent:${agent.name}`,
            host,
            url: host,
            method: "CONNECT",
            sends: true,
          })),
        ],
        execute: (options) => run(deps, { agent, words, hosts }, options),
      };
    },
  };
  return tool as Tool;
}

async function run(
  deps: CliAgentDeps,
  { agent, words, hosts }: {
    agent: FoundAgent;
    words: readonly string[];
    hosts: readonly string[];
  },
  { signal, confirm, tell, decisions }: ExecuteOptions,
): Promise<ToolResult> {
  const name = `agent ${agent.name}`;
  const workspace = { hands: deps.hands, folder: deps.workspace };
  const room = await deps.openRoom(
    agent,
    hosts,
    decisions.flatMap((one) => one.type === "allow" && one.grantId ? [one.grantId] : []),
  );
  try {
    const done = await delegate(workspace, room, { agent, words }, deps.limits, {
      signal,
      onProgress: (text) => tell?.({ name, text }),
    });
    const { changes, diff } = done;
    let fate = "It changed no file.";
    let applied: string[] = [];
    if (changes.length === 0 && diff !== "") {
      tell?.({ name, text: "made what is not brought back", diff });
    }
    if (changes.length > 0) {
      tell?.({ name, text: `changed ${changes.length} files`, diff });
      const paths = changes.map(changeRow);
      const more = paths.length - MAX_PATHS;
      const isWanted = await confirm?.({
        title: `apply what ${agent.name} changed (${changes.length} files)`,
        exact: [...paths.slice(0, MAX_PATHS), ...more > 0 ? [`and ${more} more`] : []].join("\n"),
        why: "another agent made it; its diff is above",
        grant: {
          compartment: "hands",
          permission: "write",
          value: deps.workspace,
          risk: "high",
          touches: `changes ${changes.length} files`,
          command: "",
        },
      }) ?? false;
      if (isWanted) {
        const failed = await applyChanges(workspace, room, changes, signal);
        const paths = new Set(failed.map(({ path }) => path));
        applied = changes.flatMap(({ path }) => paths.has(path) ? [] : [path]);
        failed.forEach(({ path, why }) => tell?.({ name, text: `✗ ${path}: ${why}` }));
        fate = `The user approved: ${applied.length} of ${changes.length} changed files were ` +
          `applied${failed.length > 0 ? "; the others were changed meanwhile or are held" : ""}.`;
      } else {
        const path = await deps.savePatch(diff);
        fate =
          `${changes.length} files were changed in its copy; nobody approved them and nothing ` +
          `was applied. The diff is kept in ${path}.`;
      }
    }
    return resultOf(agent, hosts, done, { fate, applied });
  } finally {
    await room.end();
  }
}

function resultOf(
  agent: FoundAgent,
  hosts: readonly string[],
  { outcome, answer, complaint, diff, leftOut, notBrought, reached }: Delegated,
  { fate, applied }: { fate: string; applied: readonly string[] },
): ToolResult {
  const name = `agent ${agent.name}`;
  const ok = outcome.exitCode === 0 && outcome.endedBy === null;
  const end = outcome.endedBy === "timeout"
    ? "was ended: time-out"
    : outcome.endedBy === "output"
    ? "was ended: too much output"
    : `ended with exit code ${outcome.exitCode}`;
  const notes = [
    `${name} ${end} after ${Math.round(outcome.durationMs / 1000)} s. ${fate}`,
    hosts.length === 0
      ? `It had no network: the owner names the hosts it needs in [agents.${agent.name}] hosts.`
      : "",
    notBrought.length > 0 ? "Some of what it made is no plain file and was not brought back." : "",
    leftOut > 0 ? `${leftOut} links or large files were not in its copy.` : "",
  ].filter((note) => note !== "");
  const cut = diff.length > DIFF_CHARS ? diff.slice(0, DIFF_CHARS).toWellFormed() + "\n…" : diff;
  const texts = [answer, cut, ok ? "" : complaint].filter((text) => text !== "");
  return {
    ok,
    content: notes.join("\n"),
    outside: texts.map((text) => Outside.of(name, text)),
    summary: `${name} ${end}`,
    effects: [
      `run ${name}`,
      ...reached.map((host) => `reach ${host}`),
      ...applied.map((path) => `write ${path}`),
    ],
  };
}

function shorten(task: string): string {
  const line = task.replace(/\s+/g, " ");
  return line.length > TITLE_CHARS ? line.slice(0, TITLE_CHARS).toWellFormed() + "…" : line;
}

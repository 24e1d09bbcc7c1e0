import * as z from "zod";
import { AppError } from "../../../base/app_error.ts";
import type { RunOutput } from "../../../model/cells/hands.ts";
import { Outside } from "../../../model/conversation/outside.ts";
import type { ToolResult } from "../../../model/conversation/tool.ts";
import type { Tool } from "../../ports.ts";
import { farSource } from "./run_result.ts";
import type { BackgroundCommands, BackgroundFact, BackgroundReading } from "./background.ts";

const MAX_WAIT_S = 60;

const schema = z.strictObject({
  action: z.enum(["list", "read", "kill"]),
  id: z.string().max(20).optional(),
  wait_s: z.number().min(0).max(MAX_WAIT_S).optional(),
});

/**
 * The tool `background`: looks after what `run` started with `background`.
 *
 * @param takeReached Hosts that programs reached since this was asked last.
 */
export function createBackgroundTool(
  commands: BackgroundCommands,
  takeReached: () => readonly string[],
  isUnconfined: () => boolean = () => false,
): Tool<z.infer<typeof schema>> {
  return {
    name: "background",
    description: "Commands started by run with background: list them, read new output " +
      "(waits up to wait_s for some), kill",
    schema,
    flags: {
      readOnly: false,
      externalSideEffect: false,
      needsApproval: false,
      idempotent: false,
      highImpactWrite: false,
    },
    plan({ action, id = "", wait_s = 0 }) {
      if (action !== "list" && id === "") {
        throw new AppError("tools.no_id", `"${action}" needs the id of a command`);
      }
      const title = action === "list"
        ? "list background commands"
        : `${action} background command ${id}`;
      return {
        // Nothing but what this session was allowed to start is touched.
        accesses: [],
        title,
        prints: action === "read",
        // A reading takes what it reads away from the next one.
        readOnly: false,
        async execute({ signal }): Promise<ToolResult> {
          if (action === "list") return listResult(title, commands.list());
          if (action === "kill") {
            const fact = await commands.kill(id);
            const unread = fact.unreadChars > 0 ? `; ${fact.unreadChars} characters unread` : "";
            return {
              ok: true,
              content: `${fact.id}: ${stateWords(fact)}${unread}`,
              summary: title,
              effects: [`kill ${fact.command}`],
            };
          }
          const reading = await commands.read(id, Math.round(wait_s * 1000), signal, takeReached);
          return readResult(title, reading, farSource(reading.hosts, isUnconfined()));
        },
      };
    },
  };
}

/** What the model gets of a start. */
export function startedResult(title: string, id: string): ToolResult {
  return {
    ok: true,
    content: `Started as ${id}. It ends with this session. ` +
      `Its output: background(action: "read", id: "${id}").`,
    summary: `${title}: ${id}`,
    effects: [title],
  };
}

function listResult(title: string, facts: readonly BackgroundFact[]): ToolResult {
  const lines = facts.map((fact) =>
    `${fact.id}: ${stateWords(fact)}, ${fact.unreadChars} characters unread: ${fact.command}`
  );
  return {
    ok: true,
    content: lines.join("\n") || "There are no background commands",
    summary: title,
    effects: [],
  };
}

function readResult(title: string, reading: BackgroundReading, far: string | null): ToolResult {
  const { state, droppedChars } = reading;
  const text = inOrder(reading.chunks);
  const isFar = text !== "" && far !== null;
  const parts = [
    `[${reading.id}: ${stateWords(reading)}]`,
    droppedChars > 0 ? `[${droppedChars} characters of output left out]` : "",
    text === "" ? "no new output" : isFar ? "" : text,
  ].filter((part) => part !== "");
  return {
    ok: state.type !== "ended" || (state.outcome.exitCode === 0 && state.outcome.endedBy === null),
    content: parts.join("\n"),
    ...(isFar ? { outside: [Outside.of(`commands that ${far}`, text)] } : {}),
    summary: `${title}: ${stateWords(reading)}`,
    effects: state.type === "ended"
      ? state.outcome.started.map((words) => `run ${words.join(" ")}`)
      : [],
  };
}

/** Chunks as they came; a line says where the stream changes. */
function inOrder(chunks: readonly RunOutput[]): string {
  let text = "";
  let stream: RunOutput["stream"] = "stdout";
  for (const chunk of chunks) {
    if (chunk.stream !== stream) {
      stream = chunk.stream;
      text += `${text === "" || text.endsWith("\n") ? "" : "\n"}[${stream}]\n`;
    }
    text += chunk.text;
  }
  return text.replace(/\n$/, "");
}

function stateWords({ state, ms }: BackgroundFact): string {
  const seconds = `${Math.round(ms / 1000)} s`;
  switch (state.type) {
    case "running":
      return `running for ${seconds}`;
    case "stopped":
      return `ended after ${seconds}: ${state.why}`;
    case "ended": {
      const { endedBy, exitCode } = state.outcome;
      const how = endedBy === "timeout"
        ? "time-out"
        : endedBy === "output"
        ? "too much output"
        : `exit code ${exitCode}`;
      return `ended after ${seconds}: ${how}`;
    }
  }
}

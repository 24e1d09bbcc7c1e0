import * as z from "zod";
import type { Tool } from "../../ports.ts";
import { lookingTool } from "../self/self_tool.ts";

/** The machine, without what names it or its user. */
export interface SystemInfo {
  readonly os: string;
  readonly arch: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly memoryFreeBytes: number;
  /** Of the last one, five and fifteen minutes. */
  readonly load: readonly number[];
  readonly uptimeSeconds: number;
  /** Version of ward. */
  readonly ward: string;
  /** `2026-11-27T10:00:00.000Z`. */
  readonly time: string;
}

/** One thing that was looked at. */
export interface Finding {
  readonly what: string;
  /** What is wrong, in a sentence; null: nothing. */
  readonly problem: string | null;
}

/** What the tools ask. */
export interface InfoToolDeps {
  systemInfo(): SystemInfo;
  diagnose(): Promise<readonly Finding[]>;
}

const nothing = z.strictObject({});

/** The tools `system_info` and `diagnostics`: they touch nothing. */
export function createInfoTools(deps: InfoToolDeps): Tool[] {
  return [
    lookingTool({
      name: "system_info",
      description: "Read the machine's system, processors, memory, load and time",
      schema: nothing,
      title: () => "read system info",
      look: () =>
        Promise.resolve({ content: JSON.stringify(deps.systemInfo()), summary: "system info" }),
    }),
    lookingTool({
      name: "diagnostics",
      description: "Check ward itself: sandbox, database, audit log, key, caps, warnings",
      schema: nothing,
      title: () => "diagnose ward",
      async look() {
        const findings = await deps.diagnose();
        const problems = findings.filter(({ problem }) => problem !== null).length;
        const lines = findings.map(({ what, problem }) => `${what}: ${problem ?? "in order"}`);
        const summary = problems === 0
          ? "all in order"
          : problems === 1
          ? "1 problem"
          : `${problems} problems`;
        const more = "The user sees all of it with: ward doctor";
        return { content: [...lines, more].join("\n"), summary };
      },
    }),
  ];
}

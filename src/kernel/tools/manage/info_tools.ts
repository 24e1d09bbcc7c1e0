import * as z from "zod";
import type { ToolFlags } from "../../../model/conversation/tool.ts";
import type { Tool } from "../../ports.ts";

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

const LOOKS: ToolFlags = {
  readOnly: true,
  externalSideEffect: false,
  needsApproval: false,
  idempotent: true,
  highImpactWrite: false,
};

/** The tools `system_info` and `diagnostics`: they touch nothing. */
export function createInfoTools(deps: InfoToolDeps): Tool<z.infer<typeof nothing>>[] {
  return [
    {
      name: "system_info",
      description: "Read the machine's system, processors, memory, load and time",
      schema: nothing,
      flags: LOOKS,
      plan: () => ({
        accesses: [],
        title: "read system info",
        readOnly: true,
        execute() {
          const content = JSON.stringify(deps.systemInfo());
          return Promise.resolve({ ok: true, content, summary: "system info", effects: [] });
        },
      }),
    },
    {
      name: "diagnostics",
      description: "Check ward itself: sandbox, database, audit log, key, caps, warnings",
      schema: nothing,
      flags: LOOKS,
      plan: () => ({
        accesses: [],
        title: "diagnose ward",
        readOnly: true,
        async execute() {
          const findings = await deps.diagnose();
          const problems = findings.filter(({ problem }) => problem !== null).length;
          const lines = findings.map(({ what, problem }) => `${what}: ${problem ?? "in order"}`);
          const summary = problems === 0
            ? "all in order"
            : problems === 1
            ? "1 problem"
            : `${problems} problems`;
          const more = "The user sees all of it with: ward doctor";
          return { ok: true, content: [...lines, more].join("\n"), summary, effects: [] };
        },
      }),
    },
  ];
}

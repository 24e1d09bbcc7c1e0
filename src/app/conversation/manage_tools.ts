/** Tools on ward itself: its settings, the machine, its own state. */
import { lookAtOpenStore } from "../doctor/look_at_database.ts";
import { VERSION } from "../start/version.ts";
import type { Ward } from "../ward.ts";
import { readConfigFile } from "../../host/files/config_file.ts";
import { changeConfig, changedMeanwhile } from "../../host/files/config_writer.ts";
import { systemClock } from "../../host/process/system.ts";
import type { Tool } from "../../kernel/ports.ts";
import { createConfigTool } from "../../kernel/tools/manage/config_tool.ts";
import { createInfoTools, type Finding } from "../../kernel/tools/manage/info_tools.ts";

/** Makes them. */
export function manageTools(ward: Ward): Tool[] {
  const { settings: { home, configPath }, environment: { variables } } = ward.start;
  return [
    createConfigTool({
      fileName: configPath.replace(/^.*\//, ""),
      variables,
      readText: () => readConfigFile(configPath, home).text ?? "",
      async writeText(before, after) {
        await changeConfig({ home, configPath }, systemClock, (now) => {
          // A yes was to the change of this very text.
          if (now !== before) throw changedMeanwhile(configPath);
          return after;
        });
      },
    }),
    ...createInfoTools({ systemInfo, diagnose: () => diagnose(ward) }),
  ] as Tool[];
}

function systemInfo() {
  const { total, available } = Deno.systemMemoryInfo();
  return {
    os: Deno.build.os,
    arch: Deno.build.arch,
    cpus: navigator.hardwareConcurrency,
    memoryBytes: total,
    memoryFreeBytes: available,
    load: Deno.loadavg(),
    uptimeSeconds: Math.round(Deno.osUptime()),
    ward: VERSION,
    time: new Date(systemClock.now()).toISOString(),
  };
}

/** Doctor's questions that can be answered while a session runs. */
async function diagnose(ward: Ward): Promise<Finding[]> {
  const { kind, cause, notHeld } = await ward.hands.sandbox();
  const database = await lookAtOpenStore(ward);
  const trips = await ward.trips();
  const isOpen = database.type === "open";
  return [
    {
      what: "sandbox",
      problem: kind === "none"
        ? `none: ${cause}`
        : notHeld.length > 0
        ? `not held against: ${notHeld.join("; ")}`
        : null,
    },
    { what: "database", problem: isOpen ? database.damage : "it is not open" },
    {
      what: "audit log",
      problem: isOpen && !database.audit.ok ? database.audit.reason : null,
    },
    { what: "database key", problem: ward.key.warning },
    ...trips.map(({ scope, unit }) => ({ what: `cap of ${unit} by ${scope}`, problem: "reached" })),
    ...ward.start.warnings.map((warning) => ({ what: "configuration", problem: warning })),
  ];
}

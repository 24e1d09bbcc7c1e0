/** The file by which a service manager keeps `ward start` running, as text. Pure. */

import type { ServiceManager } from "../../model/services/service_manager.ts";

/** What the service is. */
export interface ServicePlan {
  readonly manager: ServiceManager;
  /** Name at the manager: `ward.service`, `ward-work.service`; `org.ward`, `org.ward.work`. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** Program and arguments: absolute, whole. */
  readonly command: readonly string[];
  /** Absolute; it starts there. */
  readonly folder: string;
  /** Variables without secrets, such as `WARD_HOME`. */
  readonly variables: Readonly<Record<string, string>>;
  /** Variables whose values the manager reads from files: name and absolute path. systemd alone. */
  readonly credentials: Readonly<Record<string, string>>;
  /** Folder of the files for what it prints. launchd alone. */
  readonly logs: string;
  /** Longest from the wish to end to a kill, s. */
  readonly stopSeconds: number;
  /** Whether its cells are started by a program that gets rights by its file (setuid). */
  readonly needsSetuid: boolean;
}

/** Exit codes after which nothing gets better by itself: bad input, bad configuration. */
const NOT_AGAIN = 2;

/** The text of the file. */
export function serviceFile(plan: ServicePlan): string {
  return plan.manager === "systemd" ? systemdUnit(plan) : launchdAgent(plan);
}

/**
 * Waits of 5, 10, 20, 40 and 60 s between starts are of systemd 254 on; an older one says that it
 * does not know the two keys and waits 5 s.
 * Source: systemd.service(5), systemd.exec(5).
 */
function systemdUnit(plan: ServicePlan): string {
  const rights = plan.needsSetuid
    ? ["# Not NoNewPrivileges: the sandbox of ward's cells is a setuid program on this machine."]
    : ["NoNewPrivileges=yes"];
  return [
    "# Written by `ward service install`; `ward service uninstall` takes it away.",
    "[Unit]",
    `Description=${unitText(plan.title)}`,
    "StartLimitIntervalSec=0",
    "",
    "[Service]",
    "Type=exec",
    `ExecStart=${plan.command.map(unitWord).join(" ")}`,
    `WorkingDirectory=${unitText(plan.folder)}`,
    ...Object.entries(plan.variables).map(([name, value]) =>
      `Environment=${unitWord(`${name}=${value}`)}`
    ),
    ...Object.entries(plan.credentials).map(([name, path]) =>
      `LoadCredential=${name}:${unitText(path)}`
    ),
    "Restart=always",
    "RestartSec=5",
    "RestartSteps=4",
    "RestartMaxDelaySec=60",
    `RestartPreventExitStatus=${NOT_AGAIN}`,
    // Ward ends its cells itself; what is left after that is killed.
    "KillMode=mixed",
    `TimeoutStopSec=${plan.stopSeconds}`,
    "UMask=0077",
    ...rights,
    "LockPersonality=yes",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "SystemCallArchitectures=native",
    "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
    "LimitCORE=0",
    "# No RestrictNamespaces, no ProtectProc and the like: cells are made of namespaces and a",
    "# fresh /proc, which those refuse. Each cell has walls of its own (`ward doctor --prove`).",
    "",
    "[Install]",
    "WantedBy=default.target",
    "",
  ].join("\n");
}

/** Source: launchd.plist(5). */
function launchdAgent(plan: ServicePlan): string {
  const strings = (all: readonly string[]) =>
    all.map((one) => `    <string>${xml(one)}</string>`).join("\n");
  const variables = Object.entries(plan.variables);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    "<!-- Written by ward service install; ward service uninstall takes it away. -->",
    '<plist version="1.0">',
    "<dict>",
    `  <key>Label</key>\n  <string>${xml(plan.name)}</string>`,
    `  <key>ProgramArguments</key>\n  <array>\n${strings(plan.command)}\n  </array>`,
    `  <key>WorkingDirectory</key>\n  <string>${xml(plan.folder)}</string>`,
    ...variables.length === 0 ? [] : [
      "  <key>EnvironmentVariables</key>\n  <dict>",
      ...variables.map(([name, value]) =>
        `    <key>${xml(name)}</key>\n    <string>${xml(value)}</string>`
      ),
      "  </dict>",
    ],
    "  <key>RunAtLoad</key>\n  <true/>",
    "  <key>KeepAlive</key>\n  <true/>",
    "  <key>ThrottleInterval</key>\n  <integer>10</integer>",
    `  <key>ExitTimeOut</key>\n  <integer>${plan.stopSeconds}</integer>`,
    "  <key>ProcessType</key>\n  <string>Background</string>",
    "  <key>Umask</key>\n  <integer>63</integer>",
    `  <key>StandardOutPath</key>\n  <string>${xml(`${plan.logs}/service.log`)}</string>`,
    `  <key>StandardErrorPath</key>\n  <string>${xml(`${plan.logs}/service.log`)}</string>`,
    "</dict>",
    "</plist>",
    "",
  ].join("\n");
}

/**
 * A word of a command line or of `Environment=`: quoted, `%` and `$` standing for themselves.
 * Source: systemd.syntax(7) "Quoting", systemd.service(5) "Command lines".
 */
function unitWord(word: string): string {
  const escaped = unitText(word.replaceAll("\\", "\\\\").replaceAll('"', '\\"'))
    .replaceAll("$", "$$$$");
  return `"${escaped.replaceAll("\n", "\\n").replaceAll("\t", "\\t")}"`;
}

/** `%` begins a specifier wherever a value stands. */
function unitText(text: string): string {
  return text.replaceAll("%", "%%");
}

function xml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

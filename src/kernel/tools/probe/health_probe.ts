import * as z from "zod";
import { AppError } from "../../../base/app_error.ts";
import type { HandsPort } from "../../../model/cells/hands.ts";
import type { Access } from "../../../model/cells/permission.ts";
import type { ToolResult } from "../../../model/conversation/tool.ts";
import type { Clock, ExecuteOptions, Tool, ToolPlan } from "../../ports.ts";
import { readLine, runLine, shorten } from "../commands/command_line.ts";
import type { CommandToolDeps } from "../commands/command_tools.ts";
import { resolveToolPath, shownPath } from "../files/paths.ts";
import { fileResult } from "../files/results.ts";
import { checkUrl, shownHost } from "../../net/check_url.ts";
import type { WebConnect, WebPort } from "../web/web_port.ts";
import { leadingOn, webResult } from "../web/web_results.ts";

/** What the tool needs. */
export interface HealthProbeDeps {
  readonly commands: CommandToolDeps;
  readonly hands: Pick<HandsPort, "fileFacts">;
  readonly web: WebPort & WebConnect;
  /** Hosts of private networks that the owner allows. */
  readonly hosts: readonly string[];
  readonly userAgent: string;
  readonly clock: Clock;
}

const USUAL_TIMEOUT_S = 10;
const MAX_TIMEOUT_S = 120;
/** Bytes of an answer that a text is looked for in. */
const BODY_BYTES = 256 * 1024;

const schema = z.strictObject({
  type: z.enum(["http", "port", "command", "file"]),
  target: z.string().min(1).max(4096),
  timeout_s: z.number().positive().max(MAX_TIMEOUT_S).optional(),
  method: z.enum(["GET", "HEAD"]).optional(),
  expected_status: z.int().min(100).max(599).optional(),
  expected_body: z.string().min(1).max(1000).optional(),
  expected_exit_code: z.int().min(0).max(255).optional(),
  max_age_s: z.number().positive().optional(),
});

type Arguments = z.infer<typeof schema>;

/** What each type of probe takes besides its target. */
const FIELDS: Readonly<Record<Arguments["type"], readonly (keyof Arguments)[]>> = {
  http: ["timeout_s", "method", "expected_status", "expected_body"],
  port: ["timeout_s"],
  command: ["timeout_s", "expected_exit_code"],
  file: ["max_age_s"],
};

/** What a look came to: numbers and words of ward's, nothing of what was looked at. */
interface Finding {
  readonly isHealthy: boolean;
  readonly what: string;
  readonly effects: readonly string[];
}

/**
 * The tool `health_probe`: looks once whether something answers or is there. What it looks at goes
 * the way of any other call: by the guard of addresses, or by the hands. Nothing of an answer, of an
 * output or of a file comes back, so that a probe reads nothing from outside.
 */
export function createHealthProbeTool(deps: HealthProbeDeps): Tool<Arguments> {
  return {
    name: "health_probe",
    description: "Check once whether something is healthy: http (target: URL), port (host:port), " +
      "command (its exit code), file (that it exists; max_age_s since its last change)",
    schema,
    flags: {
      readOnly: false,
      externalSideEffect: false,
      needsApproval: false,
      idempotent: false,
      highImpactWrite: false,
    },
    plan(args) {
      requireFields(args);
      switch (args.type) {
        case "http":
          return planHttp(deps, args);
        case "port":
          return planPort(deps, args);
        case "command":
          return planCommand(deps, args);
        case "file":
          return planFile(deps, args);
      }
    },
  };
}

function requireFields(args: Arguments): void {
  const { type, method, expected_body: body } = args;
  const known = ["type", "target", ...FIELDS[type]];
  const other = Object.keys(args).filter((name) => !known.includes(name));
  if (other.length > 0) {
    throw new AppError("tools.bad_probe", `A probe of type ${type} has no ${other.join(", ")}`, {
      hint: FIELDS[type].length === 0 ? undefined : `It takes ${FIELDS[type].join(", ")}`,
    });
  }
  if (method === "HEAD" && body !== undefined) {
    throw new AppError("tools.bad_probe", "An answer to HEAD has no body to look for a text in");
  }
}

function planHttp(deps: HealthProbeDeps, args: Arguments): ToolPlan {
  const { method = "GET", expected_status: status, expected_body: body } = args;
  const rules = { owners: deps.hosts };
  const { href, host } = checkUrl(args.target, rules);
  const bounds = { limitMs: limitMs(args), cutBytes: BODY_BYTES };
  const request = { url: href, method, headers: { "user-agent": deps.userAgent } };
  return {
    accesses: [netAccess(host, href, method)],
    title: `probe ${method} ${href}`,
    readOnly: true,
    execute: ({ signal, leadOn }) =>
      looked([`${method} ${host}`], deps.clock, async () => {
        const led = { ...request, leadOn: leadingOn(leadOn) };
        const walked = await deps.web.request(led, "response", rules, signal, bounds);
        const { answer, held } = walked;
        const isExpected = status === undefined
          ? answer.status >= 200 && answer.status < 300
          : answer.status === status;
        const isFound = body === undefined || (answer.response?.text ?? "").includes(body);
        const wanted = [
          held ? `its way to another host was not followed: ${held.why}` : "",
          isExpected ? "" : `expected ${status ?? "2xx"}`,
          isFound ? "" : `the expected text is not in its first ${BODY_BYTES / 1024} KB`,
        ].filter((word) => word !== "");
        const what = [`HTTP ${answer.status} from ${shownHost(walked.url.host, host)}`, ...wanted]
          .join(", ");
        return { isHealthy: isExpected && isFound, what };
      }),
  };
}

function planPort(deps: HealthProbeDeps, args: Arguments): ToolPlan {
  const port = /^[^/@?#\s]+:(\d{1,5})$/.exec(args.target)?.[1];
  if (port === undefined) {
    throw new AppError("tools.bad_probe", `"${args.target}" is no host and port`, {
      hint: "Such as example.com:443, or [2001:db8::1]:443",
    });
  }
  const rules = { owners: deps.hosts };
  const { href, host } = checkUrl(`${port === "80" ? "http" : "https"}://${args.target}/`, rules);
  return {
    accesses: [netAccess(host, `tcp://${args.target}`, "CONNECT")],
    title: `probe port ${args.target}`,
    readOnly: true,
    execute: ({ signal }) =>
      looked([`connect ${host}`], deps.clock, async () => {
        await deps.web.connect(href, rules, signal, limitMs(args));
        return { isHealthy: true, what: `${args.target} takes connections` };
      }),
  };
}

function planCommand(deps: HealthProbeDeps, args: Arguments): ToolPlan {
  const { commands } = deps;
  const line = readLine(args.target, commands);
  const expected = args.expected_exit_code ?? 0;
  return {
    accesses: line.accesses,
    title: `probe by run ${shorten(args.target)}`,
    readOnly: line.readOnly,
    cell: line.variant,
    async execute({ signal, leased }: ExecuteOptions) {
      const outcome = await runLine(line, commands, limitMs(args), {
        signal,
        leased,
        follow: false,
      });
      // Taken here, so that the next call is not told of them; what was printed goes to nobody.
      await commands.takeRefused();
      commands.background.noteReached(commands.takeReached());
      const { exitCode, endedBy, started, durationMs } = outcome;
      const isHealthy = endedBy === null && exitCode === expected;
      const end = endedBy === "timeout"
        ? "ended: time-out"
        : endedBy === "output"
        ? "ended: too much output"
        : `exit code ${exitCode}`;
      const what = isHealthy ? end : `${end}, expected ${expected}`;
      const effects = started.map((words) => `run ${words.join(" ")}`);
      return resultOf({ isHealthy, what, effects }, durationMs);
    },
  };
}

function planFile(deps: HealthProbeDeps, args: Arguments): ToolPlan {
  const { workspace } = deps.commands;
  const path = resolveToolPath(workspace, args.target);
  const shown = shownPath(workspace, path);
  return {
    accesses: [{ permission: "read", path }],
    title: `probe file ${shown}`,
    readOnly: true,
    execute: ({ signal, leased }) =>
      fileResult(async () => {
        const { fact } = await deps.hands.fileFacts({ path }, { signal, leased });
        if (fact === null) {
          return resultOf({ isHealthy: false, what: `${shown} does not exist`, effects: [] });
        }
        const age = fact.modifiedMs === null
          ? null
          : Math.max(0, Math.round((deps.clock.now() - fact.modifiedMs) / 1000));
        const isHealthy = args.max_age_s === undefined || (age !== null && age <= args.max_age_s);
        const facts = [
          `${shown} exists`,
          fact.kind === "file" ? `${fact.sizeBytes} bytes` : `a ${fact.kind}`,
          age === null ? "time of its last change unknown" : `changed ${age} s ago`,
          isHealthy ? "" : `expected at most ${args.max_age_s} s`,
        ].filter((word) => word !== "");
        return resultOf({ isHealthy, what: facts.join(", "), effects: [] });
      }),
  };
}

/** Failures by which a host shows that it is not healthy; others say that nobody looked. */
const UNHEALTHY = /^(?:web\.(?!not_granted$)|net\.(?:late|unresolved)$)/;

/** Looks at a host; its silence is a finding, a refusal of ward's is a failed call. */
function looked(
  effects: readonly string[],
  clock: Clock,
  look: () => Promise<Omit<Finding, "effects">>,
): Promise<ToolResult> {
  return webResult(async () => {
    const from = clock.monotonic();
    try {
      const found = await look();
      return resultOf({ ...found, effects }, clock.monotonic() - from);
    } catch (error) {
      if (!(error instanceof AppError) || !UNHEALTHY.test(error.code)) throw error;
      return resultOf({ isHealthy: false, what: error.message, effects });
    }
  });
}

function resultOf({ isHealthy, what, effects }: Finding, ms?: number): ToolResult {
  const time = ms === undefined ? "" : `, after ${Math.round(ms)} ms`;
  const summary = `${isHealthy ? "healthy" : "unhealthy"}: ${what}${time}`;
  // What is unhealthy is no failed call: it was looked at, and this is the answer.
  return { ok: true, content: summary, summary, effects };
}

function netAccess(host: string, url: string, method: string): Access {
  return { permission: "net", compartment: "web", host, url, method, sends: false };
}

function limitMs({ timeout_s = USUAL_TIMEOUT_S }: Arguments): number {
  return Math.round(timeout_s * 1000);
}

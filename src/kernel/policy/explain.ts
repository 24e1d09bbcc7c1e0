/** Answers "who may?": the same rules as `decide`, over every compartment of the table. */
import { AppError, UsageError } from "../../base/app_error.ts";
import type { Access, Decision, PermissionSet, SetKind } from "../../model/cells/permission.ts";
import type { ExplainReport } from "../../model/report.ts";
import { canonicalHost } from "../net/canonical_host.ts";
import { checkUrl } from "../net/check_url.ts";
import { cellHost, cellNetAccess } from "../net/cell_hosts.ts";
import { EXACT, LINE } from "../commands/rules.ts";
import { decide } from "./decide.ts";
import { forProfile, grantCommand } from "./grant_command.ts";
import { normalizePath, within } from "../../model/cells/paths.ts";
import type { PolicyState } from "./state.ts";

/** How a refusal begins that a grant would change. */
const ALLOW_BY = "To allow it: ";

/** A compartment as `explain` sees it. */
export interface ExplainedCompartment {
  readonly id: string;
  readonly kind: "kernel" | "thread" | "cell";
  readonly purpose: string;
  readonly permissions: PermissionSet;
}

/**
 * Explains one permission: an answer for each compartment that the kind concerns.
 *
 * @param kind read, write, run, net or env.
 * @param value Path (relative to the workspace), program with words, `line:` and a shell line, host,
 *   or variable name.
 * @param state As policy sees it now.
 * @param compartments The table's rows with today's sets.
 * @param variables Names of variables that programs get, and whether one is never passed on.
 * @param webHosts Hosts of private networks that the owner named (`web.hosts`).
 * @throws {UsageError} `permissions.empty`.
 */
export function explain(
  kind: SetKind,
  value: string,
  state: PolicyState,
  compartments: readonly ExplainedCompartment[],
  variables: { readonly passed: readonly string[]; isNeverPassed(name: string): boolean },
  webHosts: readonly string[] = [],
): ExplainReport {
  if (value.trim() === "") {
    throw new UsageError("permissions.empty", `Cannot explain "${kind}" of nothing`, {
      hint: `Give a value: ward permissions explain ${kind} <value>`,
    });
  }
  if (kind === "net") return explainNet(value, state, compartments, webHosts);
  if (kind === "env") {
    const passed = variables.passed.includes(value);
    const grant = forProfile(grantCommand("env", value), state.profile);
    return explainEnv(value, passed, variables.isNeverPassed(value), grant);
  }
  const isPath = kind === "read" || kind === "write";
  const asked = isPath ? normalizePath(value, state.workspace) : value;
  const access: Access = isPath
    ? { permission: kind as "read" | "write", path: asked }
    : value.startsWith(LINE)
    ? { permission: "shell", line: value.slice(LINE.length), why: "a whole line" }
    : { permission: "run", words: splitWords(value.replace(EXACT, "")) };
  const decision = decide(access, state);
  const hands = compartments.find((spec) => spec.id === "hands");
  return {
    permission: kind,
    value: asked,
    answers: [
      {
        compartment: "hands",
        answer: decision.type,
        rule: `${decision.rule} (${layersOf(decision, access, hands, state)})`,
        command: decision.type === "ask"
          // A program by its name alone is all of its calls, not the one without arguments.
          ? access.permission === "run" && access.words.length === 1 && !value.startsWith(EXACT)
            ? forProfile(grantCommand("run", value), state.profile)
            : decision.grant.command
          : decision.type === "deny" && decision.hint?.startsWith(ALLOW_BY)
          ? decision.hint.slice(ALLOW_BY.length)
          : null,
      },
      ...compartments.filter((spec) => isPath && spec.id !== "hands" && spec.id !== "kernel")
        .filter((spec) => spec.permissions[kind].some((root) => within(root, asked)))
        .map((spec) => ({
          compartment: spec.id,
          answer: "allow" as const,
          rule: `its own folder: ${spec.purpose}`,
          command: null,
        })),
    ],
  };
}

/** What holds besides policy. */
function layersOf(
  decision: Decision,
  access: Access,
  hands: ExplainedCompartment | undefined,
  state: PolicyState,
): string {
  const confined = hands?.kind === "cell";
  if (decision.type === "allow") {
    return confined ? "held by the cell's mounts, no network" : "REDUCED: no OS sandbox";
  }
  const isPath = access.permission === "read" || access.permission === "write";
  const listed = isPath
    ? hands?.permissions[access.permission].some((root) => within(root, access.path))
    // A line needs a shell, which no list has.
    : access.permission === "run" &&
      hands?.permissions.run.includes(state.findProgram(access.words[0] ?? "") ?? "");
  if (listed && !isPath) return "policy alone: the program may run, with other words";
  const os = listed ? "read-only or absent in the cell" : "not mounted in the cell";
  return [
    ...(listed ? [] : ["runtime: not on the worker's list"]),
    confined ? `os: ${os}` : "REDUCED: no OS sandbox",
  ].join("; ");
}

function explainNet(
  host: string,
  state: PolicyState,
  compartments: readonly ExplainedCompartment[],
  webHosts: readonly string[],
): ExplainReport {
  const wanted = host.toLowerCase().replace(/^[a-z]+:\/\//, "").split("/", 1)[0]!;
  const matches = (entry: string) =>
    entry === wanted || (!wanted.includes(":") && entry.replace(/:\d+$/, "") === wanted);
  return {
    permission: "net",
    value: wanted,
    answers: [
      { compartment: "hands", ...explainCellHost(host, state) },
      ...PAGES.filter((page) => compartments.some(({ id }) => id === page)).map((compartment) => ({
        compartment,
        ...explainPages(compartment, host, state, webHosts),
      })),
      ...compartments.filter((spec) => spec.id.startsWith("model:")).map((spec) => ({
        compartment: spec.id,
        answer: spec.permissions.net.some(matches) ? "allow" as const : "deny" as const,
        rule: `its list is ${spec.permissions.net.join(", ")}, nothing else`,
        command: null,
      })),
    ],
  };
}

/** Whether programs in a cell reach a host. */
function explainCellHost(
  text: string,
  state: PolicyState,
): Pick<ExplainReport["answers"][number], "answer" | "rule" | "command"> {
  if (state.sandbox === "none") {
    return state.commandsWithoutSandbox
      ? { answer: "allow", rule: "REDUCED: commands run unconfined, as you set", command: null }
      : { answer: "deny", rule: "REDUCED: no OS sandbox, and commands are off", command: null };
  }
  try {
    const host = cellHost(text);
    const decision = decide(cellNetAccess(host), state);
    return {
      answer: decision.type,
      rule: `${decision.rule} (os: own network namespace; ${
        decision.type === "allow" ? "runtime: the list of egress:hands" : "no socket leads there"
      })`,
      command: decision.type === "ask" ? decision.grant.command : null,
    };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { answer: "deny", rule: error.message, command: null };
  }
}

/** Compartments that read pages. */
const PAGES = ["web", "browser"] as const;

/** Whether pages of a host are read: by `web` unasked unless something speaks against it. */
function explainPages(
  compartment: typeof PAGES[number],
  text: string,
  state: PolicyState,
  webHosts: readonly string[],
): Pick<ExplainReport["answers"][number], "answer" | "rule" | "command"> {
  try {
    const host = canonicalHost(text) ?? text;
    // A browser's navigation may go to a private address that is asked about itself.
    const owners = compartment === "browser" ? [host] : webHosts;
    const { href } = checkUrl(/^https?:\/\//i.test(text) ? text : `https://${host}/`, { owners });
    const decision = decide({
      permission: "net",
      compartment,
      host,
      url: href,
      method: "GET",
      sends: false,
    }, state);
    const layer = compartment === "web"
      ? "runtime: the list of each request is the checked address alone"
      : "os: own network namespace, its proxy has the hosts of a navigation alone";
    return {
      answer: decision.type,
      rule: `${decision.rule} (GET; what sends something asks; ${layer})`,
      command: decision.type === "ask" ? decision.grant.command : null,
    };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { answer: "deny", rule: error.message, command: null };
  }
}

function explainEnv(
  name: string,
  allowed: boolean,
  never: boolean,
  grant: string,
): ExplainReport {
  return {
    permission: "env",
    value: name,
    answers: [{
      compartment: "hands",
      answer: allowed ? "allow" : never ? "deny" : "ask",
      rule: allowed
        ? "programs get it"
        : never
        ? "names like this hold secrets or make programs run other code; no program gets them"
        : "programs get a fixed list of variables and this is not on it",
      command: allowed || never ? null : grant,
    }],
  };
}

/** Words of a value given on the command line: split at spaces, quotes kept together. */
export function splitWords(value: string): string[] {
  return [...value.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map((m) => m[1] ?? m[2] ?? m[3] ?? "");
}

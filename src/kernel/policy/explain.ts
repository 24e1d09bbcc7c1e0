/** Answers "who may?": the same rules as `decide`, over every compartment of the table. */
import { UsageError } from "../../base/app_error.ts";
import type { Decision, PermissionKind, PermissionSet } from "../../model/permission.ts";
import { decide, grantCommand } from "./decide.ts";
import { normalizePath, within } from "./paths.ts";
import type { PolicyState } from "./state.ts";

/** A compartment as `explain` sees it. */
export interface ExplainedCompartment {
  readonly id: string;
  readonly kind: "main" | "thread" | "cell";
  readonly permissions: PermissionSet;
}

/** The answer. */
export interface Explanation {
  readonly kind: PermissionKind;
  readonly value: string;
  /** Compartments that may, each with its rule. */
  readonly may: readonly { readonly compartment: string; readonly rule: string }[];
  /** Whether the agent's tools may, now, without asking. */
  readonly allowed: boolean;
  /** Why, or why not. */
  readonly rule: string;
  /** What holds it: the layers that refuse, or that bound what is allowed. */
  readonly layers: readonly string[];
  /** The command that would change it; null when nothing does. */
  readonly grant: string | null;
}

/**
 * Explains one permission.
 *
 * @param kind read, write, run, net or env.
 * @param value Path (relative to the workspace), program with words, host, or variable name.
 * @param state As policy sees it now.
 * @param compartments The table's rows with today's sets.
 * @param childVariables Names of variables that programs get.
 */
export function explain(
  kind: PermissionKind,
  value: string,
  state: PolicyState,
  compartments: readonly ExplainedCompartment[],
  childVariables: readonly string[],
): Explanation {
  if (value.trim() === "") {
    throw new UsageError("permissions.empty", `Cannot explain "${kind}" of nothing`, {
      hint: `Give a value: ward permissions explain ${kind} <value>`,
    });
  }
  if (kind === "net") return explainNet(value, compartments);
  if (kind === "env") return explainEnv(value, childVariables);
  const isPath = kind === "read" || kind === "write";
  const asked = isPath ? normalizePath(value, state.workspace) : value;
  const access = isPath
    ? { permission: kind, path: asked }
    : value.startsWith("line:")
    ? { permission: "shell" as const, line: value.slice(5), why: "a whole line" }
    : { permission: "run" as const, words: splitWords(value) };
  const decision = decide(access, state);
  const others = isPath
    ? compartments.filter((spec) => spec.id !== "hands" && spec.id !== "kernel")
      .filter((spec) => spec.permissions[kind].some((root) => within(root, asked)))
      .map((spec) => ({ compartment: spec.id, rule: "its row in the table" }))
    : [];
  const hands = compartments.find((spec) => spec.id === "hands");
  const confined = hands?.kind === "cell";
  return {
    kind,
    value: asked,
    may: [
      ...(decision.type === "allow" ? [{ compartment: "hands", rule: decision.rule }] : []),
      ...others,
    ],
    allowed: decision.type === "allow",
    rule: decision.rule,
    layers: layersOf(decision, confined, isPath),
    grant: decision.type === "ask"
      ? decision.grant.command
      : decision.type === "deny"
      ? decision.hint?.startsWith("To allow it: ") ? decision.hint.slice(13) : null
      : null,
  };
}

function layersOf(decision: Decision, confined: boolean, isPath: boolean): string[] {
  const os = confined ? "os: not mounted in the cell" : "os: none (REDUCED)";
  if (decision.type === "allow") {
    return [confined ? "os: bounded by the cell's mounts, no network" : "os: none (REDUCED)"];
  }
  return [
    "policy: " + (decision.type === "ask" ? "asks first" : "refuses"),
    isPath ? "runtime: not on the worker's list" : "runtime: not on the worker's run list",
    os,
  ];
}

function explainNet(
  host: string,
  compartments: readonly ExplainedCompartment[],
): Explanation {
  const wanted = host.toLowerCase().replace(/^[a-z]+:\/\//, "").replace(/\/.*$/, "");
  const may = compartments.filter((spec) => spec.id !== "kernel").filter((spec) =>
    spec.permissions.net.some((entry) =>
      entry === wanted || (!wanted.includes(":") && entry.replace(/:\d+$/, "") === wanted)
    )
  ).map((spec) => ({ compartment: spec.id, rule: "the service it was set up for" }));
  return {
    kind: "net",
    value: wanted,
    may,
    allowed: false,
    rule: may.length > 0
      ? "only that service's own thread reaches it; the agent's tools have no network"
      : "no compartment has this host; the agent's tools have no network",
    layers: ["runtime: no thread but the listed has it", "os: the cell has no network"],
    grant: null,
  };
}

function explainEnv(name: string, childVariables: readonly string[]): Explanation {
  const allowed = childVariables.includes(name);
  return {
    kind: "env",
    value: name,
    may: allowed ? [{ compartment: "hands", rule: "on the list of variables for programs" }] : [],
    allowed,
    rule: allowed
      ? "programs get it"
      : "programs get a fixed list of variables, and this is not on it; keys stay in the kernel",
    layers: ["runtime: compartments have no environment", "os: the cell starts with an empty one"],
    grant: allowed || isSecretName(name) ? null : grantCommand("env", name),
  };
}

/** Names that no grant passes on (P5). */
export function isSecretName(name: string): boolean {
  return /(_API_KEY|_API_TOKEN|_SECRET|_TOKEN|_PASSWORD)$|^WARD_|^(LD|DYLD)_/i.test(name);
}

/** Words of a value given on the command line: split at spaces, quotes kept together. */
export function splitWords(value: string): string[] {
  return [...value.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map((m) => m[1] ?? m[2] ?? m[3] ?? "");
}

/** Answers "who may?": the same rules as `decide`, over every compartment of the table. */
import { UsageError } from "../../base/app_error.ts";
import type { Decision, PermissionKind, PermissionSet } from "../../model/permission.ts";
import type { ExplainReport } from "../../model/report.ts";
import { decide, grantCommand } from "./decide.ts";
import { normalizePath, within } from "../../model/paths.ts";
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
 * @param childVariables Names of variables that programs get.
 * @throws {UsageError} `permissions.empty`.
 */
export function explain(
  kind: PermissionKind,
  value: string,
  state: PolicyState,
  compartments: readonly ExplainedCompartment[],
  childVariables: readonly string[],
): ExplainReport {
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
  const confined = compartments.find((spec) => spec.id === "hands")?.kind === "cell";
  return {
    permission: kind,
    value: asked,
    answers: [
      {
        compartment: "hands",
        answer: decision.type,
        rule: `${decision.rule} (${layersOf(decision, confined)})`,
        command: decision.type === "ask"
          ? decision.grant.command
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
function layersOf(decision: Decision, confined: boolean): string {
  if (decision.type === "allow") {
    return confined ? "held by the cell's mounts, no network" : "REDUCED: no OS sandbox";
  }
  return confined
    ? "runtime: not on the worker's list; os: not mounted in the cell"
    : "runtime: not on the worker's list; REDUCED: no OS sandbox";
}

function explainNet(host: string, compartments: readonly ExplainedCompartment[]): ExplainReport {
  const wanted = host.toLowerCase().replace(/^[a-z]+:\/\//, "").replace(/\/.*$/, "");
  const matches = (entry: string) =>
    entry === wanted || (!wanted.includes(":") && entry.replace(/:\d+$/, "") === wanted);
  return {
    permission: "net",
    value: wanted,
    answers: [
      {
        compartment: "hands",
        answer: "deny",
        rule: "cells have no network (runtime: no host on the list; os: own network namespace)",
        command: null,
      },
      ...compartments.filter((spec) => spec.id.startsWith("model:")).map((spec) => ({
        compartment: spec.id,
        answer: spec.permissions.net.some(matches) ? "allow" as const : "deny" as const,
        rule: `its list is ${spec.permissions.net.join(", ")}, nothing else`,
        command: null,
      })),
    ],
  };
}

function explainEnv(name: string, childVariables: readonly string[]): ExplainReport {
  const allowed = childVariables.includes(name);
  const secret = isSecretName(name);
  return {
    permission: "env",
    value: name,
    answers: [{
      compartment: "hands",
      answer: allowed ? "allow" : secret ? "deny" : "ask",
      rule: allowed
        ? "programs get it"
        : secret
        ? "names like this hold secrets; no program and no compartment gets them"
        : "programs get a fixed list of variables and this is not on it",
      command: allowed || secret ? null : grantCommand("env", name),
    }],
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

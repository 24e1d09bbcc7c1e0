/** A turn with fake hands: tools, policy and people that a test sets up in a line. */
import * as z from "zod";
import { runTurn } from "../../src/kernel/agent/run_turn.ts";
import type { PolicyPort, UsedGrant } from "../../src/kernel/agent/policy_port.ts";
import type { TurnDeps, TurnResult } from "../../src/kernel/agent/turn.ts";
import type { Approver, ModelPort, Tool, TurnEvent } from "../../src/kernel/ports.ts";
import type {
  Access,
  Approval,
  ApprovalAnswer,
  Decision,
  GrantRequest,
} from "../../src/model/cells/permission.ts";
import type { Message } from "../../src/model/conversation/message.ts";
import type { OutsideRead } from "../../src/model/conversation/outside.ts";
import type { ToolResult } from "../../src/model/conversation/tool.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { MemoryStore } from "../fakes/memory_store.ts";
import { type ScriptedAnswer, ScriptedModel } from "../fakes/scripted_model.ts";

/** Flags of a harmless tool. */
export const FLAGS = {
  readOnly: true,
  externalSideEffect: false,
  needsApproval: false,
  idempotent: true,
  highImpactWrite: false,
};

/** What a fake tool does. */
export type Behaviour = (
  args: { path: string; n?: number | undefined },
  options: { signal: AbortSignal; decisions: readonly Decision[] },
) => Promise<ToolResult> | ToolResult;

/** A result that went well. */
export function fine(content: string, effects: string[] = []): ToolResult {
  return { ok: true, content, summary: content.slice(0, 40), effects };
}

/** A fake tool on one path; `read` ones run side by side, `write` ones alone. */
export function tool(name: string, kind: "read" | "write", behave: Behaviour): Tool {
  const made: Tool<{ path: string; n?: number | undefined }> = {
    name,
    description: `fake ${name}`,
    schema: z.object({ path: z.string(), n: z.number().optional() }),
    flags: { ...FLAGS, readOnly: kind === "read", idempotent: kind === "read" },
    plan: (args) => ({
      accesses: [{ permission: kind, path: args.path }],
      title: `${name} ${args.path}`,
      readOnly: kind === "read",
      execute: async (options) => await behave(args, options),
    }),
  };
  return made as Tool;
}

/** Policy by a function; grants by `mint` are kept in `minted`. */
export class FakePolicy implements PolicyPort {
  readonly minted: { value: string; answer: string }[] = [];
  readonly used: string[] = [];
  readonly dropped: string[] = [];
  spent = false;
  readonly #rule: (access: Access) => "allow" | "ask" | "deny";

  constructor(rule: (access: Access) => "allow" | "ask" | "deny" = () => "allow") {
    this.#rule = rule;
  }

  readonly read: OutsideRead[] = [];

  tainted(read: OutsideRead): void {
    this.read.push(read);
  }

  decide(access: Access): Promise<Decision> {
    const value = "path" in access ? access.path : "line" in access ? access.line : "";
    const known = this.minted.some((grant) => grant.value === value);
    if (known) return Promise.resolve({ type: "allow", rule: "grant", grantId: value });
    const type = this.#rule(access);
    if (type === "allow") return Promise.resolve({ type, rule: "open" });
    if (type === "deny") return Promise.resolve({ type, rule: "never", hint: "Not from here" });
    return Promise.resolve({
      type,
      rule: "not granted",
      grant: {
        compartment: "hands",
        permission: "write",
        value,
        risk: "medium",
        touches: "something",
        command: `ward permissions grant write ${value} --once`,
        onceOnly: access.permission === "shell",
      },
    });
  }

  mint(_request: GrantRequest, { value, scope }: Approval): Promise<Decision> {
    this.minted.push({ value, answer: typeof scope === "string" ? scope : "lease" });
    return Promise.resolve({ type: "allow", rule: "grant", grantId: value });
  }

  drop(grantId: string): Promise<void> {
    this.dropped.push(grantId);
    return Promise.resolve();
  }

  use(grantId: string): Promise<UsedGrant | null> {
    this.used.push(grantId);
    return Promise.resolve(this.spent ? null : { leased: null });
  }
}

/** Somebody who gives these answers in turn. */
export function answering(
  ...answers: ("once" | "session" | "always" | "deny" | ApprovalAnswer)[]
): Approver & { asked: string[] } {
  const asked: string[] = [];
  return {
    available: true,
    asked,
    ask(request) {
      asked.push(request.title);
      const given = answers[asked.length - 1] ?? "deny";
      if (typeof given === "object") return Promise.resolve(given);
      if (given === "deny") return Promise.resolve({ type: "deny" });
      return Promise.resolve({ type: "allow", scope: given, value: request.grant.value });
    },
  };
}

/** Nobody is there. */
export const NOBODY: Approver = {
  available: false,
  ask: () => Promise.reject(new Error("asked with nobody there")),
};

/** All that a test looks at. */
export interface Kit {
  store: MemoryStore;
  clock: FakeClock;
  sessionId: string;
  events: TurnEvent[];
  saved: Map<string, string>;
  stop: AbortController;
  deps: TurnDeps;
  run(text?: string): Promise<TurnResult>;
  messages(): Promise<readonly Message[]>;
  /** Results as `id: content`. */
  results(): Promise<string[]>;
}

/** Puts a turn together; what is not given is harmless. */
export async function kit(
  answers: readonly ScriptedAnswer[] | ModelPort,
  given: Partial<Omit<TurnDeps, "limits">> & { limits?: Partial<TurnDeps["limits"]> } = {},
): Promise<Kit> {
  const store = given.store instanceof MemoryStore ? given.store : new MemoryStore();
  const clock = given.clock instanceof FakeClock ? given.clock : new FakeClock();
  const events: TurnEvent[] = [];
  const saved = new Map<string, string>();
  const stop = new AbortController();
  const session = await store.createSession({ workspace: "/w", title: "t" });
  const deps: TurnDeps = {
    random: { id: () => "m1" },
    model: "stream" in answers ? answers : new ScriptedModel(answers),
    modelId: "scripted",
    tools: [],
    policy: new FakePolicy(),
    approver: NOBODY,
    mode: () => "default",
    workspace: "/w",
    layer: "BWRAP",
    saveOutput: (text, name) => {
      saved.set(name, text);
      return Promise.resolve(`/out/${name}`);
    },
    onEvent: (event) => events.push(event),
    system: "system",
    ...given,
    store,
    clock,
    limits: {
      iterations: 20,
      turnMs: 600_000,
      stall: { sameCalls: 3, alternations: 3, failedRounds: 6, refusedRounds: 12 },
      maxOutputTokens: 1000,
      ...given.limits,
    },
  };
  const messages = async () => (await store.loadSession(session.id))?.messages ?? [];
  return {
    store,
    clock,
    sessionId: session.id,
    events,
    saved,
    stop,
    deps,
    run: (text = "hello") => runTurn(deps, { sessionId: session.id, text, signal: stop.signal }),
    messages,
    results: async () =>
      (await messages()).flatMap((m) => m.role === "tool" ? [`${m.callId}: ${m.content}`] : []),
  };
}

/** Ids of stored calls that have no result. */
export function dangling(messages: readonly Message[]): string[] {
  const answered = new Set(messages.flatMap((m) => m.role === "tool" ? [m.callId] : []));
  return messages.flatMap((m) => m.role === "assistant" ? m.toolCalls.map(({ id }) => id) : [])
    .filter((id) => !answered.has(id));
}

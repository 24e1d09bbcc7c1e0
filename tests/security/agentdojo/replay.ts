/** Replays a user task with a model that obeys whoever gives orders in what it reads. */
import * as z from "zod";
import type { Approver, ModelPort, Tool } from "../../../src/kernel/ports.ts";
import type { ApprovalAnswer } from "../../../src/model/cells/permission.ts";
import { Outside } from "../../../src/model/conversation/outside.ts";
import { canonicalArguments } from "../../../src/kernel/agent/stall_detector.ts";
import { calls, says } from "../../fakes/scripted_model.ts";
import { FLAGS } from "../../agent/turn_kit.ts";
import type { Bench } from "../kit/real_session.ts";
import { accessesOf, acts } from "./accesses.ts";
import {
  type DojoCall,
  INJECTION,
  type InjectionTask,
  type Suite,
  type UserTask,
} from "./suites.ts";

/** How the user answers questions about what their own task needs; everything else is a no. */
export type User = "careful" | "lazy" | "absent";

/** What came of one pair. */
export interface Replayed {
  /** Calls of the task that ran, of all it has. */
  readonly done: number;
  readonly needed: number;
  /** Calls of the attacker that act, and that the task does not need itself. */
  readonly attacks: number;
  /** Those of them that ran. */
  readonly through: readonly string[];
  /** Whether the attacker's text was read at all. */
  readonly wasRead: boolean;
  readonly questions: number;
  readonly outcome: string;
}

/** One call as it is compared and shown. */
function titleOf({ tool, args }: Pick<DojoCall, "tool" | "args">): string {
  return `${tool} ${canonicalArguments(JSON.stringify(args))}`;
}

/**
 * Replays a pair; without an attacker the same task in peace.
 *
 * @param wording The attacker's text, with `{goal}` in it.
 */
export async function replay(bench: Bench, suite: Suite, options: {
  readonly task: UserTask;
  readonly attacker: InjectionTask | null;
  readonly wording: string;
  readonly user: User;
  readonly policy: "real" | "open";
}): Promise<Replayed> {
  const { task, attacker, wording, user } = options;
  const ran: string[] = [];
  const text = attacker === null ? "" : wording
    .replaceAll("{user}", "Emma Johnson").replaceAll("{model}", "ward")
    .replaceAll("{goal}", attacker.goal);
  const own = new Set(task.calls.map(titleOf));
  const tools = suite.tools.map((name) => tool(name, task.calls, text, ran));
  const model = new ObeyingModel(task.calls, attacker);
  let questions = 0;
  const approver: Approver = {
    available: user !== "absent",
    ask({ title, grant }): Promise<ApprovalAnswer> {
      questions++;
      if (!own.has(title)) return Promise.resolve({ type: "deny" });
      // For reading an account again and again nobody wants a question each time.
      const isReading = !/^(?:POST|PUT|DELETE) /.test(grant.value);
      const scope = user === "lazy" || isReading ? "session" : "once";
      return Promise.resolve({ type: "allow", scope, value: grant.value });
    },
  };
  const { result } = await bench.run({
    prompt: task.prompt,
    model,
    tools,
    approver,
    policy: options.policy,
  });
  const attacks = (attacker?.calls ?? []).filter((call) =>
    acts(call.tool) && !own.has(titleOf(call))
  );
  const left = [...ran];
  return {
    needed: task.calls.length,
    done: task.calls.filter((call) => take(left, titleOf(call))).length,
    attacks: model.hasObeyed ? attacks.length : 0,
    through: attacks.map(titleOf).filter((title) => ran.includes(title)),
    wasRead: model.hasObeyed,
    questions,
    outcome: result.outcome,
  };
}

function take(from: string[], one: string): boolean {
  const at = from.indexOf(one);
  if (at >= 0) from.splice(at, 1);
  return at >= 0;
}

/** A tool of the suite: what it touches by the table, what it gives by the ground truth. */
function tool(name: string, truth: readonly DojoCall[], text: string, ran: string[]): Tool {
  const made: Tool<Record<string, unknown>> = {
    name,
    description: name,
    schema: z.record(z.string(), z.unknown()),
    flags: { ...FLAGS, readOnly: !acts(name) },
    plan(args) {
      const title = titleOf({ tool: name, args });
      return {
        accesses: accessesOf(name, args),
        title,
        readOnly: !acts(name),
        execute() {
          ran.push(title);
          const known = truth.find((call) => titleOf(call) === title);
          const result = (known?.result ?? "done").replaceAll(INJECTION, text);
          return Promise.resolve({
            ok: true,
            content: "",
            outside: [Outside.of(`${name}`, result)],
            summary: "done",
            effects: [],
          });
        },
      };
    },
  };
  return made as Tool;
}

/** Does what the user asked, and at once whatever an attacker's text asks that it reads. */
class ObeyingModel implements ModelPort {
  hasObeyed = false;
  readonly #todo: DojoCall[];
  readonly #attacker: InjectionTask | null;
  #ids = 0;

  constructor(task: readonly DojoCall[], attacker: InjectionTask | null) {
    this.#todo = [...task];
    this.#attacker = attacker;
  }

  async *stream({ messages }: Parameters<ModelPort["stream"]>[0]): ReturnType<ModelPort["stream"]> {
    const goal = this.#attacker?.goal;
    const last = messages.at(-1);
    if (
      !this.hasObeyed && goal !== undefined && last?.role === "tool" && last.content.includes(goal)
    ) {
      this.hasObeyed = true;
      this.#todo.unshift(...this.#attacker!.calls);
    }
    const next = this.#todo.shift();
    yield* await Promise.resolve(
      next ? calls([`c${++this.#ids}`, next.tool, next.args]) : says("Done."),
    );
  }
}

/** The suites of AgentDojo as `export.py` wrote them. */
import * as z from "zod";

const call = z.object({
  tool: z.string(),
  args: z.record(z.string(), z.unknown()),
  result: z.string().default("done"),
});

const line = z.union([
  z.object({ from: z.string(), licence: z.string(), templates: z.record(z.string(), z.string()) }),
  z.object({ suite: z.string(), tools: z.array(z.string()) }),
  z.object({ suite: z.string(), user: z.string(), prompt: z.string(), calls: z.array(call) }),
  z.object({ suite: z.string(), injection: z.string(), goal: z.string(), calls: z.array(call) }),
]);

/** A call of the ground truth, and what it gave. */
export type DojoCall = z.infer<typeof call>;
/** What a user wants done. */
export interface UserTask {
  readonly id: string;
  readonly prompt: string;
  readonly calls: readonly DojoCall[];
}
/** What an attacker wants done. */
export interface InjectionTask {
  readonly id: string;
  readonly goal: string;
  readonly calls: readonly DojoCall[];
}
/** One suite. */
export interface Suite {
  readonly name: string;
  readonly tools: readonly string[];
  readonly users: readonly UserTask[];
  readonly injections: readonly InjectionTask[];
}

/** Where an attacker's text stands in a result. */
export const INJECTION = "INJECTION";

/** Where the suites are from, the wording of attacks, and the suites. */
export function loadSuites(): {
  from: string;
  templates: Readonly<Record<string, string>>;
  suites: readonly Suite[];
} {
  const text = Deno.readTextFileSync(new URL("suites.jsonl", import.meta.url));
  const lines = text.trimEnd().split("\n").map((one) => line.parse(JSON.parse(one)));
  const head = lines.find((one) => "from" in one)!;
  return {
    ...head,
    suites: lines.flatMap((one) => {
      if (!("tools" in one)) return [];
      const of = lines.filter((other) => "suite" in other && other.suite === one.suite);
      return [{
        name: one.suite,
        tools: one.tools,
        users: of.flatMap((task) => "user" in task ? [{ ...task, id: task.user }] : []),
        injections: of.flatMap((task) =>
          "injection" in task ? [{ ...task, id: task.injection }] : []
        ),
      }];
    }),
  };
}

import type { CommandPlan } from "../../model/cells/command.ts";
import { wordText } from "../../model/cells/command.ts";

/** Every program call of a plan: words as written, program first. */
export function planPrograms(plan: CommandPlan): string[][] {
  switch (plan.type) {
    case "sequence":
      return plan.items.flatMap(planPrograms);
    case "and":
    case "or":
      return [...planPrograms(plan.left), ...planPrograms(plan.right)];
    case "pipeline":
      return plan.stages.flatMap((stage) => {
        if (stage.type === "group") return planPrograms(stage.body);
        return stage.type === "program" ? [[stage.program, ...stage.args.map(wordText)]] : [];
      });
  }
}

import { type ModelFacts, modelWords } from "../../../kernel/models/describe_model.ts";
import { type Output, paint } from "../output.ts";
import { revealHidden } from "../sanitize_terminal.ts";

/** `ward models`. */
export interface ModelsReport {
  readonly providers: readonly {
    readonly name: string;
    readonly host: string;
    /** When the service gave its list; null: it never did. */
    readonly listedAt: string | null;
    /** Why it was not asked with success now; null: nothing went wrong. */
    readonly problem: string | null;
    readonly models: readonly ModelFacts[];
  }[];
}

/** `ward models` for people. */
export function formatModels({ providers }: ModelsReport, output: Output): string {
  if (providers.length === 0) {
    return "No provider is set up; run `ward onboard`\n";
  }
  return providers.map(({ name, host, listedAt, problem, models }) => {
    const when = listedAt === null ? "" : `, listed ${listedAt.slice(0, 16).replace("T", " ")} UTC`;
    const width = Math.min(48, Math.max(...models.map(({ ref }) => ref.length), 0));
    return [
      paint(output, "bold", `${name}`) + paint(output, "dim", ` at ${host}${when}`),
      ...problem === null ? [] : [`! Not asked now: ${revealHidden(problem)}`],
      ...models.map((model) =>
        `  ${revealHidden(model.ref).padEnd(width)}  ${paint(output, "dim", modelWords(model))}`
      ),
    ].map((line) => line + "\n").join("");
  }).join("\n");
}

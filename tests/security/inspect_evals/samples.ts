/** The samples of inspect-evals as `export.py` wrote them. */
import * as z from "zod";

const call = z.object({
  tool: z.string(),
  args: z.record(z.string(), z.unknown()),
  result: z.string(),
});

const threat = z.object({
  id: z.string(),
  prompt: z.string(),
  own: z.array(call),
  /** A piece of the attacker's text; null in a harmless sample. */
  goal: z.string().nullable(),
  attack: z.array(call),
});

const coding = z.object({
  id: z.string(),
  task: z.string(),
  /** File that has to be changed. */
  source: z.string(),
  /** File that the text is in, or `issue`. */
  where: z.string(),
  text: z.string(),
  /** Command lines that the text asks for; none in a harmless sample. */
  commands: z.array(z.string()),
});

/** A sample of agent_threat_bench. */
export type Threat = z.infer<typeof threat>;
/** A sample of ipi_coding_agent. */
export type Coding = z.infer<typeof coding>;

/** All samples. */
export function loadSamples(): { threats: Threat[]; codings: Coding[] } {
  const lines = Deno.readTextFileSync(new URL("samples.jsonl", import.meta.url)).trimEnd()
    .split("\n").slice(1).map((line): unknown => JSON.parse(line));
  const read = <T>(schema: z.ZodType<T>) =>
    lines.flatMap((line) => {
      const { success, data } = schema.safeParse(line);
      return success ? [data] : [];
    });
  return { threats: read(threat), codings: read(coding) };
}

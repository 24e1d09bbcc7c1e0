/** A new user: from an empty home by `ward onboard` with flags to the first answer. */
import { makeScratch, runWard } from "../tests/e2e/kit/ward_process.ts";
import { startMock } from "./conversations.ts";
import { judged, type Line } from "./lines.ts";
import { median } from "./measure_process.ts";

/**
 * Measures one form; each run has a home of its own, with database and key to be made.
 *
 * @param name Of the form.
 * @param form Program and leading arguments.
 */
export async function measureOnboarding(
  name: string,
  form: readonly string[],
  runs: number,
): Promise<Line> {
  await using mock = await startMock();
  const flags = ["--provider", "lab", "--api-base", `${mock.url}/v1`, "--model", "answer"];
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    using scratch = makeScratch();
    const started = performance.now();
    const { code, stdout, stderr } = await runWard(
      ["onboard", ...flags, "--key-stdin", "-w", scratch.workspace, "--yes"],
      { env: scratch.env, cwd: scratch.workspace, stdin: "test-key\n", form },
    );
    times.push(performance.now() - started);
    if (code !== 0 || stdout !== "done\n") throw new Error(`onboard failed: ${stdout}${stderr}`);
  }
  const best = `best ${Math.min(...times).toFixed(0)} ms; one process, an empty home`;
  return judged(`${name}: a new user's first answer`, median(times), "ms", {}, best);
}

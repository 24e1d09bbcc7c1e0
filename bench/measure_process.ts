/** Runs programs to their end and says how long they took and how much memory they held. */

/** A program with its leading arguments and its whole environment. */
export interface Program {
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Median and best of several runs. */
export interface Timing {
  readonly medianMs: number;
  readonly bestMs: number;
}

/**
 * Times programs in turns, so that whatever slows the machine down meets each of them.
 *
 * @param runs Runs of each program; one more goes before, uncounted.
 * @returns One timing per program.
 * @throws {Error} When a program fails; a failed run has no time.
 */
export async function timeInTurns(programs: readonly Program[], runs: number): Promise<Timing[]> {
  const times = programs.map((): number[] => []);
  for (let run = -1; run < runs; run++) {
    for (const [index, program] of programs.entries()) {
      const started = performance.now();
      await runToEnd(program);
      if (run >= 0) times[index]?.push(performance.now() - started);
    }
  }
  return times.map((values) => ({ medianMs: median(values), bestMs: Math.min(...values) }));
}

/**
 * Peak resident memory of the program's own process, children apart, as the system counted it
 * (VmHWM of proc(5)): the median of some runs, in bytes. Linux only.
 */
export async function peakMemory(program: Program, runs: number): Promise<number> {
  const peaks: number[] = [];
  for (let run = 0; run < runs; run++) {
    let peak = 0;
    await runToEnd(program, (pid) => peak = Math.max(peak, highWaterMark(pid)));
    peaks.push(peak);
  }
  return median(peaks);
}

/** The middle of some numbers. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
}

/** @param watch Called about every millisecond while it runs. */
async function runToEnd(program: Program, watch?: (pid: number) => void): Promise<void> {
  const [command = "", ...leading] = program.command;
  const child = new Deno.Command(command, {
    args: [...leading, ...program.args],
    clearEnv: true,
    env: { ...program.env },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const watching = watch && setInterval(() => watch(child.pid), 1);
  const { code } = await child.status;
  clearInterval(watching);
  if (code !== 0) throw new Error(`${[command, ...program.args].join(" ")} ended with ${code}`);
}

function highWaterMark(pid: number): number {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0; // It has ended; the mark only grows, so what was seen before stands.
  }
}

import { makeScratch } from "../tests/e2e/kit/ward_process.ts";
import { judged, type Line } from "./lines.ts";
import { peakMemory, type Program, timeInTurns } from "./measure_process.ts";

/**
 * `ward version` beside the bare program: time, memory and size.
 *
 * @param binary Path of the standalone ward.
 * @param hello Path of the bare program.
 */
export async function measureStart(binary: string, hello: string, runs: number): Promise<Line[]> {
  using scratch = makeScratch();
  const env = { HOME: scratch.env["HOME"] ?? "/" };
  const ward: Program = { command: [binary], args: ["version"], env };
  const bare: Program = { command: [hello], args: [], env };
  const [wardTime, bareTime] = await timeInTurns([ward, bare], 2 * runs);
  const memoryRuns = Math.max(5, runs >> 1);
  const [wardBytes, bareBytes] = [
    await peakMemory(ward, memoryRuns),
    await peakMemory(bare, memoryRuns),
  ];
  const [wardSize, bareSize] = [(await Deno.stat(binary)).size, (await Deno.stat(hello)).size];
  const ms = (timing = wardTime) => `${timing?.medianMs.toFixed(1)} ms`;
  const mb = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  return [
    judged(
      "version, time against a bare program",
      (wardTime?.medianMs ?? NaN) / (bareTime?.medianMs ?? NaN),
      "×",
      { goal: 1.2 },
      `${ms(wardTime)} against ${ms(bareTime)}`,
    ),
    judged(
      "version, memory against a bare program",
      wardBytes / bareBytes,
      "×",
      { goal: 1.25 },
      `${mb(wardBytes)} against ${mb(bareBytes)}`,
    ),
    judged(
      "size against a bare program",
      wardSize / bareSize,
      "×",
      { goal: 1.1 },
      `${mb(wardSize)} against ${mb(bareSize)}`,
    ),
  ];
}

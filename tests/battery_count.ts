/**
 * What a battery of attacks held, on one line: as a step of its test, because the runner shows no
 * output of a quiet run, and, where `BATTERY_TALLY` names a file, in the last lines of the test
 * command, which sums up the parts of a battery that are in several files.
 */
import assert from "node:assert/strict";

/** A battery, or a part of one. */
export interface BatteryCount {
  /** `path escapes`. */
  readonly battery: string;
  /** What happened to those that got nowhere: `refused`. */
  readonly verb: string;
  readonly held: number;
  readonly tried: number;
}

/** `path escapes: refused 12 of 12`. */
export function batteryLine({ battery, verb, held, tried }: BatteryCount): string {
  return `${battery}: ${verb} ${held} of ${tried}`;
}

/**
 * The step with the line; it fails where not all held.
 *
 * @param more Behind the counts.
 */
export async function countBattery(
  t: Deno.TestContext,
  count: BatteryCount,
  more = "",
): Promise<void> {
  tallyBattery(count);
  await t.step(batteryLine(count) + more, () => {
    assert.ok(count.tried > 0);
    assert.equal(count.held, count.tried);
  });
}

/** The line of the test command alone. */
export function tallyBattery(count: BatteryCount): void {
  const path = Deno.env.get("BATTERY_TALLY");
  if (path) Deno.writeTextFileSync(path, JSON.stringify(count) + "\n", { append: true });
}

/** One line for each battery, in order of names. */
export function sumBatteries(counts: readonly BatteryCount[]): string[] {
  const sums = new Map<string, BatteryCount>();
  for (const one of counts) {
    const sum = sums.get(one.battery) ?? { ...one, held: 0, tried: 0 };
    sums.set(one.battery, { ...sum, held: sum.held + one.held, tried: sum.tried + one.tried });
  }
  return [...sums.values()].map(batteryLine).sort();
}

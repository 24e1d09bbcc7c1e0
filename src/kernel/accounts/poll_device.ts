/**
 * Waits until the user has typed a device code. Source: RFC 8628 §3.5.
 */
import { AppError } from "../../base/app_error.ts";
import type { DeviceCode, DevicePoll } from "../../model/services/account.ts";
import type { Clock } from "../ports.ts";

/** Longer waits after `slow_down`, by RFC 8628 §3.5. */
const SLOWER_BY_MS = 5_000;

/** Whatever a service says, nobody waits longer for one code. */
const LONGEST_MS = 15 * 60_000;

/** Failures of a poll after which another one may succeed. */
const PASSING = ["account.unreachable", "account.unavailable"];

/**
 * Polls until the code is granted, refused, or over.
 *
 * @param poll Asks the service once.
 * @param options `title`, `mend`: for messages.
 * @throws {AppError} `account.denied`, `account.expired`; what a poll throws that cannot pass.
 */
export async function pollDevice<T>(
  device: Pick<DeviceCode, "intervalMs" | "expiresInMs">,
  poll: () => Promise<DevicePoll<T>>,
  { clock, signal, title, mend }: {
    clock: Clock;
    signal: AbortSignal;
    title: string;
    mend: string;
  },
): Promise<T> {
  const endsAt = clock.monotonic() + Math.min(device.expiresInMs, LONGEST_MS);
  let waitMs = device.intervalMs;
  const expired = () =>
    new AppError("account.expired", `Cannot log in to ${title}: the code was not used in time`, {
      hint: `Get a new one: ${mend}`,
    });
  for (;;) {
    if (clock.monotonic() + waitMs > endsAt) throw expired();
    await clock.delay(waitMs, signal);
    const found = await poll().catch((error): DevicePoll<T> => {
      if (error instanceof AppError && PASSING.includes(error.code)) return { state: "slow_down" };
      throw error;
    });
    switch (found.state) {
      case "granted":
        return found.granted;
      case "slow_down":
        waitMs += SLOWER_BY_MS;
        break;
      case "denied":
        throw new AppError("account.denied", `Cannot log in to ${title}: it was refused there`, {
          hint: `To try again: ${mend}`,
        });
      case "expired":
        throw expired();
    }
  }
}

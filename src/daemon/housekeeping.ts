/** Keeps the daemon from growing: what is done and old is deleted, what is not used is closed. */
import type { DaemonService } from "./service.ts";
import type { Mailbox } from "../kernel/mail_ports.ts";
import type { Clock, Log } from "../kernel/ports.ts";

/** Between two looks at what is not used. */
const LOOK_MS = 60_000;
/** Between two sweeps. */
const SWEEP_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Rows that are done keep a second delivery out for so long. Telegram delivers for a day. */
export const DONE_MS: number = 3 * DAY_MS;
/** What could not be sent for so long is given up. */
export const UNSENT_MS: number = 7 * DAY_MS;

/** Builds the service. */
export function createHousekeeping(parts: {
  readonly mailbox: Pick<Mailbox, "sweepMail">;
  readonly clock: Clock;
  readonly log: Log;
  /** Closes conversations that nobody used for a while. */
  closeIdle(): Promise<void>;
  /** Removes files of chats that were kept long enough. */
  pruneFiles(): Promise<void>;
}): DaemonService {
  const { mailbox, clock, log } = parts;
  return {
    name: "housekeeping",
    async run(signal) {
      let sweptAt = -Infinity;
      while (!signal.aborted) {
        if (clock.monotonic() - sweptAt >= SWEEP_MS) {
          const nowMs = clock.now();
          await mailbox.sweepMail({ doneMs: nowMs - DONE_MS, unsentMs: nowMs - UNSENT_MS });
          await parts.pruneFiles();
          sweptAt = clock.monotonic();
          log.write("debug", "mail_swept");
        }
        await parts.closeIdle();
        await clock.delay(LOOK_MS, signal).catch(() => {});
      }
    },
  };
}

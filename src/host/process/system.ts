/** The real clock, randomness and delays of the kernel's process. */
import type { Clock, Random } from "../../kernel/ports.ts";

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  delay(ms, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stop = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", stop);
        resolve();
      }, ms);
      signal?.addEventListener("abort", stop, { once: true });
    });
  },
};

const DIGITS = "0123456789abcdefghijkmnpqrstuvwxyz";

/** Cryptographic randomness; ids are time in base 34 and eight random digits. */
export const systemRandom: Random = {
  id() {
    let time = "";
    for (let rest = Date.now(); rest > 0; rest = Math.floor(rest / 34)) {
      time = DIGITS[rest % 34] + time;
    }
    const bytes = crypto.getRandomValues(new Uint8Array(8));
    return time + [...bytes].map((byte) => DIGITS[byte % 34]).join("");
  },
  fraction: () => crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32,
};

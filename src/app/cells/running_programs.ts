/** What runs in the cells of one process, whatever session started it. */
import type { HandsWire } from "../../compartments/hands/client.ts";

/** Methods of `hands` that start programs. */
const STARTS = new Set(["runPlan", "runLine"]);

/** Counts programs that may change files under way. */
export class RunningPrograms {
  #count = 0;

  /** Whether any runs now. */
  get any(): boolean {
    return this.#count > 0;
  }

  /** One begins. @returns Says that it ended; further calls change nothing. */
  begin(): () => void {
    this.#count++;
    let isOver = false;
    return () => {
      if (!isOver) this.#count--;
      isOver = true;
    };
  }

  /** The same calls, counted while they last. */
  counted(call: HandsWire): HandsWire {
    return async (method, params, options) => {
      if (!STARTS.has(method)) return await call(method, params, options);
      const end = this.begin();
      try {
        return await call(method, params, options);
      } finally {
        end();
      }
    };
  }
}

/** The counts of one area of the battery; its last test prints them and is the gate. */
import assert from "node:assert/strict";
import { countBattery } from "../../battery_count.ts";
import { BY_UNSHARE } from "./sandbox_of_run.ts";

/** Counts attacks and harmless uses. */
export class Area {
  readonly #name: string;
  readonly #battery: string;
  #attempted = 0;
  #effective = 0;
  #throughs: string[] = [];
  #benign = 0;
  #refused: string[] = [];

  /**
   * @param name As it is printed.
   * @param battery That it is a part of: its name in the last lines of the test command.
   */
  constructor(name: string, battery: string) {
    this.#name = name;
    this.#battery = battery;
  }

  /**
   * An attack was tried.
   *
   * @param gotThrough Whether it reached what it must not.
   */
  attack(what: string, gotThrough: boolean, times = 1): void {
    this.#attempted += times;
    if (gotThrough) this.#throughs.push(what);
  }

  /** The same attack worked where the layer was removed: it is a real one. */
  effective(times = 1): void {
    this.#effective += times;
  }

  /** A harmless use was tried. */
  benign(what: string, worked: boolean): void {
    this.#benign++;
    if (!worked) this.#refused.push(what);
  }

  /** Registers the last test of the file: the line with the counts, and the gate. */
  gate(): void {
    Deno.test(`gate: ${this.#name}`, async (t) => {
      const user = Deno.uid() === 0 ? "root" : "unprivileged";
      const by = BY_UNSHARE ? " by unshare" : "";
      // The name of a step, because the runner shows no output of a quiet run.
      const line = `${this.#name}${by} (${user}) effective ${this.#effective} / attempted ` +
        `${this.#attempted} / got through ${this.#throughs.length} / benign refused ` +
        `${this.#refused.length} of ${this.#benign}`;
      // Once more by another sandbox it is the same battery.
      if (this.#attempted > 0 && !BY_UNSHARE) {
        const held = this.#attempted - this.#throughs.length;
        await countBattery(t, {
          battery: this.#battery,
          verb: "refused",
          held,
          tried: this.#attempted,
        });
      }
      await t.step(line, () => {
        assert.deepEqual(this.#throughs, []);
        assert(
          this.#refused.length <= this.#benign * 0.02,
          `refused: ${this.#refused.slice(0, 10).join("; ")}`,
        );
      });
    });
  }
}

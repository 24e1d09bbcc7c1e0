/** A world for walks in which nothing is dialled: what would be is written down. */
import type { Hop, HopAnswer, Resolve, WalkPorts } from "../../src/kernel/net/walk.ts";
import { FakeClock } from "../fakes/fake_clock.ts";

/** Address of everything public here. */
export const PUBLIC = "93.184.216.34";

/** A world, and what happened in it. */
export interface World {
  readonly ports: WalkPorts<HopAnswer>;
  readonly dialled: Hop[];
  readonly resolved: string[];
}

/**
 * Makes one.
 *
 * @param answer By the address as it is asked for. @default an empty page
 */
export function world(
  resolve: (name: string) => readonly string[],
  answer: (href: string, hop: Hop) => HopAnswer = () => ({ status: 200, location: null }),
): World {
  const dialled: Hop[] = [];
  const resolved: string[] = [];
  const resolver: Resolve = (name) => {
    resolved.push(name);
    return Promise.resolve(resolve(name));
  };
  return {
    dialled,
    resolved,
    ports: {
      resolve: resolver,
      exchange(hop) {
        dialled.push(hop);
        return Promise.resolve(answer(hop.url.href, hop));
      },
      clock: new FakeClock(),
    },
  };
}

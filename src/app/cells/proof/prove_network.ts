import type { Ward } from "../../ward.ts";
import type { ProveLine } from "../../../model/report.ts";
import { ask, probeLine } from "./probe_lines.ts";

/** What a cell that was granted one host reaches besides it; nothing where no cell reaches a host. */
export async function networkLines(ward: Ward, scratch: string): Promise<ProveLine[]> {
  // Granted, and nobody listens there: what is tried is all the rest.
  const hands = ward.handsIn(scratch, ["127.0.0.1:1"]);
  if (ward.hands.knownSandbox()?.kind === "none") return [];
  try {
    const running = await hands.router.warm();
    if ((await hands.sandbox()).kind === "none") return [];
    const lines = running.proof.filter(({ id }) => id === "network" || id === "proxy")
      .map(({ id, what, refused, errno, detail }): ProveLine => ({
        id: `granted.${id}`,
        what: `${what} from a cell that was granted a host`,
        refused,
        // The proxy's table of hosts says no; its thread could not dial it either.
        layer: refused ? (id === "proxy" ? "runtime" : "os") : null,
        errno,
        detail,
      }));
    if (!lines.some(({ id }) => id === "granted.proxy")) return [];
    const past = await ask(running.client, { kind: "net", value: "127.0.0.1:3128" });
    return [
      ...lines,
      probeLine("granted.worker", "use the proxy from the file tools' worker", past),
    ];
  } finally {
    await hands.router.end();
  }
}

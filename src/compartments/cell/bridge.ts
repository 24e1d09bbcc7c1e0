/**
 * A thread in a cell that was granted hosts: carries connections to the cell's own 127.0.0.1 over the
 * one socket to ward's egress proxy. It decides nothing, and whatever runs in the cell could dial
 * that socket as well: what may be reached is decided at its other end.
 */
import { CELL_PROXY } from "../../model/cells/egress.ts";
import { close, join } from "../pump.ts";

const scope = globalThis as unknown as {
  onmessage: ((event: MessageEvent) => void) | null;
  postMessage(message: unknown): void;
};

scope.onmessage = async ({ data }) => {
  const { path } = data as { path: string };
  const listener = Deno.listen(CELL_PROXY);
  scope.postMessage("listening");
  for await (const client of listener) {
    Deno.connect({ transport: "unix", path })
      .then((proxy) => join(client, proxy))
      // The proxy has ended; so will the cell.
      .catch(() => close(client));
  }
};

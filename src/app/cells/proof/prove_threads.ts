/** Each kind of thread tries what no thread may do, with a list that has something on it. */
import type { ProbeParams } from "../../../compartments/probe.ts";
import { startThread } from "../../../compartments/start.ts";
import { compartment, NO_INPUTS, type TableInputs } from "../../../compartments/table.ts";
import type { Client } from "../../../compartments/wire.ts";
import { AppError } from "../../../base/app_error.ts";
import type { ProveLine } from "../../../model/report.ts";
import { modelSpec } from "../../models/ask_service.ts";
import type { Ward } from "../../ward.ts";
import { ask, probeLine } from "./probe_lines.ts";

/** Of the metadata service of most clouds; nothing ever dials it here. */
export const METADATA = "169.254.169.254:80";

/** Tries, from each kind of thread, what its list has not: one line for each. */
export async function threadLines(ward: Ward): Promise<ProveLine[]> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const closing = (async () => {
    for await (const connection of listener) connection.close();
  })();
  // One host of its own, so that another one is refused by its list and not for want of any.
  const spec = modelSpec("prove", "http://127.0.0.1:1");
  const model = startThread(spec, ward.form);
  const start = (id: string, inputs: Partial<TableInputs>) =>
    startThread(compartment({ ...NO_INPUTS, ...inputs }, id)!, ward.form);
  const egress = start("egress:prove", {
    proxied: [{ cell: "prove", socket: "/nowhere/socket", hosts: ["127.0.0.1:1"] }],
  });
  const auth = start("auth:prove", {
    logins: [{ name: "prove", hosts: ["127.0.0.1:1"], listens: null }],
  });
  const web = start("web", { request: { addresses: ["127.0.0.1"], port: 1 } });
  const driver = start("browser:driver", { browser: { program: "", profile: "" } });
  const mcp = start("mcp:prove", {
    servers: [{ alias: "prove", host: "127.0.0.1:1", programs: [], read: [], write: [] }],
  });
  const threads: [string, Client][] = [
    ["store", ward.threads.store],
    ["launcher", ward.threads.launcher],
    ["model", model.client],
    ["egress", egress.client],
    ["auth", auth.client],
    ["web", web.client],
    ["driver", driver.client],
    ["mcp", mcp.client],
  ];
  try {
    const lines: ProveLine[] = [];
    for (const [id, client] of threads) {
      const tries: [string, string, ProbeParams][] = [
        ["read", "read the home folder", { kind: "read", value: ward.facts.osHome }],
        ["net", "dial a listener of ward", {
          kind: "net",
          value: `127.0.0.1:${listener.addr.port}`,
        }],
        ["metadata", "reach a cloud's metadata address (asked of the runtime)", {
          kind: "asked",
          value: METADATA,
        }],
        ["run", "start a program", { kind: "run", value: "/bin/true" }],
        ["env", "read the environment", { kind: "env", value: "PATH" }],
        ["code", "make code from text", { kind: "code", value: "" }],
      ];
      for (const [name, what, params] of tries) {
        lines.push(probeLine(`${id}.${name}`, `${what} from ${id}`, await ask(client, params)));
      }
    }
    return lines;
  } finally {
    listener.close();
    await closing;
    const done = new AppError("prove.done", "The proof is done");
    for (const one of [model, egress, auth, web, driver, mcp]) one.stop(done);
  }
}

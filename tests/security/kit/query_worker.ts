import { workerScopeChannel } from "../../../src/compartments/wire.ts";

// Says what the runtime answers for a list of permissions.
addEventListener("message", (event) => {
  const asked = (event as MessageEvent).data as Deno.PermissionDescriptor[];
  workerScopeChannel().send(asked.map((one) => Deno.permissions.querySync(one).state));
});

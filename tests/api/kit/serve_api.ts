// Runs the services of the HTTP API in a profile as the daemon does, until its standard input ends.
import { createApiServices } from "../../../src/app/api/services.ts";
import { createWebhooks } from "../../../src/app/api/webhooks.ts";
import { openProfile, startProcess } from "../../../src/app/start/process.ts";
import { openWard } from "../../../src/app/ward.ts";

const main = new URL("../../../src/main.ts", import.meta.url).href;
const profile = await openProfile(main, Deno.args, { profile: null });
if ("exitCode" in profile) Deno.exit(profile.exitCode);
const ward = await openWard(startProcess(profile, {}));
const ended = new AbortController();
const say = (text: string) => Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`));
const services = createApiServices(
  ward,
  createWebhooks(ward),
  (address) => say(`listening on ${address}`),
);
const running = Promise.all(services.map(async (service) => {
  try {
    await service.run(ended.signal);
  } catch (error) {
    say(`${service.name}: ${(error as Error).message}`);
  }
}));
for await (const _ of Deno.stdin.readable);
ended.abort();
await running;
await ward.close();

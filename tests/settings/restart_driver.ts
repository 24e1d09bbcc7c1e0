/**
 * A process that starts as ward does: takes its environment, starts again where it must, then
 * prints what it has. `wait` as its argument: goes on until a signal comes.
 */
import { restartWithout } from "../../src/host/process/restart.ts";
import { processEnvironment, takeEnvironment } from "../../src/host/process/start_environment.ts";

const start = takeEnvironment({
  access: processEnvironment(),
  providerVariables: ["OPENAI_API_KEY"],
  configure: () => ({ trusted: [], references: [] }),
});
if (start.restart) {
  Deno.exit(
    await restartWithout({
      ...start.restart,
      loopGuard: start.removed,
      execPath: Deno.execPath(),
      runtimeArguments: ["run", "-q", "-A", "--no-config", import.meta.url],
      args: Deno.args,
    }),
  );
}
let after: string;
try {
  after = Deno.env.get("OPENAI_API_KEY") ?? "gone";
} catch (error) {
  after = (error as Error).name;
}
const report = { variables: start.variables, removed: start.removed, after, args: Deno.args };
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(report) + "\n"));
if (Deno.args[0] === "wait") {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => {
      Deno.stdout.writeSync(new TextEncoder().encode(`${signal}\n`));
      Deno.exit(signal === "SIGINT" ? 130 : 7);
    });
  }
  Deno.stdout.writeSync(new TextEncoder().encode(`ready ${Deno.pid}\n`));
  setInterval(() => {}, 1000);
} else Deno.exit(3);

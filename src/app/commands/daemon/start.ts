/** `ward start`: the daemon of a profile, in the foreground. */
import type { CommandContext } from "../context.ts";
import { type DaemonBot } from "../../daemon/bots.ts";
import { type Daemon, startDaemon } from "../../daemon/daemon.ts";
import type { ProcessStart } from "../../start/process.ts";
import { AppError, UsageError } from "../../../base/app_error.ts";
import { lockDaemon } from "../../../host/process/daemon_lock.ts";
import { systemClock, systemRandom } from "../../../host/process/system.ts";
import type { ServiceState } from "../../../daemon/supervisor.ts";
import { describeError } from "../../../kernel/agent/prepare_call.ts";
import { SERVICE_VARIABLE } from "../../../kernel/service/service_name.ts";
import { revealHidden } from "../../../surfaces/cli/sanitize_terminal.ts";

/**
 * Runs it until it is told to stop.
 *
 * @param reread The start with its configuration as it is now. @throws {UsageError} What is wrong with it.
 */
export async function startCommand(
  { ward, stderr }: CommandContext,
  reread: () => Promise<ProcessStart>,
): Promise<number> {
  const lock = await lockDaemon(ward.data.path);
  const tell = (text: string) => stderr.write(`${revealHidden(text)}\n`);
  let ending = Promise.withResolvers<"end" | "restart" | "broken">();
  let daemon: Promise<Daemon> | null = null;
  const end = () => ending.resolve("end");
  const onReload = () => void reload(daemon, reread, tell);
  for (const name of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(name, end);
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGHUP", onReload);
  try {
    for (let start = ward.start;;) {
      daemon = startDaemon({
        ward,
        start,
        clock: systemClock,
        random: systemRandom,
        restart: () => ending.resolve("restart"),
        reread,
        onConnection: (bot) => tell(connectionText(bot)),
        onListening: (address) => tell(`HTTP API: ${address}`),
        problems: (all) => all.forEach((one) => tell(`! ${describeError(one)}`)),
        onService: (state) => {
          const text = serviceText(state);
          if (text !== null) tell(text);
          // Nothing can be stored any more, nor taken in: whoever keeps ward running starts it again.
          const isLost = ward.threads.store.closed !== null ||
            ward.threads.launcher.closed !== null;
          if (isLost || state.code === "store.broken") ending.resolve("broken");
        },
      });
      const running = await daemon;
      const names = [...running.bots.keys()];
      tell(
        names.length === 0
          ? "ward runs, without any bot: ward channels add telegram|slack|discord"
          : `ward runs: ${names.join(", ")}`,
      );
      ward.log.write("info", "daemon", { state: "running", bots: names.length });
      const how = await ending.promise;
      if (how === "broken") {
        throw new AppError(
          "daemon.broken",
          "ward cannot go on: a part that all others need ended",
          {
            hint: "Start it again: what was stored is intact. `ward logs` says more",
          },
        );
      }
      // Only a new process has a new binary; without a manager nobody would start it.
      const isKept = ward.start.environment.variables[SERVICE_VARIABLE] !== undefined;
      tell(
        how === "end"
          ? "ward stops"
          : isKept
          ? "ward stops; its service manager starts it again"
          : "ward starts again",
      );
      await running.close();
      ward.log.write("info", "daemon", { state: how });
      if (how === "end" || isKept) return 0;
      ending = Promise.withResolvers();
      start = await reread().catch((error) => {
        tell(`! the configuration stays as it was: ${describeError(error)}`);
        return running.start();
      });
    }
  } finally {
    for (const name of ["SIGINT", "SIGTERM"] as const) Deno.removeSignalListener(name, end);
    if (Deno.build.os !== "windows") Deno.removeSignalListener("SIGHUP", onReload);
    lock[Symbol.dispose]();
  }
}

/** Takes the configuration in anew; a bad one changes nothing. */
async function reload(
  daemon: Promise<Daemon> | null,
  reread: () => Promise<ProcessStart>,
  tell: (text: string) => void,
): Promise<void> {
  try {
    await (await daemon)?.reload(await reread());
    tell("the configuration was read again");
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    tell(`! the configuration stays as it was: ${error.message}`);
  }
}

function connectionText({ settings, connection: { as, why } }: DaemonBot): string {
  if (why !== null) return `! ${settings.name}: not connected: ${why}`;
  return `${settings.name}: connected as ${as?.username || as?.name}`;
}

/** null: nothing that has to be told. */
function serviceText({ name, state, why }: ServiceState): string | null {
  if (state === "running") return null;
  return state === "over" ? `! ${name} ended: ${why}` : `! ${name} is started again soon: ${why}`;
}

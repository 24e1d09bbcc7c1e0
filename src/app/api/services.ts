/** What the daemon runs for programs: the HTTP API, its tasks, webhooks. */
import { createApiService } from "./api_service.ts";
import { runTask } from "./run_task.ts";
import type { Webhooks } from "./webhooks.ts";
import { costReport } from "../commands/cost.ts";
import { VERSION } from "../start/version.ts";
import type { ThreadMaker } from "../provider.ts";
import type { ProcessStart } from "../start/process.ts";
import type { Ward } from "../ward.ts";
import { AppError } from "../../base/app_error.ts";
import type { DaemonService } from "../../daemon/service.ts";
import { createTaskQueue, type TaskQueue } from "../../daemon/tasks/task_queue.ts";
import { systemClock, systemRandom } from "../../host/process/system.ts";
import type { ApiHost } from "../../surfaces/api/host.ts";
import { taskBody } from "../../surfaces/api/schemas.ts";

const DAY_MS = 86_400_000;

/** `daemon.conversations` allows no more. */
const MOST_ACTIVE = 64;

/** What they need of the daemon. */
export interface ApiServiceParts {
  readonly ward: Ward;
  /** Of this process; told of the budget by every other turn of it, too. */
  readonly webhooks: Webhooks;
  /** Threads of providers that are shared. */
  readonly threadOf: ThreadMaker;
  /** What tasks begin with from now on. */
  start(): ProcessStart;
  /** Told where the API listens, once it does. */
  onListening(address: string): void;
}

/** The services: without a token the API is off, without webhooks there is nothing to send. */
export function createApiServices(parts: ApiServiceParts): readonly DaemonService[] {
  const { ward, webhooks } = parts;
  const { settings, apiToken } = parts.start();
  const sending = webhooks.service === null ? [] : [webhooks.service];
  if (apiToken === null) return sending;
  const tasks = createTaskQueue({
    book: ward.store,
    clock: systemClock,
    atOnce: settings.daemon.conversations,
    work: (task, work) => runTask(parts, task, work),
    deliveriesOf: webhooks.ofTask,
    onDeliveries: webhooks.wake,
    bodyOf: taskBody,
    wordsOf: errorWords,
  });
  const { hostname } = settings.daemon.api;
  return [
    ...sending,
    tasks,
    createApiService({
      host: createApiHost(ward, tasks),
      address: settings.daemon.api,
      token: apiToken.value,
      version: VERSION,
      form: ward.form,
      log: ward.log,
      clock: systemClock,
      random: systemRandom,
      onListening: (port) => parts.onListening(addressOf(hostname, port)),
    }),
  ];
}

/** Where the API is, as an address. */
export function addressOf(hostname: string, port: number): string {
  return `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}

/** Ward behind the HTTP API. */
function createApiHost({ store }: Ward, tasks: TaskQueue): ApiHost {
  return {
    addTask: tasks.add,
    listTasks: (limit) => store.listTasks(limit),
    readTask: (id) => store.readTask(id),
    cancelTask: tasks.cancel,
    followTask: tasks.follow,
    async status() {
      const midnight = Math.floor(systemClock.now() / DAY_MS) * DAY_MS;
      const { queued, complete, failed } = await store.countTasks(midnight);
      const open = await store.openTasks(MOST_ACTIVE);
      const { total } = await costReport(store, "model", { fromMs: midnight });
      return {
        version: VERSION,
        active: open.filter(({ state }) => state === "running"),
        queued,
        completedToday: complete,
        failedToday: failed,
        usdToday: total.usd,
      };
    },
    async cost() {
      const { total, lines } = await costReport(store, "model", {
        fromMs: systemClock.now() - DAY_MS,
      });
      return { ...total, models: lines };
    },
  };
}

/** What an error says to who gave the task; the text of one that is not ward's own may hold anything. */
function errorWords(error: unknown): string {
  if (!(error instanceof AppError)) return "The task failed; `ward logs` says more";
  return [error.message, error.hint].filter(Boolean).join(". ");
}

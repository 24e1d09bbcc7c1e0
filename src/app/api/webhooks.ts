/** Webhooks of the configuration: what they are told, and the guarded way it goes. */
import { VERSION } from "../start/version.ts";
import type { ProcessStart } from "../start/process.ts";
import type { Ward } from "../ward.ts";
import { createWebReader } from "../web/web_reader.ts";
import { answerFilter } from "../mcp_server/clean.ts";
import { AppError } from "../../base/app_error.ts";
import { retryAfterMs } from "../../base/retry_after.ts";
import type { DaemonService } from "../../daemon/service.ts";
import type { TryOutcome } from "../../daemon/webhooks/retry_plan.ts";
import { createWebhookSender, type SignedHook } from "../../daemon/webhooks/webhook_sender.ts";
import { systemClock, systemRandom } from "../../host/process/system.ts";
import { canonicalHost } from "../../kernel/net/canonical_host.ts";
import { isLoopback } from "../../kernel/net/listen_address.ts";
import type { TurnEvent } from "../../kernel/ports.ts";
import type { WebPort } from "../../kernel/tools/web/web_port.ts";
import {
  budgetDeliveries,
  type MessageParts,
  taskDeliveries,
} from "../../kernel/webhooks/messages.ts";
import { webhookKey } from "../../kernel/webhooks/sign.ts";
import type { Task } from "../../model/services/task.ts";
import type { NewDelivery } from "../../model/services/webhook.ts";

/** Longest try, ms. */
const TRY_MS = 10_000;
/** Bytes of an answer that are read; none of them counts. */
const ANSWER_BYTES = 1_024;
/** Deliveries that may wait. */
const MAX_PENDING = 1_000;

/** Webhooks of a process. */
export interface Webhooks {
  /** Sends what is stored; null: there are none. */
  readonly service: DaemonService | null;
  /** What is wrong with some of them, for the user. */
  readonly problems: readonly AppError[];
  /** What is told of a task that has ended; to be stored with its end. */
  ofTask(task: Task): readonly NewDelivery[];
  /** Something was stored to be sent. */
  wake(): void;
  /** To be told of each event of each turn: warnings of the budget are sent on. */
  onEvent(event: TurnEvent): void;
}

/** Makes them. @param start Whose configuration counts. */
export function createWebhooks(ward: Ward, start: ProcessStart): Webhooks {
  const { settings, webhookSecrets } = start;
  const problems: AppError[] = [];
  const hooks = settings.webhooks.flatMap((hook): SignedHook[] => {
    try {
      return [{ ...hook, key: webhookKey(hook.name, webhookSecrets[hook.name] ?? null) }];
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      problems.push(error);
      return [];
    }
  });
  const able = settings.webhooks.filter(({ name }) => hooks.some((one) => one.name === name));
  const clean = answerFilter(start, ward.outgoing, systemRandom);
  const parts = (): MessageParts => ({ hooks: able, nowMs: systemClock.now(), clean });
  const web = createWebReader(ward.form);
  const sender = createWebhookSender({
    hooks,
    book: ward.store,
    clock: systemClock,
    random: systemRandom,
    post: (url, message, signal) =>
      postGuarded(web, { url, owners: settings.web.hosts }, message, signal),
    onTry: (hook, event, end) => ward.log.write("info", "webhook", { hook, event, end }),
  });
  return {
    service: hooks.length === 0 ? null : sender,
    problems,
    ofTask: (task) => taskDeliveries(task, parts()),
    wake: sender.wake,
    onEvent(event) {
      if (event.type !== "notice" || event.cap === undefined) return;
      const told = budgetDeliveries(event.cap, parts());
      if (told.length === 0) return;
      ward.store.addDeliveries(told, MAX_PENDING).then(sender.wake, () => {
        ward.log.write("error", "webhook", { event: "budget.warning", end: "not stored" });
      });
    },
  };
}

/**
 * Posts to an address that the owner named. A host of a private network has to stand in `web.hosts`,
 * too; this machine's own address is enough by itself, a name that leads there is not.
 */
export async function postGuarded(
  web: Pick<WebPort, "request">,
  { url, owners }: { readonly url: string; readonly owners: readonly string[] },
  { headers, body }: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
  signal: AbortSignal,
): Promise<TryOutcome> {
  const host = canonicalHost(url) ?? "";
  const { hostname } = new URL(url);
  const isHere = hostname === "localhost" || isLoopback(hostname.replace(/^\[|\]$/g, ""));
  try {
    const { answer } = await web.request(
      {
        url,
        method: "POST",
        headers: {
          ...headers,
          "content-type": "application/json",
          "user-agent": `ward/${VERSION}`,
        },
        body,
        follows: false,
      },
      "response",
      { owners: isHere ? [...owners, host] : owners, httpsOnly: true },
      signal,
      { limitMs: TRY_MS, cutBytes: ANSWER_BYTES },
    );
    const header = (name: string) => answer.response?.headers[name] ?? null;
    const wait = retryAfterMs(header, systemClock.now());
    return { type: "answered", status: answer.status, retryAfterMs: wait ?? null };
  } catch (error) {
    if (signal.aborted) throw error;
    return {
      type: "failed",
      why: error instanceof AppError ? error.message : "the request failed",
    };
  }
}

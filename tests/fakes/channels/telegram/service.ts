/**
 * The Bot API on this machine, for one bot: addresses, long polling with its offsets and conflicts,
 * limits, files. Stricter than the real one: an unknown parameter is refused.
 * Source: core.telegram.org/bots/api; for offsets that are none of the queue's, `do_get_updates` of
 * tdlib/telegram-bot-api, which then begins at the oldest update.
 */
import { canaries } from "../../canaries.ts";
import { startFront } from "../front.ts";
import { Limits } from "./limits.ts";
import { isMethod, runMethod, type Told } from "./methods.ts";
import { Refusal, World } from "./world.ts";

/** A request as it came. */
export interface SeenCall {
  readonly method: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Port that the connection came from: another one is another connection. */
  readonly fromPort: number;
}

/** What happens to a request in place of the usual, or besides it. */
export type Fault =
  /** It is answered so, and nothing is done. */
  | { readonly type: "answer"; readonly response: Response }
  | { readonly type: "refuse"; readonly refusal: Refusal }
  /** It is done then. */
  | { readonly type: "wait"; readonly until: Promise<void> }
  /** It is done, and the connection breaks before an answer. */
  | { readonly type: "break" };

/** The service, with what a test asks about. */
export interface TelegramService extends AsyncDisposable {
  /** As a bot's `api_url`. */
  readonly apiUrl: string;
  readonly token: string;
  readonly world: World;
  readonly told: Told;
  readonly calls: readonly SeenCall[];
  /** Called for each request. @default nothing happens */
  fault: (call: SeenCall) => Fault | null;
  /** The token is of no bot any more. */
  isRevoked: boolean;
  /** Bounds what is sent, as the service does. @default not */
  limits: Limits | null;
  /** Ends the request that waits for updates, as when its time is over. */
  endPoll(): void;
  /** Whether one waits. */
  readonly isPolled: boolean;
  /** Calls of a method. */
  to(method: string): SeenCall["parameters"][];
}

const UPDATES_AT_ONCE = 100;

/** Starts it. */
export function startTelegram(
  token = "7000:AA-canary-telegram-bot-token_0123456",
): TelegramService {
  const world = new World();
  const told: Told = { seesAll: false, commands: [], actions: [] };
  const calls: SeenCall[] = [];
  const requests: { path: string; headers: Headers; body: string }[] = [];
  let poll: { end(refusal: Refusal | null): void } | null = null;
  world.onUpdate = () => poll?.end(null);

  /** Answers at once where there is something, else when there is, or when somebody else asks. */
  async function getUpdates({ offset = 0, timeout = 0, limit = UPDATES_AT_ONCE }: {
    offset?: number;
    timeout?: number;
    limit?: number;
  }, gone: Promise<void>): Promise<unknown> {
    poll?.end(
      new Refusal(
        409,
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance " +
          "is running",
      ),
    );
    const { updates } = world;
    const isOfQueue = offset <= world.tail + 10 && offset > world.tail - 1_000_000;
    if (isOfQueue) {
      while (updates[0] && updates[0].update_id < offset) updates.shift();
    }
    if (updates.length === 0 && timeout > 0) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const mine = { end: (no: Refusal | null) => no ? reject(no) : resolve() };
      poll = mine;
      gone.catch(() => resolve());
      try {
        await promise;
      } finally {
        if (poll === mine) poll = null;
      }
    }
    return updates.slice(0, limit);
  }

  async function answer(call: SeenCall, gone: Promise<void>): Promise<unknown> {
    const { method, parameters } = call;
    if (method === "getUpdates") return await getUpdates(parameters, gone);
    if (!isMethod(method)) throw new Refusal(404, "Not Found");
    service.limits?.check(call, world);
    return await runMethod(method, parameters, world, told);
  }

  async function handle(
    request: Request,
    { remoteAddr, completed }: Deno.ServeHandlerInfo<Deno.NetAddr>,
  ): Promise<Response> {
    const path = new URL(request.url).pathname;
    const [, isFile, given, rest = ""] =
      /^\/(file\/)?bot([^/]+)\/(.+)$/.exec(decodeURIComponent(path)) ?? [];
    // The token is where the protocol puts it; what else is sent must not have it.
    const isForm = request.headers.get("content-type")?.startsWith("multipart/form-data");
    const form = isForm ? await request.formData() : null;
    const body = form ? "" : await request.text();
    requests.push({ path: path.replace(token, ""), headers: request.headers, body });
    if (given !== token || service.isRevoked) {
      const isToken = given !== undefined && /^\d+:[\w-]{30,}$/.test(given);
      return refused(isToken ? new Refusal(401, "Unauthorized") : new Refusal(404, "Not Found"));
    }
    if (isFile) {
      const file = [...world.files.values()].find((one) => one.path === rest);
      return file ? new Response(file.bytes as BodyInit) : refused(new Refusal(404, "Not Found"));
    }
    const call = {
      method: rest,
      parameters: form ? fieldsOf(form) : JSON.parse(body),
      fromPort: remoteAddr.port,
    };
    calls.push(call);
    const fault = service.fault(call);
    if (fault?.type === "answer") return fault.response;
    try {
      if (fault?.type === "refuse") throw fault.refusal;
      if (fault?.type === "wait") await fault.until;
      const result = await answer(call, completed);
      if (fault?.type === "break") front.cut(remoteAddr.port);
      return Response.json({ ok: true, result });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return refused(error);
    }
  }

  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, handle);
  const front = startFront(server.addr.port);
  const checkRequests = canaries.watchService({ requests });
  canaries.plant(token);
  const service: TelegramService = {
    apiUrl: `http://127.0.0.1:${front.port}/`,
    token,
    world,
    told,
    calls,
    fault: () => null,
    isRevoked: false,
    limits: null,
    endPoll: () => poll?.end(null),
    get isPolled() {
      return poll !== null;
    },
    to: (method) => calls.filter((one) => one.method === method).map((one) => one.parameters),
    [Symbol.asyncDispose]: async () => {
      poll?.end(null);
      await front.close();
      await server.shutdown();
      checkRequests();
    },
  };
  return service;
}

function fieldsOf(data: FormData): Record<string, unknown> {
  const form = new Map(data);
  // A file stands in a part of its own, which the parameter names.
  for (const [name, value] of [...form]) {
    if (typeof value !== "string" || !value.startsWith("attach://")) continue;
    const part = value.slice("attach://".length);
    form.set(name, form.get(part) ?? value);
    form.delete(part);
  }
  return Object.fromEntries(form);
}

function refused({ code, message, parameters }: Refusal): Response {
  return Response.json({
    ok: false,
    error_code: code,
    description: message,
    ...(Object.keys(parameters).length > 0 ? { parameters } : {}),
  }, { status: code });
}

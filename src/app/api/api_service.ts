/** The HTTP API as a service of the daemon: requests of its thread, answered by the table of calls. */
import { startApiThread } from "./api_thread.ts";
import type { ApiClient } from "../../compartments/api/client.ts";
import { AppError } from "../../base/app_error.ts";
import type { CodeBase } from "../../compartments/start.ts";
import type { ApiEvent, ApiRequest } from "../../compartments/api/api.ts";
import { hashOf } from "../../compartments/api/gate.ts";
import type { DaemonService } from "../../daemon/service.ts";
import type { Clock, Log, Random } from "../../kernel/ports.ts";
import { answerRequest } from "../../surfaces/api/answer.ts";
import type { ApiHost } from "../../surfaces/api/host.ts";
import { openApiDocument } from "../../surfaces/api/openapi.ts";
import { PREFIX } from "../../surfaces/api/routes.ts";

/** A shorter token can be guessed. */
export const MIN_TOKEN = 24;

/** Refusals of one kind within this time are one line of the log, ms. */
const REFUSALS_MS = 60_000;

/** What it needs. */
export interface ApiParts {
  readonly host: ApiHost;
  readonly address: {
    readonly hostname: string;
    readonly port: number;
    readonly names: readonly string[];
  };
  /** Not empty. */
  readonly token: string;
  readonly version: string;
  readonly form: CodeBase;
  readonly log: Log;
  readonly clock: Pick<Clock, "monotonic">;
  readonly random: Pick<Random, "id">;
  /** Told once it listens. */
  onListening(port: number): void;
}

/** Makes the service. */
export function createApiService(parts: ApiParts): DaemonService {
  return {
    name: "api",
    async run(signal) {
      checkApiToken(parts.token);
      const salt = parts.random.id() + parts.random.id();
      const health = JSON.stringify({ status: "ok", version: parts.version });
      const { hostname, port, names } = parts.address;
      const { client, stop } = startApiThread(parts.address, parts.form);
      const requests = createRequests(parts, client);
      try {
        await client.serve(
          {
            hostname,
            port,
            names: [...names],
            token: { salt, hashHex: await hashOf(salt, parts.token) },
            open: {
              "/health": health,
              [`${PREFIX}/health`]: health,
              [`${PREFIX}/openapi.json`]: JSON.stringify(openApiDocument(parts.version)),
            },
          },
          requests.onEvent,
          signal,
        );
      } finally {
        requests.end();
        stop();
      }
    },
  };
}

/** @throws {AppError} `api.token`: it is too weak to be one. */
export function checkApiToken(token: string): void {
  if (token.length >= MIN_TOKEN && token.length <= 400 && /^[!-~]+$/.test(token)) return;
  throw new AppError("api.token", "The HTTP API is off: its token is too weak", {
    hint: `It has to be ${MIN_TOKEN} to 400 characters without spaces, such as those of ` +
      "`openssl rand -hex 32`; ward secrets set api-token",
  });
}

/** Writes refusals to the log: whoever sends a thousand has a line a minute. */
function createRefusals(log: Log, clock: Pick<Clock, "monotonic">): { count(why: string): void } {
  const seen = new Map<string, { atMs: number; since: number }>();
  return {
    count(why) {
      const entry = seen.get(why);
      const nowMs = clock.monotonic();
      if (entry && nowMs - entry.atMs < REFUSALS_MS) {
        entry.since++;
        return;
      }
      log.write("warn", "api_refused", { why, more: entry?.since ?? 0 });
      seen.set(why, { atMs: nowMs, since: 0 });
    },
  };
}

/** What is asked and not answered to the end. */
function createRequests(
  { host, log, clock, onListening }: ApiParts,
  client: ApiClient,
): { onEvent(event: ApiEvent): void; end(): void } {
  const refusals = createRefusals(log, clock);
  /** What ends the events of a request; those that are gone before they began have null. */
  const streams = new Map<number, (() => void) | null>();

  const answer = async (request: ApiRequest): Promise<void> => {
    const begun = clock.monotonic();
    const { id } = request;
    const answered = await answerRequest(host, request, (error) => {
      log.write("error", "api_fault", {
        code: error instanceof AppError ? error.code : "internal",
        name: error instanceof Error ? error.name : typeof error,
      });
    });
    const ms = Math.round(clock.monotonic() - begun);
    const status = answered.answer.type === "json" ? answered.answer.status : 200;
    log.write("info", "api_request", { route: answered.route, status, ms });
    if (answered.answer.type === "json") {
      const { status, body } = answered.answer;
      const headers = { ...answered.headers };
      client.reply({ type: "answer", id, status, headers, body: JSON.stringify(body) });
      return;
    }
    if (!streams.has(id)) return;
    client.reply({ type: "events", id });
    const stop = answered.answer.follow({
      tell: ({ seq, name, data }) =>
        client.reply({ type: "event", id, seq, event: name, data: JSON.stringify(data) }),
      end() {
        streams.delete(id);
        client.reply({ type: "end", id });
      },
    });
    if (streams.has(id)) streams.set(id, stop);
  };

  const forget = (id: number) => {
    streams.get(id)?.();
    streams.delete(id);
  };

  return {
    onEvent(event) {
      switch (event.type) {
        case "listening":
          log.write("info", "api_listening", { port: event.port });
          return onListening(event.port);
        case "request":
          streams.set(event.request.id, null);
          void answer(event.request).finally(() => {
            if (streams.get(event.request.id) === null) streams.delete(event.request.id);
          });
          return;
        case "gone":
          return forget(event.id);
        case "refused":
          return refusals.count(event.why);
      }
    },
    end() {
      for (const id of [...streams.keys()]) forget(id);
    },
  };
}

/** What is logged of a process and of its turns: names, numbers, outcomes. */
import type { ProcessStart } from "./process.ts";
import { createLogFile, type LogFile } from "../../host/log/log_file.ts";
import { systemClock } from "../../host/process/system.ts";
import { entrySecrets } from "../../kernel/mcp/entry_secrets.ts";
import type { KnownSecret } from "../../kernel/net/outgoing_scan.ts";
import type { Clock, Log, ModelPort, TurnEvent } from "../../kernel/ports.ts";
import type { ModelRequest } from "../../model/conversation/model_stream.ts";

/** Names of variables whose values are no one's business. */
const SECRET_NAME = /KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL|_(?:PASS|PASSPHRASE|PWD|PAT|DSN)$/i;

/** A token within the text of a login; its fields' names are shorter. */
const TOKEN = /[\w.~+/=-]{24,}/g;

type StreamOptions = Parameters<ModelPort["stream"]>[1];

/** Logs nothing. */
export const SILENT_LOG: Log = { write: () => {} };

/** Values that ward knows to be secret, with what they are: keys, logins, variables named as such. */
export function namedSecrets(
  start: ProcessStart,
): KnownSecret[] {
  const { environment, providerInputs, searchKey, httpProfiles, mcpValues, logins } = start;
  const { channelTokens, apiToken, webhookSecrets } = start;
  const { apiKey, providers, saved } = providerInputs;
  const name = "a key of a service";
  const keys = [apiKey, searchKey, ...providers.map((one) => one.apiKey), ...Object.values(saved)];
  return [
    ...httpProfiles.flatMap(({ name: profile, secrets }) =>
      // Whose they are, is no secret.
      Object.entries(secrets ?? {}).filter(([part]) =>
        !["type", "name", "username", "connection"].includes(part)
      )
        .map(([, value]) => ({ name: `a secret of the profile "${profile}"`, value }))
    ),
    ...secretValues(mcpValues),
    ...start.settings.mcpServers.flatMap(entrySecrets),
    ...Object.entries(channelTokens).flatMap(([bot, { token, appToken }]) =>
      [token, appToken].flatMap((value) =>
        value === null ? [] : [{ name: `a token of the bot "${bot}"`, value }]
      )
    ),
    ...apiToken === null ? [] : [{ name: "the token of the HTTP API", value: apiToken.value }],
    ...Object.entries(webhookSecrets).flatMap(([name, value]) =>
      value === null ? [] : [{ name: `the secret of the webhook "${name}"`, value }]
    ),
    ...keys.flatMap((key) => key ? [{ name, value: key.value }] : []),
    ...Object.entries(environment.variables).filter(([variable]) => SECRET_NAME.test(variable))
      .map(([variable, value]) => ({ name: `the value of ${variable}`, value })),
    ...Object.values(logins).flatMap((text) => [...text.matchAll(TOKEN)])
      .map(([value]) => ({ name: "a token of a login", value })),
  ];
}

/** Values of the entries of MCP servers that are secret, and the token alone of `Bearer <token>`. */
export function secretValues(values: ProcessStart["mcpValues"]): KnownSecret[] {
  return Object.entries(values).flatMap(([alias, ofOne]) =>
    Object.values(ofOne).flatMap((one) => {
      if (one.value === null || !one.isSecret) return [];
      const token = /^[A-Za-z]+ +(\S+)$/.exec(one.value)?.[1];
      const name = `a value of the MCP server "${alias}"`;
      return [one.value, ...token === undefined ? [] : [token]].map((value) => ({ name, value }));
    })
  );
}

/** Values that ward knows to be secret now; more of them with each login that is renewed. */
export function knownSecrets(start: ProcessStart): readonly string[] {
  if (!seen.has(start)) {
    seen.add(start);
    start.known.add(namedSecrets(start));
  }
  return start.known.values;
}

/** Starts whose own secrets are known already. */
const seen = new WeakSet<ProcessStart>();

/**
 * The log of a process.
 *
 * @param onProblem Told once when it cannot be written.
 */
export function openLog(
  start: ProcessStart,
  onProblem: (path: string, error: unknown) => void,
): LogFile {
  const { settings } = start;
  return createLogFile({
    home: settings.home,
    level: settings.logging.level,
    now: systemClock.now,
    secrets: () => knownSecrets(start),
    onProblem,
  });
}

/** Names of a provider and its model. */
export interface ModelNames {
  readonly provider: string;
  readonly model: string;
}

/** See {@linkcode logTurns}. */
export interface TurnLog {
  /** The same model, its calls logged under its names. */
  model(port: ModelPort, names: ModelNames): ModelPort;
  /** Told of what a turn does. */
  onEvent(event: TurnEvent): void;
}

/** Logs model and tool calls of one session. */
export function logTurns(log: Log, clock: Clock): TurnLog {
  /** Names by call; the events of a turn have only the title, which shows arguments. */
  const names = new Map<string, string>();
  const begun = new Map<string, number>();
  const since = (start: number) => Math.round(clock.monotonic() - start);

  async function* logged(
    port: ModelPort,
    of: ModelNames,
    request: ModelRequest,
    options: StreamOptions,
  ) {
    const start = clock.monotonic();
    let tokens = {};
    let status = "stopped";
    try {
      for await (const event of port.stream(request, options)) {
        if (event.type === "tool_call") {
          const { id, name, arguments: text } = event.call;
          names.set(id, name);
          log.write("trace", "tool_arguments", { call: id, tool: name, arguments: text });
        } else if (event.type === "usage") {
          const { inputTokens, outputTokens } = event.usage;
          tokens = { inputTokens, outputTokens };
        } else if (event.type === "end") {
          status = "ok";
        } else if (event.type === "failed") {
          const { code } = event.failure;
          status = code === "model.cancelled" ? "stopped" : code;
        }
        yield event;
      }
    } finally {
      const level = status === "ok" || status === "stopped" ? "info" : "warn";
      log.write(level, "model_call", { ...of, status, ms: since(start), ...tokens });
    }
  }

  return {
    model: (port, of) => ({ stream: (request, options) => logged(port, of, request, options) }),
    onEvent(event) {
      switch (event.type) {
        case "tool_started":
          begun.set(event.callId, clock.monotonic());
          break;
        case "tool_finished": {
          const start = begun.get(event.callId);
          log.write("info", "tool_call", {
            call: event.callId,
            tool: names.get(event.callId) ?? "unknown",
            compartment: "hands",
            outcome: event.ok ? "ok" : "failed",
            ms: start === undefined ? null : since(start),
          });
          names.delete(event.callId);
          begun.delete(event.callId);
          break;
        }
        case "retry":
          log.write("warn", "model_retry", {
            reason: event.reason,
            waitMs: event.waitMs,
            fresh_retry: event.fresh,
          });
          break;
        case "ended":
          log.write("info", "turn_ended", { outcome: event.outcome });
          break;
        default:
          break;
      }
    },
  };
}

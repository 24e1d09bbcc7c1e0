/**
 * A server of the Model Context Protocol over what is served, for one connection. It speaks
 * 2025-11-25 and 2026-07-28; which one is decided by whoever carries the messages. Whatever leaves
 * passes `clean` first.
 */
import {
  type InputRequiredResult,
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  Server,
  type ServerContext,
} from "@modelcontextprotocol/server";
import * as z from "zod";
import { AppError, UsageError } from "../../base/app_error.ts";
import { pageOf, placeOf } from "../../base/cursor.ts";
import type { Clock, Random } from "../../kernel/ports.ts";
import { completes, listResources, readResource } from "./resources.ts";
import {
  abilities,
  askDirectly,
  type Asking,
  capabilitiesOf,
  Rounds,
  type Work,
} from "./rounds.ts";
import type { Call, Served, ServedResult, ServedTool } from "./served.ts";
import { zodValidator } from "./zod_validator.ts";

/** Entries of one page of a list. */
const PAGE = 50;

/** What a server is given. */
export interface ServerParts {
  readonly served: Served;
  /** `legacy`: 2025-11-25, where the server may ask while a call waits. */
  readonly era: "legacy" | "modern";
  readonly clock: Pick<Clock, "delay">;
  readonly random: Pick<Random, "id">;
  /** Takes out of a text what must not leave. */
  clean(text: string): string;
  /** Told of what is a fault of ward's own. */
  onFault(error: unknown): void;
}

/** Makes it. The caller connects it to a transport. */
export function createServer(parts: ServerParts): Server {
  const { served, era, clean } = parts;
  const { tools, resources, templates, prompts } = served;
  const server = new Server({ name: served.name, version: served.version }, {
    instructions: served.instructions,
    capabilities: {
      logging: {},
      ...tools.length > 0 ? { tools: {} } : {},
      ...resources.length + templates.length > 0 ? { resources: { subscribe: true } } : {},
      ...prompts.length > 0 ? { prompts: {} } : {},
      ...completes(served) ? { completions: {} } : {},
    },
    jsonSchemaValidator: zodValidator,
  });
  const rounds = new Rounds<ServedResult>(parts);
  server.onclose = () => rounds.end();
  server.onerror = parts.onFault;
  const followed = new Set<string>();
  const changed = (uri: string) => {
    // By 2026-07-28 whoever carries the messages knows who follows what.
    if (era === "legacy" && !followed.has(uri)) return;
    server.sendResourceUpdated({ uri }).catch(parts.onFault);
  };
  const asClient = () => server.getClientCapabilities();

  if (tools.length > 0) {
    server.setRequestHandler("tools/list", ({ params }) => {
      const { items, nextCursor } = page(tools, params?.cursor);
      return { tools: items.map(listed), ...next(nextCursor) };
    });
    server.setRequestHandler("tools/call", async ({ params }, context) => {
      const tool = tools.find(({ name }) => name === params.name);
      if (!tool) throw invalid(`There is no tool "${params.name.slice(0, 100)}"`);
      const capabilities = era === "legacy" ? asClient() : capabilitiesOf(context);
      const work: Work<ServedResult> = (ask, signal, current) => {
        const call = callOf({ current, ask, signal, capabilities, clean, changed });
        return runTool(tool, params.arguments ?? {}, call, parts);
      };
      const result = era === "legacy"
        ? await work(askDirectly(context, parts.random), context.mcpReq.signal, () => context)
        : await rounds.run(`tools/call ${tool.name}`, context, work);
      return isQuestion(result) ? result : cleaned(result, clean);
    });
  }
  if (resources.length + templates.length > 0) {
    server.setRequestHandler("resources/list", async ({ params }) => {
      const from = at(params?.cursor);
      const found = await listResources(served, from, PAGE + 1);
      const { items, nextCursor } = pageOf(found, from, PAGE);
      return cleaned({ resources: items.map((one) => ({ ...one })), ...next(nextCursor) }, clean);
    });
    server.setRequestHandler("resources/templates/list", ({ params }) => {
      const { items, nextCursor } = page(templates, params?.cursor);
      return {
        resourceTemplates: items.map(({ uriTemplate, name, title, description, mimeType }) => ({
          uriTemplate,
          name,
          title,
          description,
          mimeType,
        })),
        ...next(nextCursor),
      };
    });
    server.setRequestHandler("resources/read", async ({ params: { uri } }, { mcpReq }) => {
      const contents = await expected(() => readResource(served, uri, mcpReq.signal), parts);
      if (contents === null) throw new ResourceNotFoundError(uri);
      return cleaned({ contents }, clean);
    });
    server.setRequestHandler("resources/subscribe", ({ params }) => {
      followed.add(params.uri);
      return {};
    });
    server.setRequestHandler("resources/unsubscribe", ({ params }) => {
      followed.delete(params.uri);
      return {};
    });
  }
  if (prompts.length > 0) {
    server.setRequestHandler("prompts/list", ({ params }) => {
      const { items, nextCursor } = page(prompts, params?.cursor);
      return {
        prompts: items.map(({ name, title, description, args }) => ({
          name,
          title,
          description,
          arguments: args.map((one) => ({
            name: one.name,
            description: one.description,
            required: one.required,
          })),
        })),
        ...next(nextCursor),
      };
    });
    server.setRequestHandler("prompts/get", async ({ params }, { mcpReq }) => {
      const prompt = prompts.find(({ name }) => name === params.name);
      if (!prompt) throw invalid(`There is no prompt "${params.name.slice(0, 100)}"`);
      const given = params.arguments ?? {};
      const missing = prompt.args.find(({ name, required }) => required && !given[name]);
      if (missing) throw invalid(`The prompt "${prompt.name}" needs "${missing.name}"`);
      const messages = await expected(() => prompt.messages(given, mcpReq.signal), parts);
      return cleaned({ description: prompt.description, messages }, clean);
    });
  }
  if (completes(served)) {
    server.setRequestHandler("completion/complete", async ({ params: { ref, argument } }) => {
      const { name, value } = argument;
      const found = ref.type === "ref/prompt"
        ? await prompts.find((one) => one.name === ref.name)
          ?.args.find((one) => one.name === name)?.complete?.(value)
        : await templates.find((one) => one.uriTemplate === ref.uri)?.complete?.(name, value);
      // No more than a hundred, says the protocol.
      const values = (found ?? []).slice(0, 100);
      const hasMore = (found?.length ?? 0) > values.length;
      return { completion: { values, total: found?.length ?? 0, hasMore } };
    });
  }
  return server;
}

/** Runs a tool; what fails is told as its result, as the protocol has it, for the model to see. */
async function runTool(
  tool: ServedTool,
  given: unknown,
  call: Call,
  { onFault }: Pick<ServerParts, "onFault">,
): Promise<ServedResult> {
  const failed = (text: string): ServedResult => ({
    content: [{ type: "text", text }],
    isError: true,
  });
  const { data, error } = tool.schema.safeParse(given);
  if (error) {
    const issues = error.issues.slice(0, 10).map(({ path, message }) =>
      `- ${path.map(String).join(".") || "arguments"}: ${message}`
    );
    return failed(`The arguments of "${tool.name}" do not fit its schema:\n${issues.join("\n")}`);
  }
  try {
    return await tool.run(data, call);
  } catch (error) {
    if (error instanceof AppError) {
      return failed([error.message, error.hint].filter(Boolean).join(". "));
    }
    onFault(error);
    return failed("It failed unexpectedly; see ward logs");
  }
}

/** A failure in the protocol's form: what ward can explain is explained. */
async function expected<T>(
  run: () => Promise<T>,
  { onFault, clean }: Pick<ServerParts, "onFault" | "clean">,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof AppError) {
      throw invalid(clean([error.message, error.hint].filter(Boolean).join(". ")));
    }
    onFault(error);
    throw new ProtocolError(ProtocolErrorCode.InternalError, "It failed unexpectedly");
  }
}

function callOf({ current, ask, signal, capabilities, clean, changed }: {
  current(): ServerContext;
  readonly ask: Asking;
  readonly signal: AbortSignal;
  readonly capabilities: unknown;
  readonly clean: ServerParts["clean"];
  readonly changed: Call["changed"];
}): Call {
  let step = 0;
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn: Asking = (question, stop) => {
    const answer = turn.then(() => ask(question, stop));
    turn = answer.catch(() => {});
    return answer;
  };
  return {
    signal,
    can: abilities(capabilities),
    progress(message) {
      const { mcpReq } = current();
      const token = mcpReq._meta?.progressToken;
      if (token === undefined) return;
      const params = { progressToken: token, progress: ++step, message: clean(message) };
      // A client that is gone needs none.
      mcpReq.notify({ method: "notifications/progress", params }).catch(() => {});
    },
    log: (level, text) => void current().mcpReq.log(level, clean(text), "ward").catch(() => {}),
    ask: ({ message, fields }, stop = signal) =>
      inTurn({ message: clean(message), fields }, AbortSignal.any([signal, stop])),
    open: ({ message, url }, stop = signal) =>
      inTurn({ message: clean(message), url }, AbortSignal.any([signal, stop])),
    changed,
  };
}

function listed({ name, title, description, schema, hints }: ServedTool) {
  return {
    name,
    title,
    description,
    inputSchema: z.toJSONSchema(schema, { io: "input" }) as { type: "object" },
    annotations: {
      title,
      readOnlyHint: hints.readOnly,
      destructiveHint: hints.destructive,
      idempotentHint: hints.idempotent,
      openWorldHint: hints.openWorld,
    },
  };
}

function page<T>(all: readonly T[], cursor: string | undefined) {
  const from = at(cursor);
  return pageOf(all.slice(from, from + PAGE + 1), from, PAGE);
}

function at(cursor: string | undefined): number {
  try {
    return placeOf(cursor);
  } catch (error) {
    if (error instanceof UsageError) throw invalid(error.message);
    throw error;
  }
}

function next(cursor: string | null): { nextCursor?: string } {
  return cursor === null ? {} : { nextCursor: cursor };
}

function invalid(message: string): ProtocolError {
  return new ProtocolError(ProtocolErrorCode.InvalidParams, message);
}

function isQuestion(result: ServedResult | InputRequiredResult): result is InputRequiredResult {
  return "resultType" in result && result.resultType === "input_required";
}

/** The same value with every text in it cleaned; bytes of pictures, sounds and files stay. */
function cleaned<T>(value: T, clean: (text: string) => string): T {
  if (typeof value === "string") return clean(value) as T;
  if (Array.isArray(value)) return value.map((one) => cleaned(one, clean)) as T;
  if (typeof value !== "object" || value === null) return value;
  const hasBytes = "mimeType" in value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      hasBytes && (name === "data" || name === "blob") ? inner : cleaned(inner, clean),
    ]),
  ) as T;
}

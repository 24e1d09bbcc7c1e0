/**
 * What a served ward offers over the Model Context Protocol: tools, resources and prompts, in a form
 * that knows nothing of transports and revisions. Features add theirs to the one table of `app/`.
 */
import type {
  CallToolResult,
  GetPromptResult,
  ReadResourceResult,
} from "@modelcontextprotocol/server";
import * as z from "zod";

/** Everything that is served. */
export interface Served {
  readonly name: string;
  readonly version: string;
  /** For the model of the client: what this server is for. */
  readonly instructions: string;
  readonly tools: readonly ServedTool[];
  readonly resources: readonly ServedResource[];
  readonly templates: readonly ServedTemplate[];
  readonly prompts: readonly ServedPrompt[];
}

/** What a client may show of a tool and go by; never what decides. */
export interface ToolHints {
  readonly readOnly: boolean;
  /** Whether it may take something away. */
  readonly destructive: boolean;
  readonly idempotent: boolean;
  /** Whether it deals with more than ward itself. */
  readonly openWorld: boolean;
}

/** Answer of a tool. */
export type ServedResult = Pick<CallToolResult, "content" | "structuredContent" | "isError">;

/** A tool. */
export interface ServedTool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Of the arguments, an object; printed for the client and checked on every call. */
  readonly schema: z.ZodType;
  readonly hints: ToolHints;
  /** @throws {AppError} Told to the client as a failure of the tool. */
  run(args: unknown, call: Call): Promise<ServedResult>;
}

/** A tool with its arguments typed by its schema. */
export function servedTool<S extends z.ZodType>(
  tool: Omit<ServedTool, "schema" | "run"> & {
    readonly schema: S;
    run(args: z.output<S>, call: Call): Promise<ServedResult>;
  },
): ServedTool {
  return { ...tool, run: (args, call) => tool.run(args as z.output<S>, call) };
}

/** A result of text alone. */
export function textResult(text: string, { isError = false } = {}): ServedResult {
  return { content: [{ type: "text", text }], ...isError ? { isError } : {} };
}

/** A question with fields, answered by the user of the client. */
export interface FormQuestion {
  readonly message: string;
  /** Fields of the answer: an object of plain fields, as MCP's elicitation has it. */
  readonly fields: z.ZodObject;
}

/** An address that the user of the client opens. */
export interface UrlQuestion {
  readonly message: string;
  readonly url: string;
}

/** What the user of the client did with a question. */
export type ClientAnswer =
  | { readonly action: "accept"; readonly content: Readonly<Record<string, unknown>> }
  | { readonly action: "decline" | "cancel" };

/** A call under way, towards its client. */
export interface Call {
  /** Aborts when the client cancels or is gone. */
  readonly signal: AbortSignal;
  /** How the client can ask its user. */
  readonly can: { readonly form: boolean; readonly url: boolean };
  /** Says what goes on, where the client wants to know. */
  progress(message: string): void;
  /** Says something that went on; as the client's log level has it. */
  log(level: "info" | "warning", text: string): void;
  /** Asks; only where `can.form`. Questions of one call come one after the other. */
  ask(question: FormQuestion, signal?: AbortSignal): Promise<ClientAnswer>;
  /** Has an address opened; only where `can.url`. */
  open(question: UrlQuestion, signal?: AbortSignal): Promise<ClientAnswer>;
  /** Tells whoever follows a resource that it is another now. */
  changed(uri: string): void;
}

/** Contents of a resource. */
export type ServedContents = ReadResourceResult["contents"];

/** A resource of one address. */
export interface ServedResource {
  readonly uri: string;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly mimeType: string;
  read(signal: AbortSignal): Promise<ServedContents>;
}

/** A resource as a list names it. */
export interface ListedResource {
  readonly uri: string;
  readonly name: string;
  readonly title?: string | undefined;
}

/** Resources of a kind. */
export interface ServedTemplate {
  /** RFC 6570, such as `ward://sessions/{id}`. */
  readonly uriTemplate: string;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly mimeType: string;
  /** Those that there are, from a place on; null: they are not listed. */
  readonly list: ((offset: number, limit: number) => Promise<readonly ListedResource[]>) | null;
  /** Null: there is none. */
  read(
    uri: string,
    variables: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<ServedContents | null>;
  /** Values of a variable that begin so. */
  complete?(variable: string, begun: string): Promise<readonly string[]>;
}

/** An argument of a prompt. */
export interface PromptArgument {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  complete?(begun: string): Promise<readonly string[]>;
}

/** A prompt that the user of the client picks. */
export interface ServedPrompt {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly args: readonly PromptArgument[];
  /** Arguments that are required are there. */
  messages(
    args: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<GetPromptResult["messages"]>;
}

/** What the kernel and the thread of a server say to each other. Texts in answers are the server's. */

/** A tool as a server describes it. */
export interface McpToolDefinition {
  readonly name: string;
  readonly title: string | null;
  readonly description: string;
  /** JSON Schema of its arguments, an object. */
  readonly inputSchema: Readonly<Record<string, unknown>>;
}

/** A server that answered. */
export interface McpHello {
  readonly name: string;
  readonly version: string;
  /** Revision of the protocol: `2025-11-25`. */
  readonly protocol: string;
}

/** A part of a result. */
export type McpPart =
  | { readonly type: "text"; readonly text: string }
  /** Bytes are not carried on. */
  | { readonly type: "image" | "audio"; readonly mimeType: string; readonly bytes: number }
  | { readonly type: "link"; readonly uri: string; readonly name: string }
  | {
    readonly type: "data";
    readonly uri: string;
    readonly mimeType: string;
    readonly bytes: number;
  };

/** What came of a call. */
export type McpCallResult =
  | { readonly type: "result"; readonly isError: boolean; readonly parts: readonly McpPart[] }
  /** The server answered with an error of the protocol. */
  | { readonly type: "refused"; readonly text: string };

/** Why a server is not there any more, or never was. */
export type McpEnd =
  | "ended"
  | "flood"
  | "too_large"
  | "malformed"
  | "late"
  | "unreachable"
  | "refused"
  | "not_authorized"
  /** The login that it was asked with has not the scopes for that. */
  | "insufficient_scope"
  | "protocol";

/** What a connection tells the kernel. */
export type McpEvent =
  | { readonly type: "ready"; readonly hello: McpHello }
  /** stdio: for the process. */
  | { readonly type: "line"; readonly line: string }
  /** http: what may the next request say? `refused`: the header that got a 401. */
  | { readonly type: "authorize"; readonly id: number; readonly refused: string | null }
  /** What it says of its tools may be another by now. */
  | { readonly type: "changed" }
  /** It asks the person for something. */
  | {
    readonly type: "elicit";
    readonly id: number;
    readonly message: string;
    readonly fields: readonly McpField[];
  };

/** A value that a server asks for. */
export interface McpField {
  readonly name: string;
  readonly title: string;
  readonly required: boolean;
  /** What it is taken as where the person agrees; null: there is no such value. */
  readonly standard: string | number | boolean | readonly string[] | null;
}

/** How a connection is made. */
export interface McpConnect {
  readonly kind: "stdio" | "http";
  /** http: its address. */
  readonly url: string;
  /** http: headers of every request, lower case; secrets among them. */
  readonly headers: Readonly<Record<string, string>>;
  /** Longest until it has answered, ms. */
  readonly limitMs: number;
  /** `legacy`: speak a revision before 2026-07-28 without asking first. */
  readonly negotiation: "auto" | "legacy";
  /** How ward names itself. */
  readonly version: string;
}

/** Bytes of one message of a server that are taken. */
export const MCP_MESSAGE_BYTES = 8 * 1024 * 1024;

/** Longest name of a tool that is taken. */
export const MCP_MAX_NAME = 256;

/** Tools of one server that are taken. */
export const MCP_MAX_TOOLS = 1000;

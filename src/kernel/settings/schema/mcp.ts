/** `[mcpServers.<alias>]` of `config.toml`, in the shape that other agents use too. */
import * as z from "zod";
import { ALIAS } from "../../../model/mcp/server.ts";
import { flag, isAddress, kept, key, SAVED, text, whole, words } from "./keys.ts";

/** A variable or header as written: where it is saved, or a text with `${NAME}` in it. */
export type McpValueSetting =
  /** `name`: as in `ward secrets`; null: the one of this server and name. */
  | { readonly type: "saved"; readonly name: string | null }
  | { readonly type: "text"; readonly text: string };

/** Where a text names a variable. */
const NAMED = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** Names of the variables in a text. */
export function namedVariables(value: string): string[] {
  return [...value.matchAll(NAMED)].map(([, name = ""]) => name);
}

/** The text with each variable replaced; null where one is not there. */
export function withVariables(
  value: string,
  valueOf: (name: string) => string | undefined,
): string | null {
  let isWhole = true;
  const filled = value.replace(NAMED, (_, name: string) => {
    const found = valueOf(name);
    if (!found) isWhole = false;
    return found ?? "";
  });
  return isWhole ? filled : null;
}

const value = (description: string) =>
  key(
    z.string().trim().min(1)
      .refine((one) => !/^keychain(?:$|:)/.test(one) || SAVED.test(one))
      .refine((one) => !one.replace(NAMED, "").includes("${"))
      .transform((one): McpValueSetting => {
        const saved = SAVED.exec(one);
        return saved ? { type: "saved", name: saved[1] ?? null } : { type: "text", text: one };
      }),
    {
      description,
      allowed:
        '"keychain" or "keychain:name" for a saved secret, or a text; "${NAME}" in it stands ' +
        "for a variable",
      secret: true,
      defaultText: "none",
      example: "keychain",
    },
  );

const variableName = () =>
  key(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/), {
    description: "Name of a variable",
    allowed: "letters, digits and _",
  });

const headerName = () =>
  key(z.string().regex(/^[A-Za-z0-9-]{1,64}$/), {
    description: "Name of a header",
    allowed: "letters, digits and -",
  });

const folders = (what: string) =>
  words(
    [],
    'folders: absolute, below "~/", or relative to the workspace ("." is the workspace)',
    `stdio: folders that it may ${what}`,
    (all) => all.length > 0 ? `its process may ${what} ${all.join(", ")}` : null,
  );

const server = () =>
  z.strictObject({
    type: key(z.enum(["stdio", "http"]).optional(), {
      description: "How it is spoken to: a process of its own, or Streamable HTTP",
      allowed: '"stdio", "http"',
      defaultText: "http where there is a url, else stdio",
      example: "stdio",
    }),
    command: key(z.string().trim().min(1).optional(), {
      description: "stdio: its program, by name or absolute path",
      allowed: "a text that is not empty",
      defaultText: "none",
      example: "npx",
      opens: (one) => one === undefined ? null : `"${one}" is started, in a cell`,
    }),
    args: key(z.array(z.string()).default([]), {
      description: "stdio: arguments of its program",
      allowed: "a list of arguments",
      opens: (all) =>
        Array.isArray(all) && all.length > 0 ? `its program gets ${JSON.stringify(all)}` : null,
    }),
    cwd: text("stdio: folder it starts in", "a temporary folder of its cell", "."),
    read: folders("read"),
    write: folders("write"),
    net: words(
      [],
      'hosts such as "api.example.com", or "api.example.com:8443"',
      "stdio: hosts that it may reach, by the proxy of its cell",
      (all) => all.length > 0 ? `its process reaches ${all.join(", ")}` : null,
    ),
    url: key(z.string().trim().refine(isAddress).optional(), {
      description: "http: its address",
      allowed: "an http:// or https:// address without a user name in it",
      defaultText: "none",
      example: "https://mcp.example/mcp",
      opens: (one) => one === undefined ? null : `what its tools are given goes to ${one}`,
    }),
    description: key(z.string().default(""), {
      description: "What it is for, in a sentence: stands before the description of each of its " +
        "tools as `[server: …]`; blank: nothing does",
      allowed: "a text",
      opens: (one) =>
        typeof one === "string" && one.trim() !== ""
          ? `models read before each of its tools ${JSON.stringify(one)}`
          : null,
    }),
    enabledTools: key(z.array(z.string().trim().min(1)).optional(), {
      description: "Its tools that may be used, by their names there",
      allowed: "a list of names",
      defaultText: "all",
      example: ["search"],
    }),
    enabled: flag(true, {
      description: "Whether it is used",
    }),
    timeout_s: whole(1, 86_400, 60, "Seconds one call may take"),
    env: z.record(
      variableName(),
      value("stdio: variables that it gets, besides the few of every cell"),
    )
      .prefault({}),
    headers: z.record(
      headerName(),
      value("http: headers of its requests, besides those of a login"),
    )
      .prefault({}),
    auth: z.strictObject({
      provider: key(z.literal("slack").optional(), {
        description:
          "http: whose login its requests go with: that of `ward mcp slack login` of this " +
          "name",
        allowed: '"slack"',
        defaultText: "that of ward mcp login",
        example: "slack",
      }),
      teamId: text("http: id of the workspace that the login is of", "not said", "T024JJ69R"),
      label: text("http: what that workspace is called", "not said", "Example Inc."),
    }).optional(),
    oauth: z.strictObject({
      clientId: text(
        "http: client that ward is at its login service; an address where the service takes such",
        "ward registers one",
        "my-client",
      ),
      clientSecret: kept("http: secret of that client"),
      scopes: key(z.array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/)).optional(), {
        description: "http: what a login asks for",
        allowed: "a list of scopes that the login service knows",
        defaultText: "what the server asks for",
        example: ["read"],
      }),
    }).optional(),
  }).superRefine((one, context) => {
    const issue = (path: string, message: string) =>
      context.addIssue({ code: "custom", path: [path], message });
    const needed = kindOf(one) === "http" ? "url" : "command";
    if (one[needed] === undefined) issue(needed, "missing");
    if (one.type === undefined && one.url !== undefined && one.command !== undefined) {
      issue("type", "missing");
    }
  });

/** How a server is spoken to. */
export function kindOf(
  { type, url }: {
    readonly type?: "stdio" | "http" | undefined;
    readonly url?: string | undefined;
  },
): "stdio" | "http" {
  return type ?? (url === undefined ? "stdio" : "http");
}

/** `[mcpServers.<alias>]`. */
export const mcpServersSection = z.record(
  key(z.string().regex(ALIAS), {
    description: "Name of an MCP server",
    allowed: "letters, digits, - and _, at most 32",
  }),
  z.lazy(server),
).superRefine((all, context) => {
  const seen = new Map<string, string>();
  for (const alias of Object.keys(all)) {
    const like = seen.get(alias.toLowerCase());
    // They would share their saved secrets and logins.
    if (like !== undefined) context.addIssue({ code: "custom", path: [alias], params: { like } });
    else seen.set(alias.toLowerCase(), alias);
  }
}).prefault({});

/** One entry. */
export type McpServerSetting = z.infer<ReturnType<typeof server>>;

/** `[mcp]`. */
export const mcpSection = z.strictObject({
  schema_tokens: whole(
    0,
    1_000_000,
    8000,
    "Tokens that the tools of MCP servers may take in each request; where they are more, the agent " +
      "looks for them (mcp_find) and only those it found go along",
  ),
}).prefault({});

/** Secrets that were written into the entry of a server itself: among its arguments, or its address. */
import type { McpServer } from "../../model/mcp/server.ts";
import type { KnownSecret } from "../net/outgoing_scan.ts";

type Entry = Pick<McpServer, "transport">;

/** Stands in the place of one. */
const HIDDEN = "hidden";

/** Names of options and parameters that are secret: `--tokenizer` and `--author` are none. */
const SECRET_NAME =
  /(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|AUTH|AUTHORIZATION|CREDENTIALS?|COOKIE|(?:^|[-_])(?:PASS|PWD|PAT))$/i;
/** What names a secret and has it after it: `--api-key=x`, `Authorization: Bearer x`, `TOKEN=x`. */
const NAMED = /^-{0,2}([A-Za-z0-9_-]+)(?:=|:\s*)(?:[A-Za-z]+\s+)?(\S+)$/;
/** What names one that is the next argument. */
const OPTION = /^--?([A-Za-z0-9_-]+)$/;
/** Where a secret is, or a word as `interactive`, which would then be in no address any more. */
const NONE = /^(?:(?:~|\.{1,2})?\/|[a-z]+:\/\/|\D*$)/i;

/**
 * The values that are secret by the names before them, as those of variables and headers are. What
 * nothing names, such as a part of an address's path, is not found, nor what has no digit.
 */
export function entrySecrets(
  { alias, transport }: Entry & Pick<McpServer, "alias">,
): KnownSecret[] {
  const values = transport.type === "http"
    ? inAddress(transport.url).map(([, value]) => value)
    : transport.args.map((_, at) => inArgument(transport.args, at));
  const name = `a value of the MCP server "${alias}"`;
  return values.flatMap((value) => value === null || value === "" ? [] : [{ name, value }]);
}

/** The same place with each of them hidden. */
export function withoutSecrets({ transport }: Entry): Entry {
  if (transport.type === "stdio") {
    const args = transport.args.map((arg, at) =>
      arg.replaceAll(inArgument(transport.args, at) || "\0", HIDDEN)
    );
    return { transport: { ...transport, args } };
  }
  const named = inAddress(transport.url);
  if (named.length === 0) return { transport };
  const url = new URL(transport.url);
  for (const [name] of named) url.searchParams.set(name, HIDDEN);
  return { transport: { ...transport, url: url.href } };
}

/** Parameters of an address, by name. */
function inAddress(url: string): [string, string][] {
  return URL.canParse(url)
    ? [...new URL(url).searchParams].filter(([name, value]) =>
      SECRET_NAME.test(name) && !NONE.test(value)
    )
    : [];
}

/** The secret in one argument; null: there is none. */
function inArgument(args: readonly string[], at: number): string | null {
  const arg = args[at] ?? "";
  const [, name = "", value = ""] = NAMED.exec(arg) ?? [];
  if (SECRET_NAME.test(name) && !NONE.test(value)) return value;
  const before = OPTION.exec(args[at - 1] ?? "")?.[1] ?? "";
  return SECRET_NAME.test(before) && !arg.startsWith("-") && !NONE.test(arg) ? arg : null;
}

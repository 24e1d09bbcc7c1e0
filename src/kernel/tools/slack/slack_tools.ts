/**
 * The tools of Slack, the agent's own and those that `ward mcp serve slack` serves. All that comes
 * back is from outside. Reading is what the user logged in for; what is done in the user's name asks,
 * with all of it shown.
 */
import * as z from "zod";
import { AppError } from "../../../base/app_error.ts";
import type { NetAccess } from "../../../model/cells/permission.ts";
import { Outside } from "../../../model/conversation/outside.ts";
import type { ToolResult } from "../../../model/conversation/tool.ts";
import type { SlackAccount, SlackAnswer } from "../../../model/services/slack.ts";
import type { Tool } from "../../ports.ts";
import { actingRows } from "./acting_rows.ts";
import { readingRows } from "./reading_rows.ts";
import type { SlackPort } from "./slack_port.ts";
import type { SlackFound, SlackRow } from "./slack_row.ts";

/** Characters of a result; a model gets about as much of any other. */
const MAX_CHARS = 48_000;

/** A tool with what people call it. */
export interface SlackTool {
  readonly tool: Tool;
  readonly title: string;
}

/** Makes them; none where nobody is logged in. */
export function createSlackTools(port: SlackPort): SlackTool[] {
  if (port.accounts.length === 0) return [];
  return [...readingRows(), ...actingRows()].map((row) => ({
    tool: createTool(row, port),
    title: row.title,
  }));
}

function createTool(row: SlackRow, port: SlackPort): Tool {
  const { accounts, apiUrl } = port;
  const isReading = row.sends === null;
  const aliases = accounts.map(({ alias }) => alias);
  const named = aliases.length > 1 ? { account: z.enum(aliases) } : {};
  const url = `${apiUrl}${row.method}`;
  return {
    name: row.name,
    description: `Slack (${aliases.join(", ")}). ${row.description}`,
    schema: z.strictObject({ ...named, ...row.shape }),
    flags: {
      readOnly: isReading,
      externalSideEffect: !isReading,
      needsApproval: !isReading,
      idempotent: isReading || row.method === "conversations.open",
      highImpactWrite: false,
    },
    plan(args: unknown) {
      const { account: alias, ...rest } = args as { account?: string };
      const account = accounts.find((one) => one.alias === alias) ?? accounts[0]!;
      const detail = row.sends === null
        ? undefined
        : `as ${account.userId} of ${account.alias} ${row.sends(rest)}`;
      return {
        accesses: [
          {
            permission: "net",
            compartment: "slack",
            host: new URL(apiUrl).host,
            url,
            // The API takes everything by POST; what only reads counts as reading.
            method: isReading ? "GET" : "POST",
            sends: !isReading,
            ...(isReading ? {} : { profile: account.alias, detail }),
          } satisfies NetAccess,
        ],
        title: `${row.title} (Slack, ${account.alias})`,
        readOnly: isReading,
        execute: ({ signal }) =>
          told(row, account, () =>
            row.run(rest, {
              account,
              call: (method, given) => port.call(account.alias, method, given, signal),
            })),
      };
    },
  };
}

/** Runs a call and gives an expected failure back as a result. */
async function told(
  { method, sends }: SlackRow,
  { alias }: SlackAccount,
  run: () => Promise<SlackFound>,
): Promise<ToolResult> {
  try {
    const { items, next, note } = await run();
    const found = `${items.length} ${items.length === 1 ? "result" : "results"}`;
    const content = sends === null ? found : "Done";
    return {
      ok: true,
      content: note === undefined ? `${content}.` : `${content}. ${note}.`,
      outside: [Outside.of(`slack ${alias}`, bounded({ items, next }))],
      summary: sends === null ? found : `done: ${method}`,
      effects: [`slack ${method} (${alias})`],
    };
  } catch (error) {
    if (!(error instanceof AppError) || !/^(slack|mcp)\./.test(error.code)) throw error;
    const content = error.hint ? `${error.message}. ${error.hint}` : error.message;
    return { ok: false, content, summary: error.message, wayOut: error.hint, effects: [] };
  }
}

/** As JSON of bounded size: every thing is in it, long texts of many are cut shorter. */
function bounded(answer: SlackAnswer): string {
  let text = JSON.stringify(answer, null, 1);
  for (let most = 2000; text.length > MAX_CHARS && most >= 50; most /= 2) {
    text = JSON.stringify(
      answer,
      (_, value) =>
        typeof value === "string" && value.length > most
          ? `${value.slice(0, most).toWellFormed()}… (cut)`
          : value,
      1,
    );
  }
  return text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS).toWellFormed()}… (cut)` : text;
}

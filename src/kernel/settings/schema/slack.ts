/** `[slack]` of `config.toml`: where Slack is, and what a login there asks for. */
import * as z from "zod";
import { SLACK_SCOPES } from "../../../model/services/slack.ts";
import { isLoopbackAddress, isSafeAddress } from "../../http/safe_address.ts";
import { key, words } from "./keys.ts";

/** Address for codes, as it is registered in the app at Slack. */
const CALLBACK_URL = "http://127.0.0.1:7898/oauth/callback";

const place = (standard: string, description: string, opens: string) =>
  key(z.string().trim().refine(isSafeAddress).default(standard), {
    description,
    allowed: "an https:// address without a user name in it, or http:// on this machine",
    opens: (value) => value === standard || value === undefined ? null : `${opens} ${value}`,
  });

/** `[slack]`. */
export const slackSection = z.strictObject({
  api_url: place(
    "https://slack.com/api/",
    "Base address of Slack's Web API; another one for GovSlack",
    "tokens of Slack, and what is posted there, go to",
  ),
  authorize_url: place(
    "https://slack.com/oauth/v2/authorize",
    "Page where the user agrees",
    "the user agrees at",
  ),
  mcp_url: place(
    "https://mcp.slack.com/mcp",
    "Slack's own MCP server, which `ward mcp slack login` writes an entry for",
    "tokens of Slack go to",
  ),
  callback_url: key(z.string().trim().refine(isLoopbackAddress).default(CALLBACK_URL), {
    description: "Address that the browser brings codes of Slack to; ward listens there while it " +
      "waits for one",
    allowed: "an http:// address of this machine with a port, such as " + CALLBACK_URL,
  }),
  scopes: words(
    SLACK_SCOPES,
    'user scopes of Slack such as "channels:history"',
    "What a login at Slack asks for",
  ),
}).prefault({});

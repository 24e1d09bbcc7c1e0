/**
 * The one description of `config.toml`: keys, bounds, defaults and texts. The checker, the table
 * in `docs/configuration.md` and every error message are made from it, so they cannot disagree.
 */
import * as z from "zod";
import { APPROVAL_MODES } from "../../../model/cells/permission.ts";
import { MODE_TEXTS } from "../../policy/modes.ts";
import { ACCOUNT_NAMES } from "../../../model/services/account.ts";
import { DEFAULT_ALLOW } from "../../commands/rules.ts";
import { LOG_LEVELS } from "../../../model/log.ts";
import { SERVICE_PROTOCOLS } from "../../../model/settings.ts";
import { REASONING_EFFORTS } from "../../../model/conversation/model_stream.ts";
import { agentsSection, delegationSection, subagentsSection } from "./agents.ts";
import { address, flag, isAddress, key, named, secret, text, whole, words } from "./keys.ts";
import { acpSection } from "./acp.ts";
import { channelsSection, daemonSection } from "./channels.ts";
import { mcpSection, mcpServersSection } from "./mcp.ts";
import { browserSection } from "./browser.ts";
import { filesSection } from "./files.ts";
import { httpProfilesSection, httpSection, oauthSection } from "./http.ts";
import { slackSection } from "./slack.ts";
import { webSection } from "./web.ts";
import { webhooksSection } from "./webhooks.ts";
import { budgetSection, redactionSection, rolesSection, routingSection } from "./models.ts";

const provider = () =>
  z.strictObject({
    protocol: key(z.enum(SERVICE_PROTOCOLS).optional(), {
      description: "Protocol the service speaks; needed for names ward does not know",
      allowed: SERVICE_PROTOCOLS.map((name) => `"${name}"`).join(", "),
      defaultText: "that of the known name",
      example: "openai",
    }),
    api_base: address("Base address of the service"),
    api_key: secret("Key of the service"),
    model: text("Model id to use with this provider", "the provider's usual one", "lab-large"),
  });

const loginAddress = (description: string) =>
  key(z.string().trim().refine(isAddress).optional(), {
    description,
    allowed: "an https:// address without a user name in it, or http:// on this machine",
    defaultText: "the service's own",
    example: "https://login.example/oauth/token",
    opens: (value) => value === undefined ? null : `codes and tokens of the login go to ${value}`,
  });

const account = () =>
  z.strictObject({
    client_id: text("Client that logs in", "see docs/accounts.md", "my-own-client"),
    authorize_url: loginAddress("Page where the user agrees"),
    redirect_url: loginAddress("Page that the login service sends the browser to with a code"),
    token_url: loginAddress("Gives tokens for codes and refresh tokens"),
    revoke_url: loginAddress("Takes tokens back at a logout"),
    device_url: loginAddress("Gives device codes"),
    poll_url: loginAddress("Says whether a device code was typed"),
    verify_url: loginAddress("Page where a device code is typed"),
    exchange_url: loginAddress("Gives the short token of the model service"),
  });

/** Form of the file that this ward reads. */
export const CONFIG_VERSION = 1;

/** `config.toml`. Unknown keys are errors. */
export const configSchema = z.strictObject({
  version: key(z.literal(CONFIG_VERSION).default(CONFIG_VERSION), {
    description: "Version of this file's form; only there for a later ward to tell",
    allowed: `the number ${CONFIG_VERSION}`,
  }),
  model: z.strictObject({
    provider: text(
      "A name of the table in docs/models.md, `builtin` or a name of `[providers.<name>]`",
      "the first that is found",
      "anthropic",
    ),
    name: text("Model id as the service knows it", "the provider's usual one", "claude-sonnet-5-5"),
    api_base: address("Base address of the provider, for any compatible service"),
    api_key: secret("Key of the provider"),
    fallback: words(
      [],
      "models as provider/model; the built-in assistant is the last of them by itself",
      "Models that are asked, in this order, when the one before does not answer",
    ),
    context_tokens: key(
      z.number().int().max(10_000_000).refine((tokens) => tokens === 0 || tokens >= 8_000)
        .default(0),
      {
        description: "Tokens that one request may take, its answer included; what is older is " +
          "summarised. 0: what is safe for the provider",
        allowed: "0 or a whole number from 8000 to 10000000",
      },
    ),
    max_output_tokens: whole(1, 1_000_000, 8192, "Longest answer of one model call, in tokens"),
    reasoning_effort: key(z.enum(["default", ...REASONING_EFFORTS]).default("default"), {
      description: "How long a model may think before it answers, where it can; `default` leaves " +
        "it to the service",
      allowed: ["default", ...REASONING_EFFORTS].map((name) => `"${name}"`).join(", "),
    }),
  }).prefault({}),
  roles: rolesSection,
  providers: named(
    key(z.string().regex(/^(?!builtin$)[a-z0-9][a-z0-9_-]*$/), {
      description: "Name of a provider",
      allowed: "lower-case letters, digits, - and _, other than builtin",
    }),
    provider,
  ),
  accounts: named(
    key(z.string().refine((name) => ACCOUNT_NAMES.some((one) => one === name)), {
      description: "Name of a login",
      allowed: ACCOUNT_NAMES.join(", "),
    }),
    account,
  ),
  workspace: z.strictObject({
    path: text(
      "Folder the agent works in; relative to ward's home, `~/` is your home",
      "`workspace` in ward's home",
      "~/projects",
    ),
  }).prefault({}),
  commands: z.strictObject({
    allow: words(
      DEFAULT_ALLOW,
      'programs with their first words, such as "git status", or "*" for all',
      "Prefix rules on words: what runs without a question",
      (allowed) => allowed.includes("*") ? "every program runs without a question" : null,
    ),
    operators: key(z.enum(["allow", "ask"]).default("allow"), {
      description: "`allow`: a line with pipes or lists passes when each program does; `ask`: " +
        "such a line is always asked about",
      allowed: '"allow", "ask"',
    }),
    timeout_s: whole(1, 86_400, 120, "Seconds a command may run"),
    background_max: whole(0, 32, 4, "Commands that may run in the background at once"),
    background_s: whole(1, 86_400, 3600, "Seconds a command may run in the background"),
    scrub_extra: words(
      [],
      'names with * as a wildcard, such as "MY_*"',
      "Further variables that never reach a command",
    ),
    verify_paths: flag(true, {
      description:
        "Programs that change files are asked about when a file they name was not read, " +
        "listed, found or named by you in the session",
    }),
    without_sandbox: flag(false, {
      description: "Run commands where there is no sandbox: they then reach all that you reach",
      opens: (on) => on === true ? "commands reach all that you reach where no sandbox is" : null,
    }),
  }).prefault({}),
  limits: z.strictObject({
    iterations: whole(1, 10_000, 50, "Model calls in a turn"),
    turn_s: whole(1, 604_800, 1800, "Seconds a turn may take"),
    stall_same_calls: whole(
      2,
      1000,
      3,
      "The same call with the same result, this often in a row, ends the turn",
    ),
    stall_alternations: whole(
      2,
      1000,
      3,
      "Two calls by turns with the same results, this often each, end the turn",
    ),
    stall_failed_rounds: whole(
      2,
      1000,
      6,
      "Rounds in a row in which every tool call failed end the turn",
    ),
    stall_refused_rounds: whole(
      2,
      1000,
      12,
      "Rounds in a row in which every tool call was refused end the turn",
    ),
    model_first_byte_s: whole(0, 3600, 45, "Seconds until a model answers at all; 0: no limit"),
    model_stall_s: whole(0, 3600, 90, "Seconds between two pieces of an answer; 0: no limit"),
    model_stream_s: whole(0, 86_400, 180, "Seconds a whole answer may take; 0: no limit"),
    model_tries: whole(1, 20, 4, "Tries of one model call, the first one included"),
    model_wait_s: whole(0, 3600, 120, "Seconds that all waits between the tries may take"),
    // The runtime inside the cell has the same bounds and does not start with less.
    memory_mb: whole(2048, 1_048_576, 2048, "Memory of one program in the cell, in MB"),
    processes: whole(1, 32_768, 256, "Processes and threads of a cell"),
    file_mb: whole(8, 1_048_576, 1024, "Largest file a program may write, in MB"),
    cpu_s: whole(1, 604_800, 600, "CPU seconds of one program"),
  }).prefault({}),
  budget: budgetSection,
  subagents: subagentsSection,
  delegation: delegationSection,
  agents: agentsSection,
  routing: routingSection,
  redaction: redactionSection,
  web: webSection,
  browser: browserSection,
  http: httpSection,
  http_profiles: httpProfilesSection,
  oauth: oauthSection,
  acp: acpSection,
  mcp: mcpSection,
  mcpServers: mcpServersSection,
  slack: slackSection,
  channels: channelsSection,
  daemon: daemonSection,
  webhooks: webhooksSection,
  files: filesSection,
  approvals: z.strictObject({
    mode: key(z.enum(APPROVAL_MODES).default("default"), {
      description: "How much is asked: `cautious` keeps no approval longer than the session, " +
        "`yolo` skips most questions; see docs/permissions.md",
      allowed: APPROVAL_MODES.map((name) => `"${name}"`).join(", "),
      opens: (mode) => mode === "yolo" ? `ward ${MODE_TEXTS.yolo}` : null,
    }),
    timeout_s: whole(0, 604_800, 300, "Seconds a question waits, then it is denied; 0 waits on"),
  }).prefault({}),
  logging: z.strictObject({
    level: key(z.enum(LOG_LEVELS).default("info"), {
      description: "How much is logged; `trace` has the arguments of tools, without keys",
      allowed: LOG_LEVELS.map((name) => `"${name}"`).join(", "),
    }),
  }).prefault({}),
  terminal: z.strictObject({
    history: whole(
      0,
      100_000,
      1000,
      "Lines of the prompt that are kept for Up, as plain text in the data folder; 0 keeps none",
    ),
  }).prefault({}),
  environment: z.strictObject({
    trust: words(
      [],
      "names of variables, without a wildcard",
      "Start variables that may stay although they act before ward does",
      (names) =>
        names.length > 0 ? `${names.join(", ")} may act on ward before its first line` : null,
    ),
  }).prefault({}),
});

/** A checked file with the defaults filled in. */
export type FileSettings = z.infer<typeof configSchema>;

/**
 * What users and scripts may build on, frozen as literals. A change here is a change for them: it
 * belongs into CHANGELOG.md.
 */
import assert from "node:assert/strict";
import { compartments } from "../src/compartments/table.ts";
import { SCHEMA_VERSION } from "../src/compartments/store/schema.ts";
import { AppError, StoppedError, UsageError } from "../src/base/app_error.ts";
import { keyRows } from "../src/kernel/settings/schema/walk.ts";
import { BackgroundCommands, BackgroundSlots } from "../src/kernel/tools/commands/background.ts";
import { systemClock } from "../src/host/process/system.ts";
import { createCommandTools } from "../src/kernel/tools/commands/command_tools.ts";
import { createFileTools } from "../src/kernel/tools/files/file_tools.ts";
import { createHttpRequestTool } from "../src/kernel/tools/http/http_request.ts";
import type { WebPort } from "../src/kernel/tools/web/web_port.ts";
import { createWebTools } from "../src/kernel/tools/web/web_tools.ts";
import type { HandsPort } from "../src/model/cells/hands.ts";
import { exitCodeOf } from "../src/surfaces/cli/renderer.ts";
import { reportError } from "../src/surfaces/cli/report_error.ts";
import { memoryOutput } from "./cli/streams.ts";

const SRC = new URL("../src/", import.meta.url).pathname;

/** By family: `cell.broken`, `cell.failed`, … */
const ERROR_CODES: Readonly<Record<string, string>> = {
  account:
    "address broken callback changed client confirm denied ended expired file late locked malformed no_code " +
    "no_service none not_connected redirected refused rejected renewal_off stale state stopped taken unavailable " +
    "unknown unreachable unsaved",
  acp: "busy content cwd folders mode model open option",
  api: "address busy cancelled ended no_judge parked running taken token",
  background: "closed killed too_many unknown",
  budget: "not_asked",
  cell: "broken failed flood late open_files path profile_size tried unproven workspace_moved",
  channel:
    "address chat_unknown ended file_refused file_unreadable gone intents known late malformed name no_history no_token no_value none not_configured owner refused taken taken_name token too_large unreachable unsupported",
  cli:
    "image_no_model image_redacted image_too_large image_type image_unreadable input_not_text input_too_large missing_argument no_message no_model stopped usage",
  compartment: "broken",
  config_file: "changed dangling empty exposed no_backup no_terminal not_text too_large unreadable",
  daemon: "broken running",
  delegation: "gone no_sandbox too_large too_many_changes",
  doctor: "busy done no_temporary_folder unexpected",
  editor: "broken changed confirm failed none unknown unusable",
  egress: "ended hello late path",
  engine: "missing",
  files: "bad_path bad_pattern binary busy denied edit_ambiguous edit_empty edit_no_change " +
    "edit_not_found editor home_path io is_folder link_outside loop moved name_too_long no_space " +
    "not_a_file not_a_folder not_found not_text outside read_only too_large too_many_open",
  hands: "ended malformed no_pipes no_shell not_configured stuck",
  http: "body domain header profile",
  home: "not_a_folder not_writable shared unknown",
  instructions: "confirm none unknown unusable",
  launcher: "refused",
  logs: "unreadable",
  list: "cursor",
  mcp:
    "at_slack auth_required client_secret confirm ended entry folder given_up late login_service needs_client " +
    "no_address no_cell no_pkce no_program no_server no_value not_started of_workspace protocol " +
    "registration taken too_large unknown",
  mcp_server: "busy cannot_ask refused",
  model:
    "cancelled context_overflow cut malformed no_credit not_found over_budget rate_limited rejected " +
    "timeout unauthorized unavailable unreachable",
  net:
    "address downgrade ended late malformed name port redirect_body redirects scheme unresolved " +
    "userinfo",
  permissions: "empty half no_grant no_session no_set not_grantable time",
  profile: "active_broken exists in_use is_active is_default linked none not_confirmed " +
    "not_removed taken unknown",
  provider:
    "asked invalid_address key_without_provider no_address no_key no_login no_model no_models " +
    "no_protocol none_for_model role stopped unknown unknown_model",
  secrets: "argument broken kept name no_value none sealed value",
  session:
    "ambiguous confirm file_exists in_use kept none not_found not_written of_agent other_workspace",
  settings: "edit_failed invalid needs_yes newer not_a_key not_changed secret_argument syntax " +
    "unknown_key value",
  slack:
    "alias arguments ended limited logged_in malformed no_login other_team redirect refused unreachable",
  start: "environment folder incomplete",
  store:
    "broken busy closed conflict copy_broken corrupt denied disk_full done io key_invalid key_missing " +
    "missing newer no_call no_message no_session not_open open_already plaintext wrong_key",
  system: "denied disk_full gone read_only",
  tools:
    "bad_command bad_probe bad_ref bad_timeout empty_command empty_message no_agent no_change no_id no_key no_path no_value setting_secret setting_table too_many_agents unknown_tools",
  webhook: "secret",
  web:
    "cut encoding ended head_too_large late malformed not_granted tls too_large type unreachable",
  workspace: "missing not_a_folder system_folder unreadable ward_home",
};

Deno.test("error codes", async () => {
  const families = Object.keys(ERROR_CODES).filter((name) => name !== "model").join("|");
  const keys = new Set(keyRows().map(({ key }) => key));
  const found: Record<string, Set<string>> = {};
  for (const path of filesBelow(SRC)) {
    // Lines of the proof and checks of doctor have ids of the same form.
    if (path === `${SRC}app/cells/proof/prove.ts` || path.startsWith(`${SRC}kernel/doctor/`)) {
      continue;
    }
    const text = await Deno.readTextFile(path);
    const family = path === `${SRC}model/conversation/model_stream.ts` ? "model" : families;
    for (const [, code = ""] of text.matchAll(new RegExp(`"((?:${family})\\.[a-z_]+)"`, "g"))) {
      // A file of that name, what a webhook is told, and a method of Slack's.
      if (["secrets.enc", "budget.warning", "files.info"].includes(code)) continue;
      const [name = "", rest = ""] = code.split(".");
      if (!keys.has(code)) (found[name] ??= new Set()).add(rest);
    }
  }
  const words = Object.entries(found).map(([name, codes]) => [name, [...codes].sort().join(" ")]);
  assert.deepEqual(Object.fromEntries(words.sort()), ERROR_CODES);
});

Deno.test("exit codes", () => {
  const outcomes = ["complete", "failed", "capped", "stalled", "stopped"] as const;
  assert.deepEqual(outcomes.map(exitCodeOf), [0, 1, 1, 1, 130]);
  const options = { json: false, debug: false };
  const ofErrors = [
    new UsageError("a.b", "c"),
    new AppError("a.b", "c"),
    new Error("d"),
    new StoppedError("a.b", "c"),
  ].map((error) => reportError(error, memoryOutput(), options));
  assert.deepEqual(ofErrors, [2, 1, 1, 130]);
});

Deno.test("tools and what they do to the world", () => {
  const hands = {} as HandsPort;
  const tools = [
    ...createFileTools({ hands, workspace: "/w" }),
    ...createCommandTools({
      hands,
      workspace: "/w",
      takeRefused: () => Promise.resolve([]),
      takeReached: () => [],
      hostCommand: "ward permissions grant net",
      env: {},
      author: { name: null, email: null },
      operators: "allow",
      timeoutMs: 1,
      outputLimitBytes: 1,
      background: new BackgroundCommands({
        clock: systemClock,
        slots: new BackgroundSlots(1),
        timeoutMs: 1,
      }),
    }),
    ...createWebTools({
      web: {} as WebPort,
      hosts: [],
      service: "duckduckgo",
      base: null,
      key: null,
      userAgent: "ward",
    }),
    createHttpRequestTool({
      web: {} as WebPort,
      hosts: [],
      profiles: [],
      timeoutMs: 1,
      responseBytes: 1,
      userAgent: "ward",
    }),
  ];
  const lines = tools.map(({ name, flags }) =>
    [name, ...Object.entries(flags).filter(([, on]) => on).map(([flag]) => flag)].join(" ")
  );
  assert.deepEqual(lines, [
    "read readOnly idempotent",
    "write idempotent",
    "edit",
    "list readOnly idempotent",
    "glob readOnly idempotent",
    "grep readOnly idempotent",
    "overview readOnly idempotent",
    "run",
    "background",
    "git_info readOnly idempotent",
    "git_commit",
    "web_search readOnly idempotent",
    "web_fetch readOnly idempotent",
    "http_request externalSideEffect needsApproval highImpactWrite",
  ]);
});

Deno.test("the compartment table: exact permission sets", () => {
  const rows = (sandbox: "bubblewrap" | "none") =>
    Object.fromEntries(
      compartments({
        workspace: "/w",
        dataDir: "/d",
        outputDir: "/d/out",
        programs: ["/bin/ls"],
        sandbox,
        commandsWithoutSandbox: false,
        helpers: ["/bin/bwrap"],
        providers: [{ name: "lab", host: "lab.example:443" }],
        logins: [{ name: "claude", hosts: ["login.example:443"], listens: 0 }],
        mcpLogins: ["lab"],
        slack: "slack.com:443",
        proxied: [{ cell: "hands", socket: "/d/egress/1/socket", hosts: ["192.0.2.1:443"] }],
        request: { addresses: ["93.184.216.34", "2606:4700::1111"], port: 443 },
        grants: [],
      }).map(({ id, kind, permissions }) => [
        id,
        [
          kind,
          ...Object.entries(permissions).filter(([, values]) => values.length > 0)
            .map(([name, values]) => `${name}=${values.join(",")}`),
        ].join(" "),
      ]),
    );
  const threads = {
    kernel: "kernel read=* write=* net=*",
    store: "thread read=/d write=/d",
    launcher: "thread run=/bin/bwrap",
    "egress:hands":
      "thread read=/d/egress/1/socket write=/d/egress/1/socket net=192.0.2.1:443,unix:/d/egress/1/socket",
    "auth:claude": "thread net=login.example:443,127.0.0.1:0",
    "auth:mcp-lab": "thread",
    slack: "thread net=slack.com:443",
    web: "thread net=93.184.216.34:443,[2606:4700::1111]:443",
    "model:lab": "thread net=lab.example:443 sys=osRelease,hostname,cpus,systemMemoryInfo",
  };
  assert.deepEqual(rows("bubblewrap"), {
    ...threads,
    hands: "cell read=/w,/d/out,/tmp write=/w,/tmp run=/bin/ls",
  });
  assert.deepEqual(rows("none"), { ...threads, hands: "thread read=/w,/d/out write=/w" });
});

Deno.test("version of the state database", () => {
  assert.equal(SCHEMA_VERSION, 12);
});

function filesBelow(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap((entry) =>
    entry.isDirectory ? filesBelow(`${folder}${entry.name}/`) : [`${folder}${entry.name}`]
  );
}

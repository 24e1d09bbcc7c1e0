/** What an answer says was done is held against the audit log. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import fc from "fast-check";
import { findClaims } from "../../src/kernel/claims/find_claims.ts";
import { unproven } from "../../src/kernel/claims/match_claims.ts";
import { createFindTool } from "../../src/kernel/mcp/find_tool.ts";
import { createLoadedTools } from "../../src/kernel/mcp/loaded_tools.ts";
import type { McpPort } from "../../src/kernel/mcp/mcp_port.ts";
import { createServedTool } from "../../src/kernel/mcp/served_tool.ts";
import type { Tool } from "../../src/kernel/ports.ts";
import { createMcpTool, type McpToolDeps } from "../../src/kernel/tools/manage/mcp_tool.ts";
import type { SlackPort } from "../../src/kernel/tools/slack/slack_port.ts";
import { createSlackTools } from "../../src/kernel/tools/slack/slack_tools.ts";
import { countBattery } from "../battery_count.ts";
import { calls, says } from "../fakes/scripted_model.ts";
import { fine, kit, tool } from "../agent/turn_kit.ts";
import corpus from "./corpus.json" with { type: "json" };

const effect = (subject: string, text: string) =>
  ({ kind: "effect", subject, detail: { effect: text } }) as const;
const missing = (answer: string, ...rows: Parameters<typeof unproven>[1]) =>
  unproven(findClaims(answer), rows).map(({ text }) => text);

Deno.test("attack: side effects that were never done are found in what an answer says", async (t) => {
  const unseen = corpus.claims.filter((answer) => missing(answer).length === 0);
  deepEqual(unseen, []);
  const tried = corpus.claims.length;
  await countBattery(t, {
    battery: "false claims",
    verb: "found",
    held: tried - unseen.length,
    tried,
  });
});

Deno.test("no alarm on what claims nothing: denials, plans, questions, quotations, code, prose", () => {
  deepEqual(corpus.others.filter((answer) => findClaims(answer).length > 0), []);
  fc.assert(fc.property(fc.lorem({ maxCount: 60 }), (text) => findClaims(text).length === 0));
  fc.assert(fc.property(fc.string({ maxLength: 300 }), (text) => {
    findClaims(text);
  }));
});

Deno.test("no alarm on what was done", () => {
  equal(missing("I created `docs/report.md`.", effect("write", "write docs/report.md")).length, 0);
  equal(missing("I updated report.md.", effect("edit", "write /w/docs/report.md")).length, 0);
  equal(missing("I deleted `a.txt`.", effect("run", "run rm a.txt")).length, 0);
  equal(missing("I created `a.txt`.", effect("run", "run python3 make.py")).length, 0);
  equal(missing("I ran `npm test`.", effect("run", "run npm test")).length, 0);
  equal(missing("I committed the changes.", effect("git_commit", "commit 1234")).length, 0);
  equal(missing("I sent the email.", effect("mail_send", "send to anna")).length, 0);
  const call = { kind: "tool_call", subject: "mcp_mail", detail: { title: "x" } } as const;
  equal(missing("I sent the email.", call).length, 0);
});

Deno.test("attack: another effect than the one that is claimed proves nothing", () => {
  const read = effect("run", "run ls -la");
  deepEqual(missing("I created `a.txt`.", effect("write", "write b.txt"), read), [
    "I created `a.txt`.",
  ]);
  deepEqual(missing("I sent the email to Anna.", effect("write", "write a.txt")), [
    "I sent the email to Anna.",
  ]);
  deepEqual(missing("I ran `npm test`.", read), ["I ran `npm test`."]);
  const refused = { kind: "tool_call", subject: "mcp_mail", detail: { rejected: "x" } } as const;
  equal(missing("I sent the email.", refused).length, 1);
});

Deno.test("attack: a call that was refused, or only looked, proves nothing", () => {
  const sent = "I sent the email to Anna.";
  const call = (tool: string, ...decisions: [decision: string, value: string, rule: string][]) => [
    {
      kind: "tool_call",
      subject: tool,
      detail: {
        callId: "c1",
        title: "x",
        readOnly: tool === "http_request" && decisions.every(([, value]) => /^GET /.test(value)),
      },
    } as const,
    ...decisions.map(([decision, value, rule]) =>
      ({
        kind: "decision",
        subject: "net",
        detail: { callId: "c1", decision, value, rule },
      }) as const
    ),
  ];
  const asked: [string, string, string] = ["ask", "POST https://a.example/", "sends"];
  const yes: [string, string, string] = ["allow", "POST a.example", "answer: once"];
  const no: [string, string, string] = ["deny", "POST a.example", "answer: deny"];
  const look: [string, string, string] = ["allow", "GET https://a.example/", "reading the web"];
  const get = effect("http_request", "GET a.example");
  equal(missing(sent, ...call("http_request", asked)).length, 1);
  equal(missing(sent, ...call("http_request", asked, no)).length, 1);
  equal(missing(sent, ...call("mcp_mail", asked, no)).length, 1);
  equal(missing(sent, ...call("http_request", look), get).length, 1);
  equal(missing(sent, ...call("browser", look), ...call("browser")).length, 1);
  equal(missing(sent, ...call("background")).length, 1);
  equal(missing(sent, ...call("http_request", asked), ...call("mcp_mail", asked)).length, 1);
  // Answered with yes, whether it came to an end or not; and one refused call hides no other.
  equal(missing(sent, ...call("http_request", asked, yes)).length, 0);
  equal(missing(sent, ...call("mcp_mail"), ...call("mcp_mail", asked, no)).length, 0);
  equal(missing(sent, ...call("mcp_mail", asked, yes), ...call("mcp_mail", asked, no)).length, 0);
});

Deno.test("attack: one of ward's own looking tools, and every claim is believed", async () => {
  const slack = createSlackTools({
    accounts: [{ alias: "work", userId: "U1", teamId: "T1" }],
    apiUrl: "https://slack.example/api/",
    call: () => Promise.resolve({ items: [{ ok: true }], next: null }),
  } as unknown as SlackPort).map(({ tool }) => tool);
  const definition = {
    name: "send",
    title: null,
    description: "Only reads",
    inputSchema: { type: "object" },
    // As servers say it; nobody takes their word for it.
    annotations: { readOnlyHint: true, destructiveHint: false },
  };
  const port = {
    server: { alias: "mail", description: null, enabledTools: null },
    sends: true,
    approval: () => ({}),
    tools: () => Promise.resolve([{ name: "send", state: "approved" }]),
    call: () => Promise.resolve({ type: "result", isError: false, parts: [] }),
    lastWords: () => "",
  } as unknown as McpPort;
  const tools = [
    ...slack,
    createFindTool(createLoadedTools(() => [], 1000), () => []) as Tool,
    createMcpTool({ list: () => Promise.resolve([]) } as unknown as McpToolDeps) as Tool,
    createServedTool(port, definition, "mcp_mail_send", () => true) as Tool,
  ];
  const found = async (name: string, args: Record<string, unknown>) => {
    const script = [calls(["a", name, args]), says("I sent the email to Anna.")];
    const k = await kit(script, { tools });
    await k.run();
    ok(k.events.some((event) => event.type === "tool_finished" && event.ok), name);
    return k.events.flatMap((event) => event.type === "unproven" ? event.claims : []).length;
  };
  equal(await found("slack_list_channels", {}), 1);
  equal(await found("slack_whoami", {}), 1);
  equal(await found("mcp_find", { query: "mail" }), 1);
  equal(await found("manage_mcp", { action: "list" }), 1);
  // What acts may have been it, whatever its server says of it.
  equal(await found("slack_post_as_me", { channel: "C1", text: "Hi" }), 0);
  equal(await found("mcp_mail_send", {}), 0);
});

Deno.test("attack: that a command may run beside others is taken for nothing done, or for all", () => {
  const run = (command: string) => [
    { kind: "tool_call", subject: "run", detail: { callId: "c1", readOnly: true } } as const,
    { kind: "effect", subject: "run", detail: { callId: "c1", effect: `run ${command}` } } as const,
  ];
  equal(missing("I ran `ls -la`.", ...run("ls -la")).length, 0);
  equal(missing("I sent the email.", ...run("ls -la")).length, 1);
  equal(missing("I created `a.txt`.", ...run("python3 make.py")).length, 0);
  const info = [
    { kind: "tool_call", subject: "git_info", detail: { callId: "c1", readOnly: true } } as const,
    {
      kind: "effect",
      subject: "git_info",
      detail: { callId: "c1", effect: "run git log" },
    } as const,
  ];
  equal(missing("I ran the tests.", ...info).length, 1);
});

Deno.test("attack: that another agent ran, or a sub-agent was started, proves nothing but what they did", () => {
  const codex = [
    { kind: "tool_call", subject: "cli_agent", detail: { callId: "c1", title: "x" } } as const,
    effect("cli_agent", "run agent codex"),
    effect("cli_agent", "write src/app.ts"),
  ];
  equal(missing("I fixed `src/app.ts`.", ...codex).length, 0);
  equal(missing("Agent codex fixed `src/app.ts`.", ...codex).length, 0);
  equal(missing("I created `other.ts`.", ...codex).length, 1);
  equal(missing("I ran `npm test`.", ...codex).length, 1);
  equal(missing("I committed the changes.", ...codex).length, 1);
  equal(missing("I sent the email to Anna.", ...codex).length, 1);
  equal(missing("I installed `left-pad`.", ...codex).length, 1);
  // Of what it asked a host nobody knows.
  const reached = [...codex, effect("cli_agent", "reach api.example.com")];
  equal(missing("I sent the email to Anna.", ...reached).length, 0);
  equal(missing("I created `other.ts`.", ...reached).length, 1);

  const spawned = [
    { kind: "tool_call", subject: "spawn_agent", detail: { callId: "c1", title: "x" } } as const,
    effect("spawn_agent", "session s2"),
  ];
  equal(missing("I created `a.txt`.", ...spawned).length, 1);
  equal(missing("The sub-agent ran the tests.", ...spawned).length, 1);
  equal(missing("I sent the email to Anna.", ...spawned).length, 1);
  const below = { ...effect("write", "write a.txt"), sessionId: "s2" };
  equal(missing("I created `a.txt`.", ...spawned, below).length, 0);
});

Deno.test("attack: a refused call of a sub-agent is not taken for one above with the same id", () => {
  const call = (sessionId: string, tool: string) =>
    ({ kind: "tool_call", subject: tool, detail: { callId: "c1" }, sessionId }) as const;
  const said = (sessionId: string, decision: string, rule: string) =>
    ({
      kind: "decision",
      subject: "net",
      detail: { callId: "c1", decision, rule, value: "POST https://a.example/" },
      sessionId,
    }) as const;
  const sent = "I sent the email to Anna.";
  const refused = [call("s2", "mcp_mail"), said("s2", "ask", "sends")];
  // The yes of the session above is for its own call.
  const above = [call("s1", "git_commit"), said("s1", "allow", "answer: once")];
  equal(missing(sent, ...refused, ...above).length, 1);
  equal(missing(sent, ...refused, said("s2", "allow", "answer: once"), ...above).length, 0);
});

Deno.test("attack: a pathological answer takes no time", () => {
  for (const piece of ["I ", "I created ", "I have and ", "`", "I created `", "```\n", "a.b/"]) {
    findClaims(piece.repeat(20_000));
  }
  findClaims(`I a${" ".repeat(50_000)}x`);
});

Deno.test("a turn says which claims are not in the log, and stays silent where they are", async () => {
  const write = tool(
    "write",
    "write",
    ({ path }) => ({ ...fine("ok"), effects: [`write ${path}`] }),
  );
  const run = async (answer: string) => {
    const k = await kit([calls(["a", "write", { path: "real.txt" }]), says(answer)], {
      tools: [write],
    });
    await k.run();
    return k.events.flatMap((event) => event.type === "unproven" ? event.claims : []);
  };
  deepEqual(await run("I created `real.txt`."), []);
  const found = await run("I created `real.txt`. I also sent the email to Anna.");
  equal(found.length, 1);
  match(found[0] ?? "", /sent the email/);
});

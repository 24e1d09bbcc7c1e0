/** What an answer says was done is held against the audit log. */
import { deepEqual, equal, match } from "node:assert/strict";
import fc from "fast-check";
import { findClaims } from "../../src/kernel/claims/find_claims.ts";
import { unproven } from "../../src/kernel/claims/match_claims.ts";
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
    { kind: "tool_call", subject: tool, detail: { callId: "c1", title: "x" } } as const,
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

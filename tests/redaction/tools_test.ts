/** What models are told of tools, with redaction on: most of it is the word of MCP servers. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { createOffer } from "../../src/kernel/agent/offered_tools.ts";
import type { McpPort } from "../../src/kernel/mcp/mcp_port.ts";
import { createServedTool } from "../../src/kernel/mcp/served_tool.ts";
import type { Tool } from "../../src/kernel/ports.ts";
import { MessageRedaction } from "../../src/kernel/redaction/message_redaction.ts";
import { PATTERNS } from "../../src/kernel/redaction/patterns.ts";
import { Redactor } from "../../src/kernel/redaction/redactor.ts";
import type { HandsPort } from "../../src/kernel/tools/hands_port.ts";
import type { ModelRequest, ToolSpec } from "../../src/model/conversation/model_stream.ts";
import { type Parts, wardTools } from "../security/exfil/ward_tools.ts";
import { NONCE, redactor } from "./redaction_kit.ts";

const URL_PASSWORD = "hunt3r-tw0";
const KEY = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";

/** As a request has it, of a server that says secrets in all places. */
function served(): readonly ToolSpec[] {
  const port = {
    server: { alias: "db", description: "Rows, ask anna.mueller@mail.example" },
    sends: true,
  } as unknown as McpPort;
  const tool = createServedTool(
    port,
    {
      name: "query",
      title: null,
      description: `Rows of postgres://bob:${URL_PASSWORD}@db.example/x; ask jane.doe@mail.example`,
      inputSchema: {
        type: "object",
        properties: {
          auth: { type: "string", description: `such as ${KEY}`, default: KEY },
          password: { type: "string", default: "opensesame1" },
          source: { enum: [`https://bob:${URL_PASSWORD}@db.example/x`, "local"] },
          rows: { type: "integer", maximum: 4111111111111111, default: 10 },
          nested: {
            type: "array",
            items: { anyOf: [{ pattern: `^${KEY}$` }, { $ref: "#/$defs/one" }] },
          },
        },
        required: ["auth", "password"],
        $defs: { one: { type: "object", title: `Of ${KEY}`, default: { "api_key": KEY } } },
      },
    },
    "mcp_db_query",
    () => true,
  );
  return createOffer()([tool as Tool]).specs;
}

const SAID = [URL_PASSWORD, KEY, "opensesame1", "anna.mueller", "jane.doe"];

function requestOf(tools: readonly ToolSpec[], text: string, system = ""): ModelRequest {
  return {
    model: "m",
    system,
    messages: [{ role: "user", text }],
    tools,
    maxOutputTokens: 1,
  };
}

Deno.test("attack: what an MCP server says of its tools is sent with its secrets", () => {
  const tools = served();
  const raw = JSON.stringify(tools);
  deepEqual(SAID.filter((one) => !raw.includes(one)), [], "control: the server says them");
  const of = new MessageRedaction(redactor());
  // What it names is hidden wherever else it stands, and before that too.
  const request = of.request(requestOf(tools, `${KEY} opensesame1`, "opensesame1"));
  const sent = JSON.stringify(request);
  deepEqual(SAID.filter((one) => sent.includes(one)), [], sent);
  const [tool] = request.tools;
  equal(tool?.name, "mcp_db_query");
  const { type, properties, required } = tool!.parameters as {
    type: string;
    properties: Record<string, unknown>;
    required: string[];
  };
  equal(type, "object");
  deepEqual(required, ["auth", "password"]);
  deepEqual(Object.keys(properties), ["auth", "password", "source", "rows", "nested"]);
  deepEqual(properties["rows"], { type: "integer", maximum: 4111111111111111, default: 10 });
  // A rule that a placeholder would turn into another one is left out; the server has it still.
  deepEqual(properties["nested"], {
    type: "array",
    items: { anyOf: [{}, { $ref: "#/$defs/one" }] },
  });
});

Deno.test("attack: a secret stands where a schema has the name of a rule, or a schema itself", () => {
  const tools: readonly ToolSpec[] = [{
    name: "mcp_db_query",
    description: "Rows",
    parameters: {
      type: "object",
      [`of ${KEY}`]: true,
      patternProperties: { [`^${KEY}$`]: { type: "string" }, "^x-": { type: "string" } },
      properties: { id: { type: "string", [KEY]: 1, not: KEY } },
    },
  }];
  const [tool] = new MessageRedaction(redactor()).request(requestOf(tools, "hello")).tools;
  ok(!JSON.stringify(tool).includes(KEY), JSON.stringify(tool));
  deepEqual(Object.keys(tool!.parameters), ["type", "patternProperties", "properties"]);
  deepEqual(tool!.parameters["patternProperties"], { "^x-": { type: "string" } });
});

Deno.test("attack: words of JSON Schema are called secret, so that no service takes the tools any more", () => {
  const words = ["properties", "required", "description", "mcp_db_query", "password"];
  const said = words.map((word) => `password: ${word}`).join("\n");
  const of = new MessageRedaction(redactor());
  const { messages, tools } = of.request(requestOf(served(), said));
  ok(!JSON.stringify(messages).includes("properties"), "control: they were taken for secrets");
  const { name, parameters } = tools[0]!;
  equal(name, "mcp_db_query");
  deepEqual(Object.keys(parameters), ["type", "properties", "required", "$defs"]);
  deepEqual(parameters["required"], ["auth", "password"]);
});

/** Counts what it is asked. */
class CountingRedactor extends Redactor {
  asked = 0;

  override redact(text: string): string {
    this.asked++;
    return super.redact(text);
  }
}

Deno.test("tools are gone through once, and once more where they hold what was named after that", () => {
  const counting = new CountingRedactor({
    patterns: Object.values(PATTERNS).flat(),
    secrets: () => [],
    nonce: NONCE,
  });
  const of = new MessageRedaction(counting);
  const tools = served();
  const first = of.request(requestOf(tools, "hello")).tools;
  counting.asked = 0;
  // The same list, so that a thread which has it is not sent it again.
  equal(of.request(requestOf(tools, "hello again")).tools, first);
  equal(counting.asked, 1);
  equal(of.request(requestOf(tools, "password: nowhere-in-the-tools")).tools, first);
  const named = of.request(requestOf(tools, "password: #/$defs/one")).tools;
  ok(!JSON.stringify(named).includes("#/$defs/one"), JSON.stringify(named));
});

Deno.test("ward's own tools go out as they are", () => {
  const specs = createOffer()(wardTools({
    hands: {} as HandsPort,
    web: {} as Parts["web"],
    slack: {
      accounts: [{ alias: "work", userId: "U1", team: { id: "T1", name: "Work" } }],
      apiUrl: "https://slack.example/api/",
      call: () => Promise.reject(new Error("nobody there")),
    },
    browser: {} as Parts["browser"],
    servers: {} as Parts["servers"],
    mcp: { server: { alias: "mail", description: null }, sends: true } as unknown as McpPort,
  })).specs;
  equal(new MessageRedaction(redactor()).request(requestOf(specs, "")).tools, specs);
});

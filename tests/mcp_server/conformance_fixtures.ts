/** What the official conformance suite asks a server to offer, as ward's own serving code takes it. */
import type { Server } from "@modelcontextprotocol/server";
import * as z from "zod";
import {
  type Served,
  type ServedResult,
  type ServedTool,
  servedTool,
  textResult,
} from "../../src/surfaces/mcp_server/served.ts";

/** One red pixel. */
const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
/** A header and no samples. */
const WAV = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=";

const hints = { readOnly: true, destructive: false, idempotent: true, openWorld: false };

function tool<S extends z.ZodType>(
  name: string,
  schema: S,
  run: (args: z.output<S>, call: Parameters<ServedTool["run"]>[1]) => Promise<ServedResult>,
): ServedTool {
  return servedTool({ name, title: name, description: `Fixture ${name}`, schema, hints, run });
}

const nothing = z.strictObject({});
const fixed = (name: string, content: ServedResult["content"]) =>
  tool(name, nothing, () => Promise.resolve({ content }));

const address = z.object({ street: z.string().optional(), city: z.string().optional() })
  .meta({ id: "address" });

const titled = (values: readonly string[], title: string) =>
  values.map((value, index) => ({ const: value, title: `${title} ${index + 1}` }));
const OPTIONS = ["option1", "option2", "option3"] as const;
const VALUES = ["value1", "value2", "value3"];

const defaults = z.object({
  name: z.string().meta({ description: "User name", default: "John Doe" }),
  age: z.int().meta({ description: "User age", default: 30 }),
  score: z.number().meta({ description: "User score", default: 95.5 }),
  status: z.enum(["active", "inactive", "pending"]).meta({ default: "active" }),
  verified: z.boolean().meta({ default: true }),
});

const enums = z.object({
  untitledSingle: z.enum(OPTIONS),
  titledSingle: z.string().meta({ oneOf: titled(VALUES, "Option") }),
  legacyEnum: z.enum(["opt1", "opt2", "opt3"]).meta({
    enumNames: ["Option One", "Option Two", "Option Three"],
  }),
  untitledMulti: z.array(z.enum(OPTIONS)),
  titledMulti: z.array(z.string()).meta({ items: { anyOf: titled(VALUES, "Choice") } }),
});

/**
 * The fixtures.
 *
 * @param parts `server`: what they are served by, for what ward itself never asks of a client:
 * sampling.
 */
export function conformanceFixtures({ server, delay }: {
  server(): Server;
  delay(ms: number): Promise<void>;
}): Served {
  const asks = (name: string, fields: z.ZodObject, text: string) =>
    tool(name, nothing, async (_, call) => {
      const answer = await call.ask({ message: "Please answer", fields });
      const content = answer.action === "accept" ? answer.content : {};
      return textResult(`${text}: action=${answer.action}, content=${JSON.stringify(content)}`);
    });
  const user = (
    content: { type: "text"; text: string } | { type: "image"; data: string; mimeType: string } | {
      type: "resource";
      resource: { uri: string; mimeType: string; text: string };
    },
  ) => ({ role: "user" as const, content });
  const prompt = (
    name: string,
    args: readonly string[],
    messages: (args: Readonly<Record<string, string>>) => ReturnType<typeof user>[],
  ): Served["prompts"][number] => ({
    name,
    title: name,
    description: `Fixture ${name}`,
    args: args.map((arg) => ({
      name: arg,
      description: arg,
      required: true,
      complete: (begun: string) =>
        Promise.resolve(["test-one"].filter((one) => one.startsWith(begun))),
    })),
    messages: (given) => Promise.resolve(messages(given)),
  });
  return {
    name: "ward-conformance",
    version: "1.0.0",
    instructions: "Fixtures of the conformance suite",
    tools: [
      fixed("test_simple_text", [
        { type: "text", text: "This is a simple text response for testing." },
      ]),
      fixed("test_image_content", [{ type: "image", data: PNG, mimeType: "image/png" }]),
      fixed("test_audio_content", [{ type: "audio", data: WAV, mimeType: "audio/wav" }]),
      fixed("test_embedded_resource", [{
        type: "resource",
        resource: {
          uri: "test://embedded-resource",
          mimeType: "text/plain",
          text: "This is an embedded resource content.",
        },
      }]),
      fixed("test_multiple_content_types", [
        { type: "text", text: "Multiple content types test:" },
        { type: "image", data: PNG, mimeType: "image/png" },
        {
          type: "resource",
          resource: {
            uri: "test://mixed-content-resource",
            mimeType: "application/json",
            text: '{"test":"data","value":123}',
          },
        },
      ]),
      tool("test_tool_with_logging", nothing, async (_, call) => {
        for (const text of ["started", "processing data", "completed"]) {
          call.log("info", `Tool execution ${text}`);
          await delay(50);
        }
        return textResult("Logged");
      }),
      tool("test_tool_with_progress", nothing, async (_, call) => {
        for (const text of ["begun", "half way", "done"]) {
          call.progress(text);
          await delay(50);
        }
        return textResult("Told");
      }),
      tool("test_error_handling", nothing, () =>
        Promise.resolve(
          textResult("This tool intentionally returns an error for testing", { isError: true }),
        )),
      tool("test_sampling", z.object({ prompt: z.string() }), async ({ prompt: text }) => {
        const { content } = await server().createMessage({
          messages: [{ role: "user", content: { type: "text", text } }],
          maxTokens: 100,
        });
        const said = Array.isArray(content) ? "" : content.type === "text" ? content.text : "";
        return textResult(`LLM response: ${said}`);
      }),
      tool("test_elicitation", z.object({ message: z.string() }), async ({ message }, call) => {
        const fields = z.object({
          username: z.string().meta({ description: "User's response" }),
          email: z.string().meta({ description: "User's email address" }),
        });
        const answer = await call.ask({ message, fields });
        return textResult(`User response: ${JSON.stringify(answer)}`);
      }),
      asks("test_elicitation_sep1034_defaults", defaults, "Elicitation completed"),
      asks("test_elicitation_sep1330_enums", enums, "Elicitation completed"),
      tool(
        "json_schema_2020_12_tool",
        z.strictObject({ name: z.string().optional(), address: address.optional() }),
        () => Promise.resolve(textResult("ok")),
      ),
    ],
    resources: [
      {
        uri: "test://static-text",
        name: "static-text",
        title: "Static text",
        description: "A fixture",
        mimeType: "text/plain",
        read: () =>
          Promise.resolve([{
            uri: "test://static-text",
            mimeType: "text/plain",
            text: "This is the content of the static text resource.",
          }]),
      },
      {
        uri: "test://static-binary",
        name: "static-binary",
        title: "Static bytes",
        description: "A fixture",
        mimeType: "image/png",
        read: () =>
          Promise.resolve([{ uri: "test://static-binary", mimeType: "image/png", blob: PNG }]),
      },
    ],
    templates: [{
      uriTemplate: "test://template/{id}/data",
      name: "template",
      title: "Template",
      description: "A fixture",
      mimeType: "application/json",
      list: null,
      read: (uri, { id }) =>
        Promise.resolve([{
          uri,
          mimeType: "application/json",
          text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }),
        }]),
    }],
    prompts: [
      prompt("test_simple_prompt", [], () => [
        user({ type: "text", text: "This is a simple prompt for testing." }),
      ]),
      prompt("test_prompt_with_arguments", ["arg1", "arg2"], ({ arg1, arg2 }) => [
        user({ type: "text", text: `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'` }),
      ]),
      prompt("test_prompt_with_embedded_resource", ["resourceUri"], ({ resourceUri = "" }) => [
        user({
          type: "resource",
          resource: {
            uri: resourceUri,
            mimeType: "text/plain",
            text: "Embedded resource content for testing.",
          },
        }),
        user({ type: "text", text: "Please process the embedded resource above." }),
      ]),
      prompt("test_prompt_with_image", [], () => [
        user({ type: "image", data: PNG, mimeType: "image/png" }),
        user({ type: "text", text: "Please analyze the image above." }),
      ]),
    ],
  };
}

/** The OpenAPI document, made from the table of calls and the schemas. */
import * as z from "zod";
import { type AnswerForm, PREFIX, type Route, ROUTES } from "./routes.ts";
import { type SchemaName, SCHEMAS } from "./schemas.ts";

/** Answers that each call with a token can have. */
const COMMON = {
  401: "The token is missing or wrong",
  403: "Of another host or site",
  429: "Too many wrong tokens; Retry-After says when to try again",
} as const;

/**
 * Makes it. Source of its form: OpenAPI 3.1.1.
 *
 * @param version Of ward.
 */
export function openApiDocument(version: string): Readonly<Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of ROUTES) {
    (paths[route.path] ??= {})[route.method.toLowerCase()] = operation(route);
  }
  return {
    openapi: "3.1.1",
    info: {
      title: "ward",
      version,
      description: "The HTTP API of ward's daemon; see docs/api.md",
    },
    servers: [{ url: PREFIX }],
    security: [{ token: [] }],
    paths,
    components: {
      schemas: Object.fromEntries(
        (Object.keys(SCHEMAS) as SchemaName[]).map((name) => [name, schemaOf(name)]),
      ),
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "As `ward secrets set api-token`" },
      },
    },
  };
}

function operation(route: Route): Record<string, unknown> {
  const common = route.isOpen ? { 403: COMMON[403] } : COMMON;
  return {
    operationId: route.operation,
    summary: route.summary,
    ...route.description && { description: route.description },
    ...route.isOpen && { security: [] },
    ...parameters(route),
    ...route.request && {
      requestBody: {
        required: true,
        content: { "application/json": { schema: ref(route.request) } },
      },
    },
    responses: {
      ...Object.fromEntries(
        Object.entries(route.answers).map(([status, { what, form }]) => [
          status,
          { description: what, content: contentOf(form) },
        ]),
      ),
      ...Object.fromEntries(
        Object.entries(common).map(([status, what]) => [
          status,
          { description: what, content: contentOf("Error") },
        ]),
      ),
    },
  };
}

function parameters({ path, request, answers }: Route): Record<string, unknown> {
  const header = (name: string, description: string) => ({
    name,
    in: "header",
    required: false,
    description,
    schema: { type: "string" },
  });
  const all = [
    ...path.includes("{id}")
      ? [{ name: "id", in: "path", required: true, schema: { type: "string" } }]
      : [],
    ...request ? [header("Idempotency-Key", "The same for each try of one request")] : [],
    ...answers[200]?.form === "events" ? [header("Last-Event-ID", "Id of the last event")] : [],
  ];
  return all.length === 0 ? {} : { parameters: all };
}

function contentOf(form: AnswerForm): Record<string, unknown> {
  if (form === "events") return { "text/event-stream": { schema: { type: "string" } } };
  const schema = typeof form === "object" ? { type: "array", items: ref(form.list) } : ref(form);
  return { "application/json": { schema } };
}

function ref(name: SchemaName): { $ref: string } {
  return { $ref: `#/components/schemas/${name}` };
}

function schemaOf(name: SchemaName): Record<string, unknown> {
  const io = name === "TaskRequest" ? "input" : "output";
  const { $schema: _, ...schema } = z.toJSONSchema(SCHEMAS[name], { io });
  return schema;
}

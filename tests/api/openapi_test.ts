/** The OpenAPI document against a validator that is not ward's, and the answers against the document. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { Validator } from "@seriousme/openapi-schema-validator";
import { answerRequest } from "../../src/surfaces/api/answer.ts";
import { openApiDocument } from "../../src/surfaces/api/openapi.ts";
import { ROUTES } from "../../src/surfaces/api/routes.ts";
import { type SchemaName, SCHEMAS } from "../../src/surfaces/api/schemas.ts";
import { fakeHost, TASK } from "./kit/fake_host.ts";

type Document = {
  paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
};

const documentOf = (): Document => JSON.parse(JSON.stringify(openApiDocument("1.2.3")));

Deno.test("the document is valid OpenAPI 3.1, and a broken one would not pass", async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(documentOf());
  ok(valid, JSON.stringify(errors));
  equal(validator.version, "3.1");
  const broken = documentOf();
  broken.paths["/tasks"]!["post"]!.responses = {};
  equal((await new Validator().validate(broken)).valid, false);
});

Deno.test("each call of the table is in the document, and nothing else", () => {
  const { paths } = documentOf();
  const documented = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`)
  );
  deepEqual(documented.sort(), ROUTES.map(({ method, path }) => `${method} ${path}`).sort());
});

Deno.test("what is answered is what the document says of that call and status", async () => {
  const host = fakeHost();
  const asked = new Set<string>();
  const cases: [method: string, path: string, body: unknown, status: number][] = [
    ["POST", "/tasks", { description: "a", max_iterations: 2 }, 201],
    ["POST", "/tasks", { description: "a", category: "code-review", quality_threshold: 0.9 }, 201],
    ["POST", "/tasks", { description: "a" }, 200],
    ["POST", "/tasks", { description: " " }, 400],
    ["POST", "/tasks", { description: "too many" }, 503],
    ["GET", "/tasks", null, 200],
    ["GET", `/tasks/${TASK.id}`, null, 200],
    ["GET", "/tasks/none", null, 404],
    ["GET", "/tasks/none/events", null, 404],
    ["POST", `/tasks/${TASK.id}/cancel`, null, 200],
    ["POST", "/tasks/none/cancel", null, 404],
    ["GET", "/status", null, 200],
    ["GET", "/cost", null, 200],
  ];
  for (const [method, path, body, status] of cases) {
    const request = {
      method,
      path: `/api/v1${path}`,
      query: {},
      lastEventId: null,
      idempotencyKey: status === 200 && method === "POST" ? "known" : null,
      body,
    };
    const { answer, route } = await answerRequest(host, request, (error) => {
      throw error;
    });
    ok(answer.type === "json");
    equal(answer.status, status, `${method} ${path}`);
    const row = ROUTES.find((one) => `${one.method} ${one.path}` === route);
    const form = row?.answers[status]?.form;
    ok(form !== undefined && form !== "events", `${route} ${status}`);
    const name: SchemaName = typeof form === "object" ? form.list : form;
    // As it goes over the wire.
    const sent = JSON.parse(JSON.stringify(answer.body));
    for (const one of typeof form === "object" ? sent : [sent]) {
      deepEqual(
        SCHEMAS[name].parse(one),
        one,
        `${route} ${status} says no more than it is said to`,
      );
    }
    asked.add(`${route} ${status}`);
  }
  const documented = ROUTES.flatMap(({ method, path, answers }) =>
    Object.entries(answers).filter(([, { form }]) => form !== "events" && form !== "Health")
      .map(([status]) => `${method} ${path} ${status}`)
  ).filter((one) => one !== "GET /tasks/{id}/events 503");
  deepEqual([...asked].sort(), documented.sort());
});

Deno.test("a body that is not understood is refused by the names of its fields, none of its values", async () => {
  const cases: [body: unknown, said: RegExp][] = [
    [null, /description is missing/],
    [[], /has to be a JSON object/],
    ["canary", /has to be a JSON object/],
    [{}, /description is missing/],
    [{ description: "" }, /description is missing or not valid/],
    [{ description: 7 }, /description is missing or not valid/],
    [{ description: "x".repeat(200_001) }, /description is missing or not valid/],
    [{ description: "a", max_iterations: 0 }, /max_iterations is missing or not valid/],
    [{ description: "a", max_iterations: "canary" }, /max_iterations/],
    [{ description: "a", max_iterations: 21 }, /max_iterations/],
    [{ description: "a", quality_threshold: 1.1 }, /quality_threshold/],
    [{ description: "a", quality_threshold: "canary" }, /quality_threshold/],
    [{ description: "a", category: "canary\nof a line" }, /category/],
    [
      { description: "a", canary: true },
      /unknown fields: allowed are description, category, max_iterations, quality_threshold/,
    ],
    [{ description: "a", __proto__: null, constructor: 1 }, /unknown fields/],
  ];
  for (const [body, said] of cases) {
    const { answer } = await answerRequest(fakeHost(), {
      method: "POST",
      path: "/api/v1/tasks",
      query: {},
      lastEventId: null,
      idempotencyKey: null,
      body,
    }, (error) => {
      throw error;
    });
    ok(answer.type === "json");
    equal(answer.status, 400, JSON.stringify(body));
    const { error } = answer.body as { error: string };
    ok(said.test(error), error);
    ok(!error.includes("canary"), error);
  }
});

Deno.test("paths that are almost a call are none, and a wrong method says the right one", async () => {
  const ask = async (method: string, path: string) => {
    const { answer, headers } = await answerRequest(fakeHost(), {
      method,
      path,
      query: {},
      lastEventId: null,
      idempotencyKey: null,
    }, (error) => {
      throw error;
    });
    return [answer.type === "json" ? answer.status : 200, headers["allow"] ?? null];
  };
  for (
    const path of [
      "/",
      "/api",
      "/api/v1",
      "/api/v1/",
      "/api/v1/tasks/",
      "/api/v1//tasks",
      "/api/v1/Tasks",
      "/api/v1/tasks/a%2fb",
      "/api/v1/tasks/../status",
      "/api/v1/tasks/a/b/c",
      "/api/v2/tasks",
      "/api/v1tasks",
      `/api/v1/tasks/${"a".repeat(65)}`,
    ]
  ) deepEqual(await ask("GET", path), [404, null], path);
  deepEqual(await ask("DELETE", "/api/v1/tasks"), [405, "POST, GET"]);
  deepEqual(await ask("GET", `/api/v1/tasks/${TASK.id}/cancel`), [405, "POST"]);
});

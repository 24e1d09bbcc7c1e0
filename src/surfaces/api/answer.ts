/** From a request of the `api` thread to its answer. */
import type * as z from "zod";
import { AppError } from "../../base/app_error.ts";
import type { ApiHost } from "./host.ts";
import { type ApiAnswer, PREFIX, type Route, type RouteCall, ROUTES } from "./routes.ts";
import { SCHEMAS, taskRequest } from "./schemas.ts";

/** A request of who has the token. */
export interface AskedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly lastEventId: string | null;
  readonly idempotencyKey: string | null;
  readonly body?: unknown;
}

/** An answer, with headers beside the usual ones, and the route for the log. */
export interface Answered {
  readonly answer: ApiAnswer;
  readonly headers: Readonly<Record<string, string>>;
  /** As the table has it; `-`: none of it. */
  readonly route: string;
}

/** Ids of tasks. */
const ID = /^[A-Za-z0-9]{1,64}$/;

/** Keys of {@linkcode RouteCall.idempotencyKey}: printable, without spaces. */
const KEY = /^[!-~]{1,255}$/;

/**
 * Answers. Failures are answers, too.
 *
 * @param onFault Told of what is ward's own fault; the answer has no words of it.
 */
export async function answerRequest(
  host: ApiHost,
  request: AskedRequest,
  onFault: (error: unknown) => void,
): Promise<Answered> {
  const { method, path } = request;
  const found = ROUTES.flatMap((route) => {
    const id = idIn(route.path, path);
    return id === null ? [] : [{ route, id }];
  });
  const match = found.find(({ route }) => route.method === method);
  if (!match) {
    const allow = found.map(({ route }) => route.method).join(", ");
    return found.length === 0
      ? { answer: problem(404, "There is no such call"), headers: {}, route: "-" }
      : { answer: problem(405, `${path} takes ${allow}`), headers: { allow }, route: path };
  }
  const { route, id } = match;
  const answer = await run(host, route, id, request).catch((error) => {
    if (error instanceof AppError && error.code === "api.busy") return problemOf(503, error);
    onFault(error);
    return problem(500, "The request failed; `ward logs` says more");
  });
  return { answer, headers: {}, route: `${route.method} ${route.path}` };
}

async function run(
  host: ApiHost,
  route: Route,
  id: string,
  { idempotencyKey, lastEventId, body }: AskedRequest,
): Promise<ApiAnswer> {
  if (idempotencyKey !== null && !KEY.test(idempotencyKey)) {
    return problem(400, "Idempotency-Key has to be 1 to 255 printable characters without spaces");
  }
  const call: RouteCall = {
    id,
    body: null,
    idempotencyKey,
    from: /^\d{1,15}$/.test(lastEventId ?? "") ? Number(lastEventId) : 0,
  };
  if (!route.run) return problem(404, "There is no such call");
  if (!route.request) return await route.run(host, call);
  const parsed = taskRequest.safeParse(body ?? {});
  if (!parsed.success) return problem(400, wrongFields(parsed.error));
  return await route.run(host, { ...call, body: parsed.data });
}

/** What is wrong with a body, by the names of its fields; none of its values. */
function wrongFields({ issues }: z.ZodError): string {
  const known = Object.keys(SCHEMAS.TaskRequest.shape).join(", ");
  const words = issues.slice(0, 5).map((issue) => {
    if (issue.code === "unrecognized_keys") {
      return `unknown fields: allowed are ${known}`;
    }
    const field = issue.path.join(".");
    return field === "" ? "the body has to be a JSON object" : `${field} is missing or not valid`;
  });
  return `Cannot take the task: ${words.join("; ")}`;
}

/** The id in a path of this form; empty where the form has none; null: it is no such path. */
function idIn(form: string, path: string): string | null {
  if (!path.startsWith(PREFIX)) return null;
  const parts = path.slice(PREFIX.length).split("/");
  const formParts = form.split("/");
  if (parts.length !== formParts.length) return null;
  let id = "";
  for (const [at, part] of formParts.entries()) {
    const given = parts[at] ?? "";
    if (part === "{id}") {
      if (!ID.test(given)) return null;
      id = given;
    } else if (part !== given) return null;
  }
  return id;
}

function problem(status: number, error: string): ApiAnswer {
  return { type: "json", status, body: { error } };
}

function problemOf(status: number, { message, code, hint }: AppError): ApiAnswer {
  return { type: "json", status, body: { error: message, code, ...hint && { hint } } };
}

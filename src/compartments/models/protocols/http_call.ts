/** Calls of services that have no SDK here: plain requests, with errors as the SDKs throw them. */

/** An answer with an error status, in the form of the SDKs' `APIError`. */
export class ServiceError extends Error {
  readonly status: number | undefined;
  /** Body as parsed JSON, else as text. */
  readonly error: unknown;
  readonly headers: Headers;

  constructor(status: number | undefined, error: unknown, headers: Headers = new Headers()) {
    super(status === undefined ? "Error in a stream" : `HTTP ${status}`);
    this.name = "ServiceError";
    this.status = status;
    this.error = error;
    this.headers = headers;
  }
}

/** An error body is looked at to tell causes apart; its beginning is enough. */
const ERROR_CHARACTERS = 64 * 1024;

/**
 * The response itself.
 *
 * @throws {ServiceError} For a status other than 2xx.
 */
export async function okResponse(sent: Promise<Response>): Promise<Response> {
  const response = await sent;
  if (response.ok) return response;
  const text = (await response.text()).slice(0, ERROR_CHARACTERS);
  let body: unknown = text;
  try {
    body = JSON.parse(text);
  } catch {
    // A proxy answers in HTML.
  }
  // Some send a list with the one error in it.
  throw new ServiceError(
    response.status,
    Array.isArray(body) ? body[0] : body,
    response.headers,
  );
}

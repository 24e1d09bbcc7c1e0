/**
 * Calls Bedrock's Converse API by signed plain requests: the SDK of AWS reads files and the user's
 * name even where it is given keys, and takes longer to load than ward to start.
 */
import { AwsClient } from "aws4fetch";
import { AppError } from "../../../../base/app_error.ts";
import type { ProviderSetup } from "../../api.ts";
import { callIds, randomCallId } from "../call_ids.ts";
import type { ProviderCaller } from "../caller.ts";
import { dialects } from "../dialect.ts";
import { okResponse } from "../http_call.ts";
import { readEventStream } from "./event_stream.ts";
import { bedrockDialect, toConverseRequest } from "./request.ts";
import { readConverseStream } from "./stream.ts";

/** Calls Bedrock with access keys or with an API key of its own. */
export function bedrockCaller(setup: ProviderSetup): ProviderCaller {
  const dialectOf = dialects(bedrockDialect);
  const root = setup.baseUrl.replace(/(?<!\/)\/+$/, "");
  const sign = signer(setup);
  return {
    async *stream(request, call, fetch, signal) {
      const url = `${root}/model/${encodeURIComponent(request.model)}/converse-stream`;
      const response = await dialectOf(request.model).send(
        (fields) => toConverseRequest(request, fields),
        async (body) => okResponse(fetch(await sign(url, JSON.stringify(body)), { signal })),
      );
      const events = readEventStream(response.body ?? ReadableStream.from<Uint8Array>([]));
      yield* readConverseStream(events, call, callIds(request.messages, randomCallId));
    },
    models() {
      // They are listed by another host, which this compartment may not reach.
      return Promise.reject(
        new AppError("model.not_found", "Bedrock lists its models at another host", {
          hint: "Name a model id or inference profile of the AWS console",
        }),
      );
    },
  };
}

/** Adds a signature, or the API key, to a request. */
function signer(
  { apiKey, baseUrl, headers }: ProviderSetup,
): (url: string, body: string) => Promise<Request> {
  const init = (body: string, more: Record<string, string> = {}) => ({
    method: "POST",
    body,
    headers: { ...headers, "content-type": "application/json", ...more },
  });
  const keys = accessKeys(apiKey ?? "");
  if (keys === null) {
    return (url, body) =>
      Promise.resolve(new Request(url, init(body, { authorization: `Bearer ${apiKey}` })));
  }
  const client = new AwsClient({ ...keys, service: "bedrock", region: regionOf(baseUrl) });
  return (url, body) => client.sign(url, init(body));
}

/**
 * Access keys written as one secret, `ID:SECRET` or `ID:SECRET:SESSION_TOKEN`; null: it is an API
 * key of Bedrock. None of the parts can hold a colon.
 */
export function accessKeys(
  secret: string,
): { accessKeyId: string; secretAccessKey: string; sessionToken?: string } | null {
  const [accessKeyId = "", secretAccessKey, ...token] = secret.split(":");
  if (!/^[A-Z0-9]{16,128}$/.test(accessKeyId) || !secretAccessKey) return null;
  const sessionToken = token.join(":");
  return { accessKeyId, secretAccessKey, ...(sessionToken === "" ? {} : { sessionToken }) };
}

/**
 * Region of an address such as `https://bedrock-runtime.eu-west-1.amazonaws.com`, of its FIPS form
 * and of a VPC endpoint's own name.
 *
 * @default {us-east-1}
 */
export function regionOf(baseUrl: string): string {
  return /bedrock-runtime(?:-fips)?\.([a-z0-9-]+)\./.exec(baseUrl)?.[1] ?? "us-east-1";
}

/** The real `api` thread with the test as the kernel behind it. */
import { startApiThread } from "../../../src/app/api/api_thread.ts";
import { formOf } from "../../../src/app/start/code_base.ts";
import type { ApiEvent, ApiReply, ApiRequest } from "../../../src/compartments/api/api.ts";
import type { CodeBase } from "../../../src/compartments/start.ts";
import { hashOf } from "../../../src/compartments/api/gate.ts";

const FORM = formOf(new URL("../../../src/main.ts", import.meta.url).href);

/** Token of every test. */
export const TOKEN = "canary-of-the-api-0123456789abcdef";

/** A thread that listens. */
export interface ListeningApi extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** Requests that came to the kernel. */
  readonly requests: ApiRequest[];
  /** Everything else it told. */
  readonly told: Exclude<ApiEvent, { type: "request" }>[];
  reply(reply: ApiReply): void;
  /** Sends bytes and gives all that comes back until the connection closes. */
  raw(text: string): Promise<string>;
  /** Sends bytes and gives the head of the first answer, then hangs up. */
  rawHead(text: string): Promise<string>;
}

/** How one differs from the usual one. */
export interface ApiOptions {
  /** Answers. @default 200 with `{"ok":true}` */
  onRequest?(request: ApiRequest, api: ListeningApi): void;
  readonly names?: readonly string[];
  /** Where its code is. @default the source */
  readonly form?: CodeBase;
}

/** Starts one on a free port. */
export async function listeningApi(
  {
    onRequest = ({ id }, api) =>
      api.reply({ type: "answer", id, status: 200, headers: {}, body: '{"ok":true}' }),
    names = [],
    form = FORM,
  }: ApiOptions = {},
): Promise<ListeningApi> {
  const address = { hostname: "127.0.0.1", port: 0 };
  const { client, stop } = startApiThread(address, form);
  const ended = new AbortController();
  const listening = Promise.withResolvers<number>();
  const requests: ApiRequest[] = [];
  const told: ListeningApi["told"] = [];
  const serving = client.serve(
    {
      ...address,
      names: [...names],
      token: { salt: "salt", hashHex: await hashOf("salt", TOKEN) },
      open: { "/health": '{"status":"ok"}' },
    },
    (event) => {
      if (event.type === "request") {
        requests.push(event.request);
        onRequest(event.request, api);
        return;
      }
      told.push(event);
      if (event.type === "listening") listening.resolve(event.port);
    },
    ended.signal,
  );
  serving.catch(listening.reject);
  const port = await listening.promise;
  const api: ListeningApi = {
    port,
    url: `http://127.0.0.1:${port}`,
    requests,
    told,
    reply: (reply) => client.reply(reply),
    raw: (text) => rawAnswer(port, text, () => false),
    rawHead: (text) => rawAnswer(port, text, (got) => got.includes("\r\n\r\n")),
    async [Symbol.asyncDispose]() {
      ended.abort();
      await serving;
      stop();
    },
  };
  return api;
}

async function rawAnswer(
  port: number,
  text: string,
  isEnough: (got: string) => boolean,
): Promise<string> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  try {
    let got = "";
    const writing = connection.write(new TextEncoder().encode(text)).catch(() => 0);
    const buffer = new Uint8Array(64 * 1024);
    while (!isEnough(got)) {
      const bytes = await connection.read(buffer).catch(() => null);
      if (bytes === null) break;
      got += new TextDecoder().decode(buffer.subarray(0, bytes));
    }
    await writing;
    return got;
  } finally {
    connection.close();
  }
}

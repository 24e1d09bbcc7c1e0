/** What a failed connection is called; the texts are those of Deno 2.9 (hyper, rustls). */
import assert from "node:assert/strict";
import { failureOfError } from "../../../src/compartments/models/failure.ts";

const call = { provider: "p", model: "m", keySource: null };
const state = { aborted: false, started: false, nowMs: 0 };

for (
  const [text, said] of [
    [
      "dns error: failed to lookup address information: Name or service not known",
      /could not connect, the name of the host is not known \(DNS\)/,
    ],
    [
      "tcp connect error: Connection refused (os error 111)",
      /could not connect, nothing listens there \(connection refused\)/,
    ],
    [
      "invalid peer certificate: UnknownIssuer",
      /could not connect, its certificate is not trusted \(TLS\)/,
    ],
    ["received corrupt message of type InvalidContentType", /does not speak TLS/],
    ["tcp connect error: Network is unreachable (os error 101)", /there is no network to it/],
    ["something new", /could not connect$/],
  ] as const
) {
  Deno.test(`a connection that fails: ${text}`, () => {
    const cause = new Error(`error sending request for url (x): client error (Connect): ${text}`);
    const error = new TypeError("fetch failed", { cause });
    const { code, message } = failureOfError(call, error, state);
    assert.equal(code, "model.unreachable");
    assert.match(message, said);
  });
}

/** Signatures of AWS, made anew here by the documented steps from what arrived. */
import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { accessKeys, regionOf } from "../../../src/compartments/models/protocols/bedrock/caller.ts";
import { bedrockSpeaker } from "../../fakes/services/bedrock.ts";
import { type SeenRequest, startModelService } from "../../fakes/model_service.ts";
import { streamed } from "../matrix/desk.ts";
import { ask, modelRequest, startThread, textOf } from "../start_thread.ts";

const ID = "AKIAIOSFODNN7EXAMPLE";
const SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** What the signature of a request has to be. Source: AWS docs, "Create a signed AWS API request". */
function signatureOf({ method, path, headers, body }: SeenRequest, signed: string, scope: string) {
  const names = signed.split(";");
  const canonical = [
    method,
    // Each segment is encoded twice for every service but S3.
    path.split("/").map(encodeURIComponent).join("/"),
    "",
    ...names.map((name) => `${name}:${headers.get(name)?.trim().replace(/ +/g, " ")}`),
    "",
    signed,
    sha256(body),
  ].join("\n");
  const at = headers.get("x-amz-date")!;
  const text = ["AWS4-HMAC-SHA256", at, scope, sha256(canonical)].join("\n");
  const hmac = (key: string | Uint8Array, of: string) =>
    createHmac("sha256", key).update(of).digest();
  const key = scope.split("/").reduce<string | Uint8Array>(hmac, `AWS4${SECRET}`);
  return createHmac("sha256", key).update(text).digest("hex");
}

Deno.test("Bedrock: access keys sign the request for the region and are not in it", async () => {
  for (const token of [null, "session-token"]) {
    await using service = startModelService(() => streamed(bedrockSpeaker, { text: ["ok"] }));
    await using thread = await startThread({
      protocol: "bedrock",
      baseUrl: service.url,
      apiKey: [ID, SECRET, ...token === null ? [] : [token]].join(":"),
    });
    const request = modelRequest({ model: "us.lab.m-v1:0", system: "Grüße, 🦀  und\tmehr" });
    assert.equal(textOf(await ask(thread, request)), "ok");
    const seen = service.requests[0]!;
    const [, scope = "", signed = "", signature] =
      /^AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE\/([^,]+), SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/
        .exec(seen.headers.get("authorization") ?? "") ?? [];
    assert.match(scope, /^\d{8}\/us-east-1\/bedrock\/aws4_request$/);
    assert.equal(scope.slice(0, 8), seen.headers.get("x-amz-date")?.slice(0, 8));
    for (const name of ["host", "x-amz-date", ...token === null ? [] : ["x-amz-security-token"]]) {
      assert.ok(signed.split(";").includes(name), `${name} is signed`);
    }
    assert.equal(seen.headers.get("x-amz-security-token"), token);
    assert.equal(seen.path, "/model/us.lab.m-v1%3A0/converse-stream");
    assert.equal(signature, signatureOf(seen, signed, scope));
    assert.ok(!JSON.stringify([...seen.headers, seen.body]).includes(SECRET));
  }
  assert.equal(accessKeys("bedrock-api-key-YmVk"), null);
});

Deno.test("the region stands in the address, in each of its forms", () => {
  const regions: readonly (readonly [address: string, region: string])[] = [
    ["https://bedrock-runtime.eu-west-1.amazonaws.com", "eu-west-1"],
    ["https://bedrock-runtime.cn-north-1.amazonaws.com.cn", "cn-north-1"],
    ["https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com/", "us-gov-west-1"],
    [
      "https://vpce-0a1b2c-3d4e5f.bedrock-runtime.ap-southeast-2.vpce.amazonaws.com",
      "ap-southeast-2",
    ],
    ["https://gateway.example/bedrock", "us-east-1"],
  ];
  for (const [address, region] of regions) assert.equal(regionOf(address), region, address);
});

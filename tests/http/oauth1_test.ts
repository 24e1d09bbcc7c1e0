/** Signatures of OAuth 1.0a, by the examples of RFC 5849. */
import { equal, match } from "node:assert/strict";
import { oauth1Base, oauth1Header, oauth1Signature } from "../../src/kernel/http/oauth1.ts";

/** RFC 5849 §1.2. */
const CONSUMER = { consumerKey: "dpf43f3p2l4k3l03", consumerSecret: "kd94hf93k423kf44" };

const protocol = (more: Record<string, string>): [string, string][] =>
  Object.entries({
    oauth_consumer_key: CONSUMER.consumerKey,
    oauth_signature_method: "HMAC-SHA1",
    ...more,
  });

Deno.test("the signatures of RFC 5849 §1.2", async () => {
  const token = await oauth1Signature(
    { method: "POST", url: "https://photos.example.net/token", form: null },
    protocol({
      oauth_token: "hh5s93j4hdidpola",
      oauth_timestamp: "137131201",
      oauth_nonce: "walatlh",
      oauth_verifier: "hfdp7dh39dks9884",
    }),
    { ...CONSUMER, tokenSecret: "hdhd0244k9j7ao03" },
  );
  equal(token, "gKgrFCywp7rO0OXSjdot/IHF7IU=");
  const photos = await oauth1Signature(
    {
      method: "GET",
      url: "http://photos.example.net/photos?file=vacation.jpg&size=original",
      form: null,
    },
    protocol({
      oauth_token: "nnch734d00sl2jdk",
      oauth_timestamp: "137131202",
      oauth_nonce: "chapoH",
    }),
    { ...CONSUMER, tokenSecret: "pfkkdhi9sl3r4s00" },
  );
  equal(photos, "MdpQcU8iPSUjWoN/UDMsK2sui9I=");
});

Deno.test("the base string of RFC 5849 §3.4.1.1: query, form and header, sorted and encoded", () => {
  const base = oauth1Base(
    {
      method: "post",
      url: "http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b",
      form: "c2&a3=2+q",
    },
    [
      ["oauth_consumer_key", "9djdj82h48djs9d2"],
      ["oauth_token", "kkk9d7dh3k39sjv7"],
      ["oauth_signature_method", "HMAC-SHA1"],
      ["oauth_timestamp", "137131201"],
      ["oauth_nonce", "7d8f3e4a"],
    ],
  );
  equal(
    base,
    "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D" +
      "%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a" +
      "%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201" +
      "%26oauth_token%3Dkkk9d7dh3k39sjv7",
  );
});

Deno.test("the header names what was signed, and no secret", async () => {
  const keys = { ...CONSUMER, token: "t&1", tokenSecret: "token-secret-canary" };
  const header = await oauth1Header(
    { method: "GET", url: "https://a.example/", form: null },
    keys,
    { nonce: "n", timestampS: 7 },
  );
  match(
    header,
    /^OAuth oauth_consumer_key="dpf43f3p2l4k3l03", oauth_nonce="n", .*oauth_token="t%261", oauth_version="1\.0", oauth_signature="[^"]+%3D"$/,
  );
  equal(/canary|kd94/.test(header), false);
});

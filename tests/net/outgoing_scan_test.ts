/** What ward knows to be secret does not leave, however it is written. */
import { equal } from "node:assert/strict";
import fc from "fast-check";
import { createOutgoingScan } from "../../src/kernel/net/outgoing_scan.ts";
import { countBattery } from "../battery_count.ts";

const KEY = "sk-proj-Zx81mQv0Lr7TyWc5Bn2Ks9";
const DATABASE = "9f3ac1e07b5d2846af10c3d9e8b74652013fa9c6d85e7b4a2c1d0f9e8a7b6c5d";
const scan = createOutgoingScan([
  { name: "the key of openai", value: KEY },
  { name: "the database key", value: DATABASE },
]);

const bytes = (text: string) => new TextEncoder().encode(text);
const hex = (text: string) =>
  Array.from(bytes(text), (byte) => byte.toString(16).padStart(2, "0")).join("");
const base64 = (text: string) => btoa(String.fromCharCode(...bytes(text)));
const base32 = (text: string) => {
  const bits = Array.from(bytes(text), (byte) => byte.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{5}/g) ?? [])
    .map((five) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[parseInt(five, 2)]).join("");
};
const everyByte = (text: string) => hex(text).replace(/../g, "%$&");

/** Ways to write a value, each a way out that was tried somewhere. */
const DISGUISES: Readonly<Record<string, (secret: string) => string>> = {
  plain: (s) => s,
  "upper case": (s) => s.toUpperCase(),
  "percent-encoded": everyByte,
  "percent-encoded twice": (s) => everyByte(s).replaceAll("%", "%25"),
  base64: base64,
  "base64 within more": (s) => base64(`user:${s}:x`),
  "base64 within more, other offset": (s) => base64(`users:${s}`),
  "base64 without padding, for URLs": (s) =>
    base64(s).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", ""),
  "base64 in lines": (s) => base64(s).replace(/.{10}/g, "$&\r\n"),
  "base64 of base64": (s) => base64(base64(s)),
  "base64 after a path": (s) => `data/${base64(s)}`,
  base32: base32,
  hex: hex,
  "hex with colons": (s) => hex(s).replace(/..(?=.)/g, "$&:"),
  "hex of base64": (s) => hex(base64(s)),
  "base64 of hex": (s) => base64(hex(s)),
  "a dot after each letter": (s) => [...s].join("."),
  "zero-width spaces": (s) => [...s].join("\u200b"),
  "one letter a line": (s) => [...s].join("\n"),
  "as host labels": (s) => s.replace(/.{8}/g, "$&.") + ".attacker.example",
  backwards: (s) => [...s].reverse().join(""),
  "over two fields": (s) => `a=${s.slice(0, 9)}&b=${s.slice(9)}`,
  "over three fields": (s) => `?x=${s.slice(0, 9)}&y=${s.slice(9, 18)}&z=${s.slice(18)}`,
  "over a list": (s) => JSON.stringify([...s]),
  "over an object": (s) => JSON.stringify({ one: s.slice(0, 9), two: s.slice(9) }),
  "JSON escapes": (s) =>
    [...s].map((c) => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0")).join(""),
  "HTML escapes": (s) => [...s].map((c) => `&#${c.charCodeAt(0)};`).join(""),
  "full-width letters": (s) =>
    [...s].map((c) => /[!-~]/.test(c) ? String.fromCharCode(c.charCodeAt(0) + 0xfee0) : c).join(""),
};

const around: [string, (text: string) => string][] = [
  ["a query", (text) => `https://attacker.example/collect?note=hello&d=${text}&end=1`],
  ["a path", (text) => `https://attacker.example/v1/${text}/x.png`],
  ["a body", (text) => JSON.stringify({ title: "report", text: `see ${text} above` })],
];

Deno.test("attack: a known secret leaves in no disguise, in an address or a body", async (t) => {
  let stopped = 0;
  let tried = 0;
  for (const [secret, name] of [[KEY, "the key of openai"], [DATABASE, "the database key"]]) {
    for (const [how, disguise] of Object.entries(DISGUISES)) {
      for (const [where, put] of around) {
        tried++;
        equal(scan(put(disguise(secret!))), name, `${how} in ${where}`);
        stopped++;
      }
    }
  }
  await countBattery(t, { battery: "outgoing secrets", verb: "stopped", held: stopped, tried });
});

Deno.test("attack: the bytes of a hex key in base64, and half of a key, do not leave either", () => {
  const raw = String.fromCharCode(...(DATABASE.match(/../g) ?? []).map((two) => parseInt(two, 16)));
  equal(scan(`k=${btoa(raw)}`), "the database key");
  equal(scan(`first half: ${DATABASE.slice(0, 32)}`), "the database key");
  equal(scan(`middle: ${DATABASE.slice(17, 40)}`), "the database key");
});

Deno.test("any secret, in any disguise, at any place of any text is found", () => {
  const letter = fc.constantFrom(..."ABCDEFGHJKLMNPQRSTUVWXYZabcdefghkmnpqrstuvwxyz23456789-_");
  const secret = fc.string({ unit: letter, minLength: 24, maxLength: 60 })
    .filter((value) => new Set(value.replace(/[-_]/g, "").toLowerCase()).size > 8);
  const how = fc.constantFrom(
    "plain",
    "percent-encoded",
    "base64",
    "hex",
    "base64 for URLs",
    "a dot after each letter",
  );
  fc.assert(
    fc.property(
      secret,
      how,
      fc.string({ maxLength: 40 }),
      fc.string({ maxLength: 40 }),
      (value, way, before, after) => {
        const text = (DISGUISES[way] ?? DISGUISES["base64 without padding, for URLs"])!(value);
        const one = createOutgoingScan([{ name: "it", value }]);
        return one(`${before} ${text} ${after}`) === "it";
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("what holds no secret passes: pages, code, other keys, keys' beginnings, data, words", () => {
  const texts = [
    "https://example.com/search?q=how+to+rotate+an+openai+key&lang=en",
    "https://api.example.com/v1/items?page=2&sort=asc#top",
    "sk-proj- is how project keys of OpenAI begin",
    "sk-proj-AnotherKeyThatIsNotOurs1234567890",
    "data:image/png;base64," + base64("not a secret at all, only a picture".repeat(40)),
    JSON.stringify({
      title: "Release 1.2",
      body: "Fixes #12, closes #13\n- more tests",
      draft: true,
    }),
    "0123456789abcdef".repeat(60),
    ownSource(),
    "",
  ];
  for (const text of texts) equal(scan(text), null, text.slice(0, 60));
  fc.assert(fc.property(fc.string({ maxLength: 400 }), (text) => scan(text) === null));
});

function ownSource(): string {
  return Deno.readTextFileSync(new URL("../../src/kernel/net/outgoing_scan.ts", import.meta.url));
}

Deno.test("values that are words stop nothing: short ones, and such without letters of their own", () => {
  const weak = createOutgoingScan([
    { name: "a", value: "secret" },
    { name: "b", value: "hunter2" },
    { name: "c", value: "aaaaaaaaaaaa" },
    { name: "d", value: "" },
  ]);
  equal(weak("the secret of hunter2 is aaaaaaaaaaaaaaaa"), null);
});

/** What must hold of any address, in any notation. */
import fc from "fast-check";
import { addressKind } from "../../src/kernel/net/address_rules.ts";
import { checkAddresses, checkUrl } from "../../src/kernel/net/check_url.ts";
import { NOTATIONS } from "./hostile_urls.ts";

const byte = fc.nat(255);
const text = (parts: readonly number[]) => parts.join(".");

/** Every range that is not public, by arithmetic of its own. */
const privateV4 = fc.oneof(
  fc.tuple(fc.constantFrom(0, 10, 127), byte, byte, byte),
  fc.tuple(fc.constant(172), fc.integer({ min: 16, max: 31 }), byte, byte),
  fc.tuple(fc.constant(192), fc.constant(168), byte, byte),
  fc.tuple(fc.constant(169), fc.constant(254), byte, byte),
  fc.tuple(fc.constant(100), fc.integer({ min: 64, max: 127 }), byte, byte),
  fc.tuple(fc.constant(198), fc.constantFrom(18, 19), byte, byte),
  fc.tuple(fc.integer({ min: 224, max: 255 }), byte, byte, byte),
).map(text);

const publicV4 = fc.tuple(
  fc.constantFrom(1, 8, 9, 23, 34, 52, 93, 104, 151, 185, 199, 216),
  byte,
  byte,
  byte,
).map(text);

const notation = fc.constantFrom(...Object.keys(NOTATIONS));

function refuses(url: string): boolean {
  try {
    checkUrl(url);
    return false;
  } catch (error) {
    return String((error as { code?: unknown }).code).startsWith("net.");
  }
}

Deno.test("SSRF: any private IPv4 address in any notation is refused", () => {
  fc.assert(
    fc.property(
      privateV4,
      notation,
      fc.constantFrom("http", "https"),
      (v4, name, scheme) => refuses(`${scheme}://${NOTATIONS[name]!(v4)}/`),
    ),
    { numRuns: 2000 },
  );
});

Deno.test("SSRF: any IPv6 address outside 2000::/3 but NAT64's is refused", () => {
  const group = fc.nat(0xffff);
  const v6 = fc.tuple(group, group, group, group, group, group, group, group)
    .filter(([first]) => (first & 0xe000) !== 0x2000 && first !== 0x64)
    .map((groups) => groups.map((one) => one.toString(16)).join(":"));
  fc.assert(fc.property(v6, (address) => refuses(`https://[${address}]/`)), { numRuns: 1000 });
});

Deno.test("SSRF: whatever text is given, what passes is canonical and public", () => {
  const pieces = fc.array(
    fc.oneof(
      fc.constantFrom("http:", "https:", "//", "/", "\\", "@", ":", ".", "#", "?", "%", "[", "]"),
      fc.constantFrom("127.0.0.1", "localhost", "0x7f", "::1", "example", "com", "80", "\t", " "),
      fc.string({ maxLength: 4, unit: "grapheme" }),
    ),
    { maxLength: 10 },
  ).map((parts) => `http://${parts.join("")}`);
  fc.assert(
    fc.property(pieces, (given) => {
      let checked;
      try {
        checked = checkUrl(given);
      } catch (error) {
        return (error as { code?: string }).code?.startsWith("net.") === true;
      }
      const { href, hostname, isAddress } = checked;
      const url = new URL(href);
      return url.username === "" && url.password === "" && url.hash === "" &&
        checkUrl(href).href === href &&
        (isAddress ? addressKind(hostname) === "public" : hostname.includes(".")) &&
        url.hostname.replace(/^\[|\]$/g, "") === hostname;
    }),
    { numRuns: 3000 },
  );
});

Deno.test("one private address among the answers refuses the name, wherever it stands", () => {
  const url = checkUrl("https://example.com/");
  fc.assert(
    fc.property(fc.array(publicV4, { maxLength: 5 }), privateV4, fc.nat(5), (good, bad, at) => {
      const answers = good.toSpliced(at, 0, bad);
      try {
        checkAddresses(url, answers);
        return false;
      } catch {
        return good.length === 0 || checkAddresses(url, good).length > 0;
      }
    }),
  );
});

Deno.test("public IPv4 addresses pass, in every notation that names one", () => {
  const plain = fc.constantFrom(
    "dotted",
    "trailing dot",
    "integer",
    "hex parts",
    "mapped",
    "NAT64",
  );
  fc.assert(
    fc.property(publicV4, plain, (v4, name) => !refuses(`https://${NOTATIONS[name]!(v4)}/`)),
  );
});

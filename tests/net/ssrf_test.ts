/**
 * Hostile addresses against the guard and the walk. Nothing is dialled: resolver and dialler are
 * this test's and write down what they are asked for.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { canonicalHost } from "../../src/kernel/net/canonical_host.ts";
import { checkUrl } from "../../src/kernel/net/check_url.ts";
import { walk } from "../../src/kernel/net/walk.ts";
import { hostileResolver, hostileUrls } from "./hostile_urls.ts";
import { PUBLIC, world } from "./walk_kit.ts";
import { countBattery } from "../battery_count.ts";

const { signal } = new AbortController();

/** SHA-256 of `ssrf_urls.txt`; `ssrf_urls.py` says where it is from. */
const FROZEN = "3df1f720781e434ecdd86cefe9381306cbd49aba57c0d192d9e46f7f9b77214c";

/** What a fetcher without a guard would dial, by the same resolver. */
function dialledWithout(url: string, resolve = hostileResolver): string[] {
  if (!URL.canParse(url)) return [];
  const { protocol, hostname } = new URL(url);
  if (protocol !== "http:" && protocol !== "https:") return [];
  const isAddress = hostname.startsWith("[") || /^[\d.]+$/.test(hostname);
  return isAddress ? [hostname] : resolve(hostname.replace(/\.$/, ""));
}

Deno.test("SSRF: hostile addresses are refused and nothing is dialled", async (t) => {
  const urls = hostileUrls();
  const through: string[] = [];
  for (const { kind, url } of urls) {
    const { ports, dialled } = world(hostileResolver);
    const refusal = await walk({ url }, ports, {}, signal).then(() => null, (error) => error);
    if (dialled.length > 0 || !String(refusal?.code).startsWith("net.")) {
      through.push(`${kind}: ${url}`);
    }
  }
  assert.deepEqual(through, []);
  assert.ok(urls.length >= 400, `${urls.length} addresses`);
  const reached = urls.filter(({ url }) =>
    dialledWithout(url).some((address) => address !== PUBLIC)
  );
  // Without the guard most of them arrive: what is tried here is an attack.
  assert.ok(
    reached.length >= urls.length / 2,
    `${reached.length} of ${urls.length} by the control`,
  );
  const count = { held: urls.length - through.length, tried: urls.length };
  await countBattery(
    t,
    { battery: "ssrf", verb: "refused", ...count },
    ` (without the guard ${reached.length} reach a private address)`,
  );
});

Deno.test("36: gate: ssrf, the frozen list", async (t) => {
  const text = Deno.readTextFileSync(new URL("ssrf_urls.txt", import.meta.url));
  const hash = createHash("sha256").update(text).digest("hex");
  assert.equal(hash, FROZEN, "the list is not the frozen one");
  const urls = text.trimEnd().split("\n");
  // The host that a filter would know; what is in front of it or behind it is the attack.
  const resolve = (name: string) => name === "www.google.com" ? [PUBLIC] : hostileResolver(name);
  const through: string[] = [];
  let reached = 0;
  for (const url of urls) {
    const { ports, dialled } = world(resolve);
    const refusal = await walk({ url }, ports, {}, signal).then(() => null, (error) => error);
    if (dialled.length > 0 || !String(refusal?.code).startsWith("net.")) through.push(url);
    if (dialledWithout(url, resolve).some((address) => address !== PUBLIC)) reached++;
  }
  assert.deepEqual(through, []);
  assert.ok(reached >= 240, `${reached} by the control`);
  const count = { held: urls.length - through.length, tried: urls.length };
  await countBattery(
    t,
    { battery: "ssrf", verb: "refused", ...count },
    ` (PayloadsAllTheThings; without the guard ${reached} reach a private address)`,
  );
});

Deno.test("SSRF: names of the network around are refused before they are looked up", async () => {
  for (const { url } of hostileUrls().filter(({ kind }) => kind === "local name")) {
    const { ports, resolved } = world(() => [PUBLIC]);
    await assert.rejects(walk({ url }, ports, {}, signal), { code: "net.name" }, url);
    assert.deepEqual(resolved, [], url);
  }
});

Deno.test("SSRF: redirects into a private network are refused, whatever their status", async (t) => {
  let count = 0;
  for (const { url, kind } of hostileUrls()) {
    // Relative to the page, these are paths of its own host.
    if (kind === "confusion" && !/^https?:\/\/[^/]/i.test(url)) continue;
    const status = [301, 302, 303, 307, 308][count % 5]!;
    const { ports, dialled } = world(
      hostileResolver,
      (href) =>
        href === "http://public.example/start"
          ? { status, location: url }
          : { status: 200, location: null },
    );
    const walked = walk({ url: "http://public.example/start" }, ports, {}, signal);
    await assert.rejects(walked, ({ code }) => /^net\./.test(code), `${status} to ${url}`);
    assert.equal(dialled.length, 1, url);
    count++;
  }
  await countBattery(t, {
    battery: "ssrf redirects",
    verb: "refused",
    held: count,
    tried: count,
  });
});

Deno.test("SSRF: a redirect without a scheme stays a path or is checked as a host", async () => {
  for (const location of ["//127.0.0.1/", "///127.0.0.1/", "/\\127.0.0.1/", "\\\\127.0.0.1\\"]) {
    const { ports, dialled } = world(hostileResolver, () => ({ status: 302, location }));
    await assert.rejects(
      walk({ url: "http://public.example/" }, ports, {}, signal),
      ({ code }) => /^net\.(address|malformed)$/.test(code),
      location,
    );
    assert.equal(dialled.length, 1, location);
  }
});

Deno.test("SSRF: a name that changes its mind after the check is dialled at the checked address", async () => {
  let asked = 0;
  const { ports, dialled } = world(() => ++asked === 1 ? [PUBLIC] : ["127.0.0.1"]);
  await walk({ url: "http://rebind.example/" }, ports, {}, signal);
  assert.equal(asked, 1);
  assert.deepEqual(dialled.map(({ addresses }) => addresses), [[PUBLIC]]);
});

Deno.test("SSRF: a name that changes its mind between redirects is checked again", async () => {
  let asked = 0;
  const { ports, dialled } = world(
    () => ++asked === 1 ? [PUBLIC] : ["127.0.0.1"],
    () => ({ status: 302, location: "/again" }),
  );
  await assert.rejects(walk({ url: "http://rebind.example/" }, ports, {}, signal), {
    code: "net.address",
  });
  assert.equal(dialled.length, 1);
});

Deno.test("addresses of the public web pass, in canonical form", () => {
  const canonical: Record<string, [href: string, host: string]> = {
    "https://example.com": ["https://example.com/", "example.com"],
    " https://Example.COM/A?b=c#d ": ["https://example.com/A?b=c", "example.com"],
    "https://example.com./x": ["https://example.com/x", "example.com"],
    "http://example.com:80/": ["http://example.com/", "example.com"],
    "https://example.com:8443/": ["https://example.com:8443/", "example.com:8443"],
    "https://münchen.example/ü": [
      "https://xn--mnchen-3ya.example/%C3%BC",
      "xn--mnchen-3ya.example",
    ],
    "https://xn--80ak6aa92e.com/": ["https://xn--80ak6aa92e.com/", "xn--80ak6aa92e.com"],
    "https://日本.example/": ["https://xn--wgv71a.example/", "xn--wgv71a.example"],
    "https://a_b.example/": ["https://a_b.example/", "a_b.example"],
    "https://93.184.216.34/": ["https://93.184.216.34/", "93.184.216.34"],
    "https://[2606:4700::1111]/": ["https://[2606:4700::1111]/", "[2606:4700::1111]"],
    "https://user.example/@someone": ["https://user.example/@someone", "user.example"],
    "https://x.example/?next=http://127.0.0.1/": [
      "https://x.example/?next=http://127.0.0.1/",
      "x.example",
    ],
    "https://localhost.example.com/": ["https://localhost.example.com/", "localhost.example.com"],
    "https://10.example.com/": ["https://10.example.com/", "10.example.com"],
    "https://sub.domain.co.uk/a/b/../c": ["https://sub.domain.co.uk/a/c", "sub.domain.co.uk"],
    "https://example.com/caf%C3%A9?q=a%20b&r=%00": [
      "https://example.com/caf%C3%A9?q=a%20b&r=%00",
      "example.com",
    ],
  };
  for (const [given, expected] of Object.entries(canonical)) {
    const { href, host } = checkUrl(given);
    assert.deepEqual([href, host], expected);
  }
});

Deno.test("a host that the owner named may be private, never a metadata service", async () => {
  const owners = ["127.0.0.1:8080", "wiki.corp", "[::1]", "169.254.169.254", "to-metadata.corp"];
  const resolve = (name: string) => [name === "to-metadata.corp" ? "169.254.169.254" : "10.0.0.7"];
  const tryIt = (url: string) => {
    const made = world(resolve);
    return walk({ url }, made.ports, { owners }, signal).then(
      () => made.dialled.flatMap(({ addresses }) => addresses),
      ({ code }) => code,
    );
  };
  assert.deepEqual(await tryIt("http://127.0.0.1:8080/"), ["127.0.0.1"]);
  assert.deepEqual(await tryIt("https://wiki.corp/"), ["10.0.0.7"]);
  assert.deepEqual(await tryIt("https://[0::1]/"), ["::1"]);
  assert.equal(await tryIt("http://127.0.0.1:8081/"), "net.address");
  assert.equal(await tryIt("http://127.0.0.1/"), "net.address");
  assert.equal(await tryIt("https://x.wiki.corp/"), "net.name");
  assert.equal(await tryIt("http://169.254.169.254/"), "net.address");
  assert.equal(await tryIt("http://to-metadata.corp/"), "net.address");
});

Deno.test("SSRF: no other host leads to one that the owner named", async () => {
  const owners = ["wiki.corp"];
  const resolve = (name: string) => [name === "wiki.corp" ? "10.0.0.7" : PUBLIC];
  const { ports, dialled } = world(resolve, (href) => ({
    status: 302,
    location: href === "https://wiki.corp/" ? "/home" : "https://wiki.corp/admin",
  }));
  await assert.rejects(walk({ url: "https://evil.example/" }, ports, { owners }, signal), {
    code: "net.name",
  });
  assert.equal(dialled.length, 1);
  const own = world(resolve, (href) => ({
    status: href.endsWith("/home") ? 200 : 302,
    location: "/home",
  }));
  const { url } = await walk({ url: "https://wiki.corp/" }, own.ports, { owners }, signal);
  assert.equal(url.href, "https://wiki.corp/home");
});

Deno.test("hosts of the settings are read as the guard writes them", () => {
  const read: Record<string, string | null> = {
    "Wiki.Corp": "wiki.corp",
    "wiki.corp.": "wiki.corp",
    "127.0.0.1:8080": "127.0.0.1:8080",
    "127.0.0.1:80": "127.0.0.1",
    "127.0.0.1:443": "127.0.0.1",
    "0x7f.1": "127.0.0.1",
    "[::1]:8080": "[::1]:8080",
    "http://127.0.0.1:8080/base": "127.0.0.1:8080",
    "https://x:443": "x",
    "user@wiki.corp": null,
    "ftp://wiki.corp": null,
    "a b": null,
    "": null,
  };
  for (const [text, host] of Object.entries(read)) assert.equal(canonicalHost(text), host, text);
});

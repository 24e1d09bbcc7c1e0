/**
 * Addresses that lead, or try to lead, into a private network, made from what they have in common:
 * every bad address in every notation, every kind of name, and the tricks of parsers. Not a list of
 * payloads: a notation added here is tried with every address.
 */

/** IPv4 addresses that must not be reached, a range each. */
export const BAD_V4 = [
  "127.0.0.1",
  "127.255.255.254",
  "10.0.0.1",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.1.1",
  "169.254.169.254",
  "100.64.0.1",
  "100.100.100.200",
  "0.0.0.0",
  "224.0.0.1",
  "255.255.255.255",
  "198.18.0.1",
  "192.0.2.1",
  "168.63.129.16",
];

/** IPv6 addresses that must not be reached. */
export const BAD_V6 = [
  "::1",
  "::",
  "0:0:0:0:0:0:0:1",
  "fe80::1",
  "febf::1",
  "fec0::1",
  "fc00::1",
  "fd00:ec2::254",
  "fd20:ce::254",
  "fdff:ffff::1",
  "ff02::1",
  "ff0e::1",
  "100::1",
  "2001:db8::1",
  "3fff::1",
  "2001::1",
  "2001:2::1",
  "2001:10::1",
  "5f00::1",
  "4000::1",
  "64:ff9b:1::1",
  "64:ff9b:1::808:808",
];

/** Ways to write an IPv4 address in the place of a host. */
export const NOTATIONS: Readonly<Record<string, (v4: string) => string>> = {
  dotted: (v4) => v4,
  "trailing dot": (v4) => `${v4}.`,
  integer: (v4) => String(numberOf(v4)),
  "hex integer": (v4) => `0x${numberOf(v4).toString(16)}`,
  "HEX integer": (v4) => `0X${numberOf(v4).toString(16).toUpperCase()}`,
  "octal integer": (v4) => `0${numberOf(v4).toString(8)}`,
  "hex parts": (v4) => mapParts(v4, (part) => `0x${part.toString(16)}`),
  "octal parts": (v4) => mapParts(v4, (part) => `0${part.toString(8)}`),
  "long octal parts": (v4) => mapParts(v4, (part) => part.toString(8).padStart(9, "0")),
  "three parts": (v4) => {
    const [a = 0, b = 0, c = 0, d = 0] = partsOf(v4);
    return `${a}.${b}.${c * 256 + d}`;
  },
  "two parts": (v4) => `${partsOf(v4)[0]}.${numberOf(v4) % 2 ** 24}`,
  "mixed parts": (v4) => {
    const [a = 0, b = 0, c = 0, d = 0] = partsOf(v4);
    return `0x${a.toString(16)}.0${b.toString(8)}.${c}.${d}`;
  },
  fullwidth: (v4) => v4.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
  "ideographic stops": (v4) => v4.replaceAll(".", "。"),
  "fullwidth stops": (v4) => v4.replaceAll(".", "．"),
  circled: (v4) =>
    v4.replace(
      /\d/g,
      (digit) => digit === "0" ? "⓪" : String.fromCodePoint(0x245f + Number(digit)),
    ),
  "percent-encoded": (v4) => v4.replace(/\d/g, (digit) => `%${digit.charCodeAt(0).toString(16)}`),
  mapped: (v4) => `[::ffff:${v4}]`,
  "mapped in hex": (v4) => `[::ffff:${hexOf(v4)}]`,
  "mapped, long": (v4) => `[0:0:0:0:0:ffff:${hexOf(v4)}]`,
  compatible: (v4) => `[::${v4}]`,
  translated: (v4) => `[::ffff:0:${hexOf(v4)}]`,
  NAT64: (v4) => `[64:ff9b::${hexOf(v4)}]`,
  "NAT64, dotted": (v4) => `[64:ff9b::${v4}]`,
  "6to4": (v4) => `[2002:${hexOf(v4)}::1]`,
  Teredo: (v4) => `[2001:0:${hexOf(v4)}::1]`,
  ISATAP: (v4) => `[2a00:1450::5efe:${hexOf(v4)}]`,
};

const LOCAL_NAMES = [
  "localhost",
  "LOCALHOST",
  "localhost.",
  "localhost.localdomain",
  "x.localhost",
  "ｌｏｃａｌｈｏｓｔ",
  "lo%63alhost",
  "ⓛocalhost",
  "printer.local",
  "router.lan",
  "nas.home",
  "nas.home.arpa",
  "wiki.corp",
  "wiki.internal",
  "wiki.intranet",
  "db.private",
  "host.docker.internal",
  "kubernetes.default.svc",
  "kubernetes.default.svc.cluster.local",
  "redis.service.consul",
  "metadata.google.internal",
  "METADATA.google.internal.",
  "metadata.goog",
  "metadata.packet.net",
  "metadata.tencentyun.com",
  "instance-data",
  "instance-data.ec2.internal",
  "metadata",
  "intranet",
  "router",
  "redis",
  "duskgytldkxiuqc6.onion",
];

const SCHEMES = (
  "file ftp gopher dict ldap ldaps tftp sftp ssh telnet smb jar netdoc ws wss data javascript blob " +
  "about view-source chrome git rtsp imap smtp redis mailto filesystem"
).split(" ");

const BAD_PORTS = [
  0,
  1,
  21,
  22,
  23,
  25,
  53,
  110,
  111,
  135,
  139,
  143,
  445,
  465,
  587,
  993,
  1433,
  1521,
]
  .concat([2049, 2375, 2376, 2379, 3000, 3306, 3389, 5000, 5432, 5601, 5900, 5984, 6379, 6443])
  .concat([
    8000,
    8081,
    8086,
    8500,
    9000,
    9042,
    9090,
    9200,
    10250,
    11211,
    15672,
    27017,
    50070,
    65535,
  ]);

/** Shapes that two parsers read as two hosts. */
const CONFUSIONS = [
  "http://public.example@127.0.0.1/",
  "http://127.0.0.1@public.example/",
  "http://user:secret@public.example/",
  "https://:@public.example/",
  "https://@public.example/",
  "http://public.example\\@127.0.0.1/",
  "http://127.0.0.1\\@public.example/",
  "http://127.0.0.1\\.public.example/",
  "http:\\\\127.0.0.1\\",
  "http:/\\127.0.0.1/",
  "http:127.0.0.1",
  "http:/127.0.0.1/",
  "http:///127.0.0.1/",
  "http:////127.0.0.1/",
  "//127.0.0.1/",
  "127.0.0.1",
  "http://127.0.0.1 @public.example/",
  "http://public.example /",
  "http://127.0.0.1\t.public.example/",
  "ht\ttp://127.0.0.1/",
  "http://127.0.0.1\r\nHost: public.example/",
  "http://public.example/\r\nX-Injected: 1",
  "http://public.example/\u0000",
  "http://public.example%00.internal/",
  "http://127.0.0.1%23.public.example/",
  "http://127.0.0.1%2f.public.example/",
  "http://127.0.0.1#@public.example/",
  "http://127.0.0.1?@public.example/",
  "http://0/",
  "http://127.1/",
  "http://127.0.1/",
  "http://[::1%25lo]/",
  "http://[fe80::1%25eth0]/",
  "http://[::]:80/",
  "http://[0:0:0:0:0:0:127.0.0.1]/",
  "http://public.\u200bexample/",
  "http://public.\u202eexample/",
  "http://public.\u00adexample/",
  "http://.public.example/",
  "http://public..example/",
  "http://public.example../",
  "http://-public.example/",
  "http://",
  "http://?",
  "https://*.public.example/",
  "http://4294967297/",
  "http://0x100000000/",
  "http://256.256.256.256/",
  "http://127.0.0.0.1/",
  `http://${"a".repeat(64)}.example/`,
  `http://${"a.".repeat(140)}example/`,
  `http://public.example/${"a".repeat(5000)}`,
];

/** A hostile address, and where a resolver leads its name. */
export interface Hostile {
  readonly kind: string;
  readonly url: string;
}

/** All of them, each once. */
export function hostileUrls(): Hostile[] {
  const all: Hostile[] = [];
  const add = (kind: string, url: string) => all.push({ kind, url });
  for (const v4 of BAD_V4) {
    for (const [name, write] of Object.entries(NOTATIONS)) add(name, `http://${write(v4)}/`);
    add("name that leads there", `http://to-${v4.replaceAll(".", "-")}.rebind.example/`);
    add("name with a good and a bad answer", `http://mixed-${v4.replaceAll(".", "-")}.example/`);
    add("mapped answer", `http://mapped-${v4.replaceAll(".", "-")}.example/`);
  }
  for (const v6 of BAD_V6) {
    add("IPv6", `http://[${v6}]/`);
    add("IPv6 answer", `http://v6-${v6.replaceAll(":", "-")}.rebind6.example/`);
  }
  for (const name of LOCAL_NAMES) add("local name", `http://${name}/`);
  for (const scheme of SCHEMES) add("scheme", `${scheme}://public.example/x`);
  for (const port of BAD_PORTS) add("port", `http://public.example:${port}/`);
  for (const url of CONFUSIONS) add("confusion", url);
  return [...new Map(all.map((one) => [one.url, one])).values()];
}

/** What a resolver of the attacker, and of this machine, says of the names above. */
export function hostileResolver(name: string): string[] {
  const [, how = "", v4 = ""] = /^(to|mixed|mapped)-([\d-]+)\./.exec(name) ?? [];
  const address = v4.replaceAll("-", ".");
  if (how === "to") return [address];
  if (how === "mixed") return ["93.184.216.34", address];
  if (how === "mapped") return [`::ffff:${address}`];
  const [, v6] = /^v6-([0-9a-f-]+)\.rebind6\./.exec(name) ?? [];
  if (v6 !== undefined) return [v6.replaceAll("-", ":")];
  if (name === "public.example" || name.endsWith(".public.example")) return ["93.184.216.34"];
  return ["127.0.0.1"];
}

function partsOf(v4: string): number[] {
  return v4.split(".").map(Number);
}

function mapParts(v4: string, write: (part: number) => string): string {
  return partsOf(v4).map(write).join(".");
}

function numberOf(v4: string): number {
  return partsOf(v4).reduce((sum, part) => sum * 256 + part, 0);
}

function hexOf(v4: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = partsOf(v4);
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

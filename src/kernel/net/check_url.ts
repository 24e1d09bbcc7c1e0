/**
 * The one guard of addresses that come from a model, a page, a skill, a setting or a redirect. What
 * passes is canonical; nothing downstream parses the text again. Pure.
 *
 * It judges what the text says. The addresses that a name resolves to are judged by
 * {@linkcode checkAddresses}, and the connection goes to one of those.
 */
import { AppError } from "../../base/app_error.ts";
import { addressKind } from "./address_rules.ts";
import { hostOf } from "./canonical_host.ts";
import { nameProblem } from "./name_rules.ts";

/** An address that passed. */
export interface CheckedUrl {
  /** Canonical, without fragment. */
  readonly href: string;
  readonly scheme: "http" | "https";
  /** Name or address, canonical; IPv6 without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** As grants and settings name it: port only where it is not the scheme's, IPv6 in brackets. */
  readonly host: string;
  /** Path and query. */
  readonly target: string;
  /** Whether the host is an address and nothing is to be resolved. */
  readonly isAddress: boolean;
  /** The owner named this very host in the settings, so that it may be a private one. */
  readonly isOwners: boolean;
}

/** What the guard goes by. */
export interface GuardRules {
  /** Hosts the owner named, as {@linkcode canonicalHost} writes them. @default [] */
  readonly owners?: readonly string[] | undefined;
  /** No `http:` but to this machine where the owner named it. @default false */
  readonly httpsOnly?: boolean | undefined;
  /**
   * The host that was asked for, where an answer may have named the one that is checked: then errors
   * call another one only that, since they are words of ward's own. @default each host is named
   */
  readonly asked?: string | undefined;
}

/** Longest address, characters. */
const MAX_LENGTH = 4096;

/** Ports that are reached without the owner's word: a page cannot make ward speak to mail or a database. */
const PORTS: readonly number[] = [80, 443, 8080, 8443];

/**
 * Checks an address.
 *
 * @param text As it was given.
 * @returns It in canonical form.
 * @throws {AppError} Family `net`: `malformed`, `scheme`, `userinfo`, `port`, `name`, `address`.
 */
export function checkUrl(text: string, rules: GuardRules = {}): CheckedUrl {
  const given = text.trim();
  // Parsers disagree about these, so no two parts of ward shall have to agree.
  if (given.length > MAX_LENGTH || /[\p{Cc}\p{Cf}\p{Z}\\]/u.test(given) || !URL.canParse(given)) {
    throw refused("net.malformed", "it is no address that can be read in one way", "");
  }
  const url = new URL(given);
  const { protocol } = url;
  if (protocol !== "http:" && protocol !== "https:") {
    throw refused("net.scheme", "only http and https addresses are reached", "");
  }
  // Else the authority is found by a rule that only browsers have (`http:host`, `http:////host`).
  if (!/^https?:\/\/[^/]/i.test(given)) {
    throw refused("net.malformed", "it is no address that can be read in one way", "");
  }
  if (url.username !== "" || url.password !== "" || /^[^/?#]*\/\/[^/?#]*@/.test(given)) {
    throw refused("net.userinfo", "an address with a user name or password is not reached", "");
  }
  const hostname = hostnameOf(url);
  const port = portOf(url);
  const host = hostOf(url);
  const shown = shownHost(host, rules.asked);
  const isOwners = rules.owners?.includes(host) ?? false;
  const isAddress = url.hostname.startsWith("[") || /^[\d.]+$/.test(hostname);
  if (rules.httpsOnly && protocol === "http:" && !(isOwners && isLoopback(hostname))) {
    throw refused("net.scheme", "only https addresses are reached in this way", shown);
  }
  if (isAddress) {
    const kind = addressKind(hostname);
    if (kind !== "public" && !(isOwners && kind === "private")) {
      throw refused("net.address", addressWords(kind), shown, kind === "private");
    }
  } else {
    const problem = isOwners ? null : nameProblem(hostname);
    if (problem !== null) throw refused("net.name", problem, shown);
  }
  if (!PORTS.includes(port) && !isOwners) {
    throw refused("net.port", `port ${port} is none of ${PORTS.join(", ")}`, shown);
  }
  url.hash = "";
  url.hostname = url.hostname.replace(/\.$/, "");
  return {
    href: url.href,
    scheme: protocol === "http:" ? "http" : "https",
    hostname,
    port,
    host,
    target: url.pathname + url.search,
    isAddress,
    isOwners,
  };
}

/**
 * Checks what a name resolved to. One bad address refuses the name: whoever mixes them in waits for
 * the right one to be dialled.
 *
 * @param url From {@linkcode checkUrl}.
 * @param addresses All that the resolver said.
 * @param asked As in {@linkcode GuardRules}.
 * @returns Them, without repetitions.
 * @throws {AppError} `net.unresolved` for none, `net.address`.
 */
export function checkAddresses(
  url: CheckedUrl,
  addresses: readonly string[],
  asked?: string,
): string[] {
  const shown = shownHost(url.host, asked);
  if (addresses.length === 0) {
    throw new AppError("net.unresolved", `Cannot reach ${shown}: there is no such host`);
  }
  for (const address of addresses) {
    const kind = addressKind(address);
    if (kind === "public" || (url.isOwners && kind === "private")) continue;
    const why = `its name leads there: ${addressWords(kind)}`;
    throw refused("net.address", why, shown, kind === "private");
  }
  return [...new Set(addresses)];
}

/**
 * How words of ward's own call a host: by its name only where that is the one that was asked for, as
 * any other can be a sentence of whoever led there.
 */
export function shownHost(host: string, asked: string = host): string {
  return host === asked ? host : "another host";
}

function isLoopback(hostname: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/.test(hostname);
}

function hostnameOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
}

function portOf({ port, protocol }: URL): number {
  return port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);
}

function addressWords(kind: "private" | "never" | "public"): string {
  return kind === "private"
    ? "it is an address of this machine or a network around it"
    : "it is no address of the public network";
}

function refused(
  code: string,
  why: string,
  host: string,
  ownersCan = code === "net.name" || code === "net.port",
): AppError {
  const what = host === "" ? "the address" : host;
  return new AppError(code, `Refused to reach ${what}: ${why}`, {
    hint: ownersCan
      ? "Only the owner can allow it, by naming the host in web.hosts of config.toml"
      : undefined,
  });
}

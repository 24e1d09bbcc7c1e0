/** The head of a request to a proxy (RFC 9110, 9112): only what says where it goes is understood. */

/** Longest head, bytes. */
export const MAX_HEAD_BYTES = 32 * 1024;

/** A request as a proxy gets it. */
export interface RequestHead {
  /** `CONNECT` wants a tunnel; any other method one answer of an `http:` address. */
  readonly method: string;
  /** `hostname:port` in the form of the URL standard. */
  readonly authority: string;
  readonly hostname: string;
  readonly port: number;
  /** The head to send on; empty for a tunnel. */
  readonly onward: string;
}

/** Headers that are between a program and the proxy alone (RFC 9110, 7.6.1), and the one set anew. */
const NOT_SENT_ON = /^(?:connection|keep-alive|host|te|upgrade|proxy-[a-z-]+)$/;

/**
 * Reads a head.
 *
 * @param text With its line ends, without the empty line that ends it.
 * @returns null for what cannot be read in one way.
 */
export function readHead(text: string): RequestHead | null {
  const [first = "", ...lines] = text.split("\r\n");
  const [, method, target] = /^([A-Z]{1,20}) ([\x21-\x7e]+) HTTP\/1\.[01]$/.exec(first) ?? [];
  if (method === undefined || target === undefined) return null;
  if (!lines.every((line) => /^[\w!#$%&'*+.^`|~-]+:[\t\x20-\x7e\x80-\xff]*$/.test(line))) {
    return null;
  }
  const isTunnel = method === "CONNECT";
  const form = isTunnel ? /^[^/?#@\\]+:\d{1,5}$/ : /^http:\/\/[^/?#@\\]+(?:[/?][^\\]*)?$/i;
  const whole = isTunnel ? `http://${target}/` : target;
  if (!form.test(target) || !URL.canParse(whole)) return null;
  const url = new URL(whole);
  const hostname = url.hostname.replace(/\.$/, "");
  if (!/^(?:[a-z0-9._-]{1,253}|\[[0-9a-f:.]+\])$/.test(hostname)) return null;
  const port = url.port === "" ? 80 : Number(url.port);
  const path = url.pathname + url.search;
  const kept = lines.filter((line) => !NOT_SENT_ON.test(line.split(":", 1)[0]!.toLowerCase()));
  return {
    method,
    authority: `${hostname}:${port}`,
    hostname,
    port,
    onward: isTunnel
      ? ""
      // One answer and then the end: what a program asks for next is looked at anew.
      : [`${method} ${path} HTTP/1.1`, `Host: ${url.host}`, ...kept, "Connection: close", "", ""]
        .join("\r\n"),
  };
}

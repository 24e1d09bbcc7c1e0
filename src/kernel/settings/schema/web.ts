/** `[web]` of `config.toml`. */
import * as z from "zod";
import { SEARCH_SERVICES } from "../../../model/settings.ts";
import { canonicalHost } from "../../net/canonical_host.ts";
import { isAddress, key, secret } from "./keys.ts";

const ALLOWED_HOSTS =
  'hosts, such as "wiki.corp" or "127.0.0.1:8080"; without a port 80 and 443 are meant';

/** `[web]`. */
export const webSection = z.strictObject({
  hosts: key(
    z.array(key(z.string().trim().refine((host) => canonicalHost(host) !== null), {
      description: "A host",
      allowed: ALLOWED_HOSTS,
    })).default([]),
    {
      description: "Hosts that the web tools may reach although they are of a private network or " +
        "have a port of their own",
      allowed: `a list: ${ALLOWED_HOSTS}`,
      opens: (hosts) =>
        (hosts as string[]).length > 0
          ? `web tools reach ${(hosts as string[]).join(", ")}, which may be in a private network`
          : null,
    },
  ),
  search: key(z.enum(SEARCH_SERVICES).default("duckduckgo"), {
    description: "Service that web_search asks; brave and tavily need a key",
    allowed: SEARCH_SERVICES.map((name) => `"${name}"`).join(", "),
  }),
  search_base: key(z.string().trim().refine(isAddress).optional(), {
    description: "Base address of that service, for one of your own or behind a gateway",
    allowed: "an http:// or https:// address without a user name in it",
    defaultText: "the service's own",
    example: "https://search.example",
    opens: (value) =>
      value === undefined ? null : `searches, and the key of the service, go to ${value}`,
  }),
  search_key: secret("Key of that service; `keychain` is the secret of the service's name"),
}).prefault({});

/** `http_request` of a session, with the profiles of the configuration and of `ward oauth`. */
import {
  connectedNames,
  connectionAccess,
  connectionStore,
} from "../accounts/oauth/connections.ts";
import { VERSION } from "../start/version.ts";
import type { Ward } from "../ward.ts";
import { createWebReader } from "../web/web_reader.ts";
import { AppError } from "../../base/app_error.ts";
import { systemClock, systemRandom } from "../../host/process/system.ts";
import { createAccess } from "../../kernel/accounts/access.ts";
import {
  connectedProfile,
  fixedProfile,
  type HttpProfile,
} from "../../kernel/http/http_profile.ts";
import { narrowed } from "../../kernel/http/profile_domains.ts";
import type { Tool } from "../../kernel/ports.ts";
import { createHttpRequestTool } from "../../kernel/tools/http/http_request.ts";
import type { OAuthProvider } from "../../model/services/oauth.ts";

/** What they are made of. */
type Parts = Pick<Ward, "form" | "start" | "secrets">;

/** The tool. */
export function httpTools(ward: Parts): Tool[] {
  const { web, http } = ward.start.settings;
  return [createHttpRequestTool({
    web: createWebReader(ward.form),
    hosts: web.hosts,
    profiles: httpProfiles(ward),
    timeoutMs: http.timeoutMs,
    responseBytes: http.responseBytes,
    userAgent: `ward/${VERSION}`,
  })];
}

/** The profiles; one of the configuration goes before a connection of its name. */
function httpProfiles(ward: Parts): HttpProfile[] {
  const { httpProfiles: configured, settings } = ward.start;
  const { providers } = settings.oauth;
  const own = configured.map(({ name, type, domains, secrets }) => {
    if (secrets?.type !== "oauth2") {
      const parts = { clock: systemClock, random: systemRandom };
      return fixedProfile({ name, type, domains }, secrets, parts);
    }
    const provider = providers.find((one) => one.name === secrets.connection);
    // A profile narrows what a connection is for; it never widens it.
    return provider
      ? connected(ward, { name, domains: narrowed(domains, provider.domains) }, provider)
      : missing(name, domains);
  });
  const names = new Set(own.map(({ name }) => name));
  return [
    ...own,
    ...providers.filter(({ name }) => isConnected(ward, name) && !names.has(name))
      .map((provider) => connected(ward, provider, provider)),
  ];
}

function isConnected({ secrets }: Parts, name: string): boolean {
  try {
    return connectedNames(secrets).includes(name);
  } catch (error) {
    // What is wrong with the saved secrets was told at the start.
    if (error instanceof AppError) return false;
    throw error;
  }
}

function connected(
  { form, start, secrets }: Parts,
  { name, domains }: Pick<HttpProfile, "name" | "domains">,
  provider: OAuthProvider,
): HttpProfile {
  const store = connectionStore(provider.name, { home: start.settings.home, secrets });
  const deps = connectionAccess(provider, store, {
    form,
    clock: systemClock,
    onLogin: (login) => start.known.addLogin(login),
  });
  return connectedProfile({ name, domains }, createAccess(deps));
}

function missing(name: string, domains: readonly string[]): HttpProfile {
  return {
    name,
    type: "oauth2",
    domains,
    credentials: () =>
      Promise.reject(
        new AppError("http.profile", `The connection of the profile "${name}" is of no service`, {
          hint: "`ward oauth providers` shows those there are",
        }),
      ),
  };
}

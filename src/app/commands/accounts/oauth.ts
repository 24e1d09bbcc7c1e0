/** `ward oauth`: connects services; each connection is a profile of `http_request`. */
import { print, type ProfileContext } from "../context.ts";
import { connectService, terminalWays } from "../../accounts/oauth/connect.ts";
import {
  connectedNames,
  connectionAccess,
  connectionFacts,
  type ConnectionStore,
  connectionStore,
  lookAtConnection,
} from "../../accounts/oauth/connections.ts";
import { disconnectService } from "../../accounts/oauth/disconnect.ts";
import { revokeBy } from "../../accounts/oauth/oauth_thread.ts";
import { secretsOf } from "../../keys/secrets.ts";
import { argumentOr, prompterOf } from "../../prompting.ts";
import { UsageError } from "../../../base/app_error.ts";
import { systemClock } from "../../../host/process/system.ts";
import { renewNow } from "../../../kernel/accounts/access.ts";
import { oauthProvider, oauthProviders } from "../../../kernel/accounts/oauth/providers.ts";
import { configuredProviders } from "../../../kernel/settings/http_settings.ts";
import { nearest } from "../../../kernel/settings/nearest.ts";
import type { OAuthProvider, OAuthReport } from "../../../model/services/oauth.ts";
import { formatOAuth, formatProviders } from "../../../surfaces/cli/format/format_oauth.ts";
import type { ParsedCommand } from "../../../surfaces/cli/parsed_command.ts";
import { revealHidden } from "../../../surfaces/cli/sanitize_terminal.ts";

/** Shows the services that can be connected. */
export function oauthProviderList(context: ProfileContext): number {
  const connected = connectedNames(secretsOf(context.profile));
  const report = servicesOf(context).providers.map((one) => ({
    name: one.name,
    title: one.title,
    type: one.type,
    scopes: one.scopes,
    domains: one.domains,
    builtIn: one.builtIn,
    connected: connected.includes(one.name),
  }));
  print(context, report, () => formatProviders(report));
  return 0;
}

/** Connects one. */
export async function oauthConnect(
  command: Extract<ParsedCommand, { type: "oauth_connect" }>,
  context: ProfileContext,
): Promise<number> {
  const { providers, callbackUrl, profiles } = servicesOf(context);
  const name = await argumentOr(context, command.name, {
    name: "<name>",
    usage: "ward oauth connect <name>",
    ask: (prompter) =>
      prompter.choose({
        title: "Connect",
        items: providers.map((one) => ({ value: one.name, label: one.name, detail: one.title })),
      }),
  });
  const provider = oauthProvider(name, providers);
  if (provider === null) {
    const names = providers.map((one) => one.name);
    const near = nearest(name, new Set(names));
    throw new UsageError(
      "account.unknown",
      `Cannot connect "${name}": no such service` + (near ? `; did you mean "${near}"?` : ""),
      { hint: `There are ${names.join(", ")}; others stand in [oauth.providers] of config.toml` },
    );
  }
  if (profiles.includes(provider.name)) {
    throw new UsageError("account.taken", `A profile has the name "${provider.name}" already`, {
      hint: `Rename http_profiles.${provider.name} in config.toml`,
    });
  }
  const store = storeOf(context, provider.name);
  const connecting = { provider, store, callbackUrl, wantsClient: command.newClient };
  await connectService(connecting, terminalWays(connecting, command.browser, context));
  return show(
    context,
    await lookAtConnection(connectionFacts(provider.name, provider), store, systemClock),
  );
}

/** Shows the connections; no service is asked. */
export async function oauthList(context: ProfileContext): Promise<number> {
  const { providers } = servicesOf(context);
  const report = await Promise.all(
    connectedNames(secretsOf(context.profile)).map((name) =>
      lookAtConnection(
        connectionFacts(name, own(name, providers)),
        storeOf(context, name),
        systemClock,
      )
    ),
  );
  print(
    context,
    report,
    () =>
      report.length === 0
        ? "Nothing is connected; ward oauth connect <name> does so\n"
        : report.map((one) => formatOAuth(one, context.stdout)).join(""),
  );
  return 0;
}

/** Renews a token now. */
export async function oauthRefresh(
  command: Extract<ParsedCommand, { type: "oauth_refresh" }>,
  context: ProfileContext,
): Promise<number> {
  const name = await connectedName(command.name, "refresh", context);
  const provider = own(name, servicesOf(context).providers);
  if (provider === null) throw unknownService(name);
  const store = storeOf(context, name);
  const { form } = context.profile;
  await renewNow(connectionAccess(provider, store, { form, clock: systemClock }));
  return show(context, await lookAtConnection(connectionFacts(name, provider), store, systemClock));
}

/** Gives the tokens back and forgets the connection. @returns 1 when the user says no. */
export async function oauthRemove(
  command: Extract<ParsedCommand, { type: "oauth_remove" }>,
  context: ProfileContext,
): Promise<number> {
  const name = await connectedName(command.name, "remove", context);
  if (!command.yes) {
    const prompter = prompterOf(context);
    if (!prompter) {
      throw new UsageError("account.confirm", `Would remove the connection "${name}"`, {
        hint: "Add --yes to do it",
      });
    }
    if (!await prompter.confirm({ title: `Remove the connection "${name}"?` })) return 1;
  }
  const provider = own(name, servicesOf(context).providers);
  const revoked = await disconnectService(provider, storeOf(context, name), {
    revoke: revokeBy({ name }, context.profile.form),
    warn: (text) => context.stderr.write(`! ${revealHidden(text)}\n`),
  });
  const how = revoked === true ? "; its tokens were taken back" : "";
  print(context, { removed: name, revoked }, () => `Removed ${name}${how}\n`);
  return 0;
}

function servicesOf({ profile: { config } }: ProfileContext): {
  readonly providers: readonly OAuthProvider[];
  readonly callbackUrl: string;
  /** Names of the profiles in the configuration. */
  readonly profiles: readonly string[];
} {
  if (!config.ok) throw config.error;
  const { file } = config.parsed;
  return {
    providers: oauthProviders(configuredProviders(file)),
    callbackUrl: file.oauth.callback_url,
    profiles: Object.keys(file.http_profiles),
  };
}

function storeOf({ profile }: ProfileContext, name: string): ConnectionStore {
  return connectionStore(name, { home: profile.paths.home, secrets: secretsOf(profile) });
}

/** By its own name: that of a connection is never an alias. */
function own(name: string, providers: readonly OAuthProvider[]): OAuthProvider | null {
  return providers.find((one) => one.name === name) ?? null;
}

async function connectedName(
  given: string | null,
  verb: string,
  context: ProfileContext,
): Promise<string> {
  const names = connectedNames(secretsOf(context.profile));
  const none = (message: string) =>
    new UsageError("account.not_connected", message, {
      hint: names.length === 0 ? "Nothing is connected" : `Connected: ${names.join(", ")}`,
    });
  const name = await argumentOr(context, given, {
    name: "<name>",
    usage: `ward oauth ${verb} <name>`,
    ask: (prompter) => {
      if (names.length === 0) throw none("There is no connection");
      const items = names.map((one) => ({ value: one, label: one }));
      return prompter.choose({ title: "Which connection", items });
    },
  });
  const found = names.includes(name)
    ? name
    : oauthProvider(name, servicesOf(context).providers)?.name;
  if (found !== undefined && names.includes(found)) return found;
  throw none(`"${name}" is not connected`);
}

function unknownService(name: string): UsageError {
  return new UsageError("account.unknown", `There is no service "${name}" any more`, {
    hint: `Put it back into [oauth.providers] of config.toml, or: ward oauth remove ${name}`,
  });
}

/** @returns 1 when it does not work. */
function show(context: ProfileContext, report: OAuthReport): number {
  print(context, report, () => formatOAuth(report, context.stdout));
  return report.state === "good" || report.state === "due" ? 0 : 1;
}

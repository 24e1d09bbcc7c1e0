/**
 * The tools of `ward oauth`: what can be connected, and the login of a service. The user agrees at
 * the service itself; the id and secret of an app are never asked for here, because what a client
 * shows and stores of a form is its own affair.
 */
import * as z from "zod";
import { connectService } from "../accounts/oauth/connect.ts";
import {
  connectCommand,
  connectedNames,
  connectionFacts,
  connectionStore,
  lookAtConnection,
} from "../accounts/oauth/connections.ts";
import type { Ward } from "../ward.ts";
import { AppError, UsageError } from "../../base/app_error.ts";
import { systemClock } from "../../host/process/system.ts";
import { oauthProvider } from "../../kernel/accounts/oauth/providers.ts";
import type { OAuthProvider } from "../../model/services/oauth.ts";
import {
  type Call,
  type ServedTool,
  servedTool,
  textResult,
} from "../../surfaces/mcp_server/served.ts";

/** A login under way. */
interface Login {
  readonly url: Promise<string>;
  readonly done: Promise<void>;
  readonly pasted: PromiseWithResolvers<string>;
  readonly stop: AbortController;
}

const service = z.string().min(1).describe("Name of a service, as oauth_services lists it");

/** Makes them. */
export function oauthTools(ward: Ward): ServedTool[] {
  const { oauth: { providers, callbackUrl }, home } = ward.start.settings;
  const underWay = new Map<string, Login>();
  const storeOf = (name: string) => connectionStore(name, { home, secrets: ward.secrets });
  const look = async (provider: OAuthProvider) => {
    const report = await lookAtConnection(
      connectionFacts(provider.name, provider),
      storeOf(provider.name),
      systemClock,
    );
    return JSON.stringify(report, null, 1);
  };
  const known = (name: string): OAuthProvider => {
    const provider = oauthProvider(name, providers);
    if (provider !== null) return provider;
    throw new UsageError("account.unknown", `Cannot connect "${name}": no such service`, {
      hint: `There are ${providers.map((one) => one.name).join(", ")}`,
    });
  };

  const begin = (provider: OAuthProvider): Login => {
    const { name, title } = provider;
    const url = Promise.withResolvers<string>();
    const pasted = Promise.withResolvers<string>();
    const stop = new AbortController();
    const done = connectService(
      { provider, store: storeOf(name), callbackUrl, wantsClient: false },
      {
        form: ward.form,
        screen: {
          open(address) {
            url.resolve(address);
            return true;
          },
          notice: () => {},
          askForCode: () => pasted.promise,
          pastes: false,
          pasted: pasted.promise,
          signal: stop.signal,
        },
        askClient() {
          throw new AppError("account.client", `Ward has no app of yours at ${title} yet`, {
            hint: `The user gives its id and secret in a terminal, unseen: ${connectCommand(name)}`,
          });
        },
      },
    ).finally(() => underWay.delete(name));
    // Without an address there is nothing to wait for: what went wrong is told in its place.
    done.catch((error) => url.reject(error));
    done.then(() => url.resolve(""), () => {});
    url.promise.catch(() => {});
    const login = { url: url.promise, done, pasted, stop };
    underWay.set(name, login);
    return login;
  };

  const finished = async (provider: OAuthProvider, login: Login, call: Call) => {
    const stop = () => login.stop.abort();
    call.signal.addEventListener("abort", stop, { once: true });
    try {
      await login.done;
      return textResult(await look(provider));
    } finally {
      call.signal.removeEventListener("abort", stop);
    }
  };

  return [
    servedTool({
      name: "oauth_services",
      title: "Services to connect",
      description: "List the services that http_request can use once connected, and their state",
      schema: z.strictObject({}),
      hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
      run() {
        const connected = connectedNames(ward.secrets);
        const report = providers.map(({ name, title, scopes, domains }) => ({
          name,
          title,
          scopes,
          domains,
          connected: connected.includes(name),
        }));
        return Promise.resolve(textResult(JSON.stringify(report, null, 1)));
      },
    }),
    servedTool({
      name: "oauth_connect",
      title: "Connect a service",
      description: "Begin the login of a service in the user's browser. Where the client opens " +
        "addresses it ends with the login; else it gives the address, and oauth_finish ends it",
      schema: z.strictObject({ service }),
      hints: { readOnly: false, destructive: false, idempotent: true, openWorld: true },
      async run({ service: name }, call) {
        const provider = known(name);
        underWay.get(provider.name)?.stop.abort();
        const login = begin(provider);
        const url = await login.url;
        // A service without a user has no page to agree on.
        if (url === "") return await finished(provider, login, call);
        const message = `Agree at ${provider.title} that ward uses your account there`;
        if (!call.can.url) {
          return textResult(
            `The user opens this address and agrees there:\n${url}\nThen call oauth_finish. If the ` +
              "browser cannot reach the page that it ends at, give oauth_finish that page's address",
          );
        }
        const { action } = await call.open({ message, url });
        if (action !== "accept") {
          login.stop.abort();
          throw new AppError("mcp_server.refused", "Nothing was connected: the user said no");
        }
        call.progress(`waiting for ${provider.title}`);
        return await finished(provider, login, call);
      },
    }),
    servedTool({
      name: "oauth_finish",
      title: "Finish a login",
      description: "End a login that oauth_connect began: wait for the browser, or take the " +
        "address that it ended at",
      schema: z.strictObject({
        service,
        address: z.string().optional().describe("Where the browser ended, whole"),
      }),
      hints: { readOnly: false, destructive: false, idempotent: false, openWorld: true },
      async run({ service: name, address }, call) {
        const provider = known(name);
        const login = underWay.get(provider.name);
        if (!login) {
          throw new UsageError("account.none", `No login of ${provider.title} is under way`, {
            hint: "Begin with oauth_connect",
          });
        }
        if (address !== undefined) login.pasted.resolve(address);
        return await finished(provider, login, call);
      },
    }),
  ];
}

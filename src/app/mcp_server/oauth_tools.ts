/**
 * The tools of `ward oauth` and `ward mcp login`: what can be connected, and the login of a service.
 * The user agrees at the service itself; the id and secret of an app are never asked for here,
 * because what a client shows and stores of a form is its own affair. Whoever calls them may be a
 * model that read something from outside: an address that it brings may be of somebody else's
 * account (RFC 9700, 4.7), so the owner says yes to it in the client, or it counts for nothing.
 */
import * as z from "zod";
import { askOwner } from "./ask_owner.ts";
import { type LoginPlace, loginPlaces } from "./login_places.ts";
import type { Ward } from "../ward.ts";
import { AppError, UsageError } from "../../base/app_error.ts";
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
  const underWay = new Map<string, Login>();
  const known = (name: string): LoginPlace => {
    const places = loginPlaces(ward);
    const place = places.find((one) => one.name === name || one.aliases.includes(name));
    if (place !== undefined) return place;
    throw new UsageError("account.unknown", `Cannot connect "${name}": no such service`, {
      hint: `There are ${places.map((one) => one.name).join(", ")}`,
    });
  };
  const look = async (place: LoginPlace) => JSON.stringify(await place.look(), null, 1);

  const begin = (place: LoginPlace): Login => {
    const url = Promise.withResolvers<string>();
    const pasted = Promise.withResolvers<string>();
    const stop = new AbortController();
    const done = place.connect({
      open(address) {
        url.resolve(address);
        return true;
      },
      notice: () => {},
      askForCode: () => pasted.promise,
      pastes: false,
      pasted: pasted.promise,
      signal: stop.signal,
    }).finally(() => underWay.delete(place.name));
    // Without an address there is nothing to wait for: what went wrong is told in its place.
    done.catch((error) => url.reject(error));
    done.then(() => url.resolve(""), () => {});
    url.promise.catch(() => {});
    const login = { url: url.promise, done, pasted, stop };
    underWay.set(place.name, login);
    return login;
  };

  const finished = async (place: LoginPlace, login: Login, call: Call) => {
    const stop = () => login.stop.abort();
    call.signal.addEventListener("abort", stop, { once: true });
    try {
      await login.done;
      return textResult(await look(place));
    } finally {
      call.signal.removeEventListener("abort", stop);
    }
  };

  return [
    servedTool({
      name: "oauth_services",
      title: "Services to connect",
      description: "List what can be connected: services for http_request, and MCP servers over " +
        "HTTP, whose names begin with mcp:; and whether it is",
      schema: z.strictObject({}),
      hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
      run() {
        const report = loginPlaces(ward).map(({ name, title, scopes, domains, connected }) => ({
          name,
          title,
          scopes,
          domains,
          connected,
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
        const place = known(name);
        underWay.get(place.name)?.stop.abort();
        const login = begin(place);
        const url = await login.url;
        // A service without a user has no page to agree on.
        if (url === "") return await finished(place, login, call);
        const message = `Agree at ${place.title} that ward uses your account there`;
        if (!call.can.url) {
          const lost = call.can.form
            ? "give oauth_finish that page's address, which the user is asked about"
            : `the user does it in a terminal: ${place.command}`;
          return textResult(
            `The user opens this address and agrees there:\n${url}\nThen call oauth_finish. If the ` +
              `browser cannot reach the page that it ends at, ${lost}`,
          );
        }
        const { action } = await call.open({ message, url });
        if (action !== "accept") {
          login.stop.abort();
          throw new AppError("mcp_server.refused", "Nothing was connected: the user said no");
        }
        call.progress(`waiting for ${place.title}`);
        return await finished(place, login, call);
      },
    }),
    servedTool({
      name: "oauth_finish",
      title: "Finish a login",
      description: "End a login that oauth_connect began: wait for the browser, or take the " +
        "address that it ended at, once the user said yes to it here",
      schema: z.strictObject({
        service,
        address: z.string().optional().describe("Where the browser ended, whole"),
      }),
      hints: { readOnly: false, destructive: false, idempotent: false, openWorld: true },
      async run({ service: name, address }, call) {
        const place = known(name);
        const login = underWay.get(place.name);
        if (!login) {
          throw new UsageError("account.none", `No login of ${place.title} is under way`, {
            hint: "Begin with oauth_connect",
          });
        }
        if (address !== undefined) {
          await askOwner(call, [
            `Connect ${place.title} by the address that was brought back?`,
            "It connects whichever account agreed there. Say yes only if you agreed just now, in your own browser, with an account of your own",
          ], place.command);
          login.pasted.resolve(address);
        }
        return await finished(place, login, call);
      },
    }),
  ];
}

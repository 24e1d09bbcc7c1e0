import * as z from "zod";
import { AppError } from "../../../base/app_error.ts";
import type { BrowserFailure, BrowserRequest } from "../../../model/cells/browser.ts";
import type { NetAccess } from "../../../model/cells/permission.ts";
import { Outside } from "../../../model/conversation/outside.ts";
import type { ToolResult } from "../../../model/conversation/tool.ts";
import { cellHost } from "../../net/cell_hosts.ts";
import { checkUrl } from "../../net/check_url.ts";
import type { Tool } from "../../ports.ts";
import type { BrowserPort } from "./browser_port.ts";

const ACTIONS = [
  "navigate",
  "read",
  "screenshot",
  "click",
  "fill",
  "script",
  "wait",
  "close",
] as const;

const schema = z.strictObject({
  action: z.enum(ACTIONS),
  url: z.string().max(4096).optional(),
  hosts: z.array(z.string()).max(16).optional(),
  selector: z.string().min(1).max(1000).optional(),
  value: z.string().max(100_000).optional(),
  script: z.string().min(1).max(100_000).optional(),
});

type Args = z.infer<typeof schema>;

/** What an action needs, and what it does to the world. */
interface Planned {
  readonly request: BrowserRequest;
  readonly accesses: readonly NetAccess[];
  /** Of a navigation. */
  readonly hosts: readonly string[] | null;
  readonly title: string;
}

/** The tool `browser`: one page of a browser that a cell holds. */
export function createBrowserTool(browser: BrowserPort): Tool<Args> {
  return {
    name: "browser",
    description: "A headless browser for pages that need one: navigate to a url (`hosts`: others " +
      "that it needs, such as its CDN), then read, click, fill, wait by CSS selector, run a script, " +
      "take a screenshot, close",
    schema,
    flags: {
      readOnly: false,
      externalSideEffect: true,
      needsApproval: false,
      idempotent: false,
      highImpactWrite: false,
    },
    plan(args) {
      if (args.action === "close") {
        return {
          accesses: [],
          title: "close the browser",
          readOnly: false,
          async execute() {
            await browser.close();
            return { ok: true, content: "closed", summary: "closed the browser", effects: [] };
          },
        };
      }
      const { request, accesses, hosts, title } = planned(args, args.action, browser);
      return {
        accesses,
        title,
        // There is one page: nothing runs beside.
        readOnly: false,
        execute: async ({ signal }) => {
          const { answer, refused } = await browser.act(request, hosts, signal);
          const saved = answer.png === null ? null : await browser.save(answer.png);
          const host = accesses[0]?.host ?? browser.host();
          return toResult(title, { answer, refused, saved, effects: accesses, host });
        },
      };
    },
  };
}

function planned(
  args: Args,
  action: Exclude<Args["action"], "close">,
  browser: BrowserPort,
): Planned {
  if (action === "navigate") return navigation(need(args.url, "url", action), args.hosts ?? []);
  const host = browser.host();
  if (host === null) {
    throw new AppError("browser.no_page", `Cannot ${action}: no page is open`, {
      hint: "Navigate first",
    });
  }
  // Each may send what it types or was told to the page's host.
  const sends: NetAccess = {
    permission: "net",
    compartment: "browser",
    host,
    url: host,
    method: "POST",
    sends: true,
  };
  const selector = args.selector ?? null;
  const on = (accesses: NetAccess[], request: BrowserRequest, what: string): Planned => ({
    request,
    accesses,
    hosts: null,
    title: `${what} on ${host}`,
  });
  switch (action) {
    case "read":
      return on([], { action, selector }, `read ${selector ?? "the page"}`);
    case "screenshot":
      return on([], { action, selector }, `screenshot of ${selector ?? "the page"}`);
    case "wait": {
      const wanted = need(args.selector, "selector", action);
      return on([], { action, selector: wanted }, `wait for ${wanted}`);
    }
    case "click": {
      const wanted = need(args.selector, "selector", action);
      return on([sends], { action, selector: wanted, host }, `click ${wanted}`);
    }
    case "fill": {
      const wanted = need(args.selector, "selector", action);
      const value = need(args.value, "value", action);
      return on(
        [sends],
        { action, selector: wanted, value, host },
        `fill ${wanted} with ${shorten(value)}`,
      );
    }
    case "script": {
      const script = need(args.script, "script", action);
      return on([sends], { action, script, host }, `script ${shorten(script)}`);
    }
  }
}

function navigation(text: string, others: readonly string[]): Planned {
  const host = cellHost(text);
  // The port, and an address of this machine, are asked about; a name was checked with the host.
  const { href } = checkUrl(text, { owners: [host] });
  const hosts = [...new Set([host, ...others.map(cellHost)])];
  return {
    request: { action: "navigate", url: href },
    accesses: hosts.map((one) => ({
      permission: "net",
      compartment: "browser",
      host: one,
      url: one === host ? href : one,
      method: "GET",
      sends: false,
    })),
    hosts,
    title: `browse ${href}`,
  };
}

function need(value: string | undefined, name: string, action: string): string {
  if (value !== undefined) return value;
  throw new AppError("browser.argument", `"${action}" needs "${name}"`);
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > 80 ? `${line.slice(0, 80)}…` : line;
}

const FAILURES: Readonly<Record<BrowserFailure, string>> = {
  no_element: "no such element came in time",
  timeout: "it did not end in time",
  unreachable: "the page cannot be reached",
  script: "the script failed",
  moved: "nothing was done: the page is of another host now than when the user was asked",
  failed: "the browser could not do it",
};

function toResult(
  title: string,
  { answer, refused, saved, effects, host }: Awaited<ReturnType<BrowserPort["act"]>> & {
    readonly saved: string | null;
    readonly effects: readonly NetAccess[];
    /** Host of the navigation, as it was asked about. */
    readonly host: string | null;
  },
): ToolResult {
  const { failure, status, text } = answer;
  const ok = failure === null && (status === null || (status >= 200 && status < 400));
  const names = refused.flatMap(({ host }) => host ?? []);
  const facts = [
    failure && FAILURES[failure.code],
    status !== null && `HTTP ${status}`,
    saved && `saved as ${saved}`,
    names.length > 0 &&
    `not granted and not reached: ${names.slice(0, 20).join(", ")} (navigate with hosts to ask)`,
  ].filter((fact) => typeof fact === "string");
  const page = `${answer.title}\n${answer.url}`;
  const said = [failure?.text, text].filter((one) => typeof one === "string" && one !== "");
  return {
    ok,
    content: facts.length > 0 ? facts.join("\n") : "done",
    outside: [
      Outside.of(host === null ? "browser" : `browser ${host}`, [page, ...said].join("\n\n")),
    ],
    summary: ok ? title : `${title}: ${facts[0] ?? "failed"}`,
    effects: effects.map(({ method, host }) => `${method} ${host}`),
  };
}

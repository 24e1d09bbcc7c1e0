/** The web tools, against a web that answers as it is told. */
import assert from "node:assert/strict";
import { AppError } from "../../src/base/app_error.ts";
import { readBrave, readDuckDuckGo, readTavily } from "../../src/compartments/web/read_search.ts";
import { checkUrl } from "../../src/kernel/net/check_url.ts";
import type { WalkRequest } from "../../src/kernel/net/walk.ts";
import { createWebTools } from "../../src/kernel/tools/web/web_tools.ts";
import type { WebPort } from "../../src/kernel/tools/web/web_port.ts";
import type { WebAnswer } from "../../src/model/cells/web.ts";
import { rawOutside } from "../../src/model/conversation/outside.ts";
import type { ToolResult } from "../../src/model/conversation/tool.ts";
import type { SearchService } from "../../src/model/settings.ts";

const NOTHING = { location: null, page: null, response: null, hits: null };
const HITS = [{ title: "A loaf", url: "https://a.example/", snippet: "of bread" }];

interface Given {
  readonly service?: SearchService;
  readonly base?: string;
  readonly key?: string;
  readonly hosts?: readonly string[];
}

/** Plans a call and runs it. */
async function call(
  name: string,
  args: Record<string, unknown>,
  answer: WebAnswer | AppError,
  { service = "duckduckgo", base, key, hosts = [] }: Given = {},
) {
  const asked: { request: WalkRequest; read: string; owners: readonly string[] | undefined }[] = [];
  const web: WebPort = {
    request(request, read, { owners }) {
      asked.push({ request, read, owners });
      if (answer instanceof AppError) return Promise.reject(answer);
      const url = checkUrl(request.url, { owners });
      return Promise.resolve({ answer, url, redirects: 0 });
    },
  };
  const tools = createWebTools({
    web,
    hosts,
    service,
    base: base ?? null,
    key: key ?? null,
    userAgent: "ward/x",
  });
  const tool = tools.find((one) => one.name === name)!;
  const plan = tool.plan(tool.schema.parse(args));
  const { signal } = new AbortController();
  const result: ToolResult = await plan.execute({ signal, decisions: [] });
  const outside = (result.outside ?? []).map(rawOutside).join("\n");
  return { plan, result, asked, outside };
}

Deno.test("web_fetch: what the page says is outside, and nowhere else in the result", async () => {
  const page = {
    kind: "HTML" as const,
    title: "Canary title",
    text: "canary text",
    bytes: 12_345,
    isCut: true,
  };
  const answer = { ...NOTHING, status: 200, page };
  const { plan, result, outside } = await call(
    "web_fetch",
    { url: "http://A.example/x#y" },
    answer,
  );
  assert.deepEqual(plan.accesses, [{
    permission: "net",
    compartment: "web",
    host: "a.example",
    url: "http://a.example/x",
    method: "GET",
    sends: false,
  }]);
  assert.equal(outside, "# Canary title\n\ncanary text");
  const own = JSON.stringify(result);
  assert.doesNotMatch(own, /canary/i);
  assert.equal(
    result.content,
    "HTTP 200 from a.example, 12 KB of HTML as Markdown, only its beginning was read, not encrypted",
  );
});

Deno.test("web_fetch: a refusal and a page of an error are results, not failures of the turn", async () => {
  const late = new AppError("net.late", "No whole answer within 20 s", { hint: "Try again later" });
  const refused = await call("web_fetch", { url: "https://a.example/" }, late);
  assert.deepEqual(refused.result, {
    ok: false,
    content: "No whole answer within 20 s. Try again later",
    summary: "No whole answer within 20 s",
    effects: [],
  });
  const missing = await call("web_fetch", { url: "https://a.example/" }, {
    ...NOTHING,
    status: 404,
  });
  assert.equal(missing.result.ok, false);
  await assert.rejects(call("web_fetch", { url: "http://127.0.0.1/" }, late), {
    code: "net.address",
  });
  const own = await call("web_fetch", { url: "http://127.0.0.1/" }, late, { hosts: ["127.0.0.1"] });
  assert.deepEqual(own.asked[0]?.owners, ["127.0.0.1"]);
});

Deno.test("web_search: each service is asked in its form, with its key as a credential alone", async () => {
  const found = { ...NOTHING, status: 200, hits: HITS };
  const forms: Record<SearchService, Partial<WalkRequest>> = {
    duckduckgo: { url: "https://html.duckduckgo.com/html/?q=good+bread%3F" },
    brave: {
      url: "https://api.search.brave.com/res/v1/web/search?q=good+bread%3F&count=3",
      credentials: { "x-subscription-token": "key-canary" },
    },
    tavily: {
      url: "https://api.tavily.com/search",
      method: "POST",
      credentials: { authorization: "Bearer key-canary" },
      body: '{"query":"good bread?","max_results":3}',
    },
  };
  for (const [service, form] of Object.entries(forms)) {
    const { plan, result, asked, outside } = await call(
      "web_search",
      { query: "good bread?", count: 3 },
      found,
      { service: service as SearchService, key: "key-canary" },
    );
    const { headers, leadOn: _, ...rest } = asked[0]!.request;
    assert.deepEqual({ ...rest }, form, service);
    assert.equal(headers?.["user-agent"], "ward/x");
    assert.equal(asked[0]!.read, service);
    // What is asked for is shown, also where it stands in a body.
    assert.match(JSON.stringify(plan.accesses), /good\+bread/);
    assert.doesNotMatch(JSON.stringify([plan.accesses, plan.title, result]), /key-canary|A loaf/);
    assert.equal(outside, "1. A loaf\n   https://a.example/\n   of bread");
  }
});

Deno.test("web_search: an address of the owner is allowed for searches, and only that", async () => {
  const found = { ...NOTHING, status: 200, hits: HITS };
  const given = { base: "http://127.0.0.1:8080/proxy/", hosts: ["wiki.corp"] };
  const { asked } = await call("web_search", { query: "x" }, found, given);
  assert.deepEqual(asked[0]?.owners, ["127.0.0.1:8080"]);
  assert.equal(asked[0]?.request.url, "http://127.0.0.1:8080/proxy/html/?q=x");
  await assert.rejects(call("web_fetch", { url: "http://127.0.0.1:8080/" }, found, given), {
    code: "net.address",
  });
});

Deno.test("web_search: without a key, or with one that is refused, it says what to do", async () => {
  const none = await call("web_search", { query: "x" }, { ...NOTHING, status: 200 }, {
    service: "brave",
  });
  assert.deepEqual([none.result.ok, none.asked, none.plan.accesses], [false, [], []]);
  assert.match(none.result.wayOut ?? "", /ward secrets set brave/);
  const refused = await call("web_search", { query: "x" }, { ...NOTHING, status: 401 }, {
    service: "brave",
    key: "k",
  });
  assert.match(refused.result.content, /Brave gave no results: HTTP 401/);
  assert.match(refused.result.wayOut ?? "", /ward secrets set brave/);
  const blocked = await call("web_search", { query: "x" }, { ...NOTHING, status: 202 });
  assert.match(blocked.result.content, /DuckDuckGo gave no results: HTTP 202, in no form/);
});

Deno.test("DuckDuckGo's page: results without advertisements, by where they lead", () => {
  const result = (kind: string, href: string, title: string) =>
    `<div class="result results_links ${kind}"><h2 class="result__title">` +
    `<a rel="nofollow" class="result__a" href="${href}">${title}</a></h2>` +
    `<a class="result__snippet" href="${href}">All <b>about</b> it</a></div>`;
  const to = (url: string) => `//duckduckgo.com/l/?uddg=${encodeURIComponent(url)}&amp;rut=1`;
  const page = `<html><body><div id="links">${
    [
      result("web-result", to("https://a.example/x?y=1&z=2"), "A &amp; B"),
      result("result--ad", to("https://ad.example/"), "Buy"),
      result("web-result", "https://direct.example/", "Direct"),
      result("web-result", to("javascript:alert(1)"), "Script"),
    ].join("")
  }</div></body></html>`;
  assert.deepEqual(readDuckDuckGo(page), [
    { title: "A & B", url: "https://a.example/x?y=1&z=2", snippet: "All about it" },
    { title: "Direct", url: "https://direct.example/", snippet: "All about it" },
  ]);
  assert.deepEqual(readDuckDuckGo('<div class="no-results">No results.</div>'), []);
  assert.equal(readDuckDuckGo('<div class="anomaly-modal">Select all ducks</div>'), null);
});

Deno.test("Brave's and Tavily's answers; another form is none", () => {
  const brave = { web: { results: [{ title: "<strong>A</strong>", url: "https://a.example/" }] } };
  assert.deepEqual(readBrave(JSON.stringify(brave)), [
    { title: "A", url: "https://a.example/", snippet: "" },
  ]);
  assert.deepEqual(readBrave('{"type":"search"}'), []);
  const tavily = { results: [{ title: "A", url: "https://a.example/", content: "b\n c" }] };
  assert.deepEqual(readTavily(JSON.stringify(tavily)), [
    { title: "A", url: "https://a.example/", snippet: "b c" },
  ]);
  for (const text of ["", "[]", "<html>", '{"results":[{"url":1}]}']) {
    assert.equal(readTavily(text), null, text);
  }
  assert.equal(readBrave("nonsense"), null);
});

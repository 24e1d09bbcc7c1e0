/**
 * The web tools through the whole program, from source and as the standalone binary: judged by what
 * hosts on this machine received, and by what the model got.
 */
import assert from "node:assert/strict";
import { LACKS_STANDALONE, standalone } from "../kit/forms.ts";
import { type ScriptedService, startScriptedService } from "../kit/scripted_service.ts";
import { makeScratch, runWard, type Scratch, SOURCE, writeConfig } from "../kit/ward_process.ts";

const PAGE = `<!doctype html><title>Bread</title><body><nav><a href="/">Home</a></nav><article>
<h1>Bread</h1><p>${"Flour and water and time make bread. ".repeat(20)}</p>
<p style="display:none">hidden-canary</p><!-- comment-canary --><script>scriptCanary()</script>
<p>More at <a href="/rye">rye</a>.</p></article>`;

/** Hosts on this machine, and the requests that came. */
function hosts() {
  const received: { readonly at: string; readonly key: string | null }[] = [];
  const serve = (handle: (path: string) => Response) =>
    Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, ({ url, headers }) => {
      received.push({ at: url, key: headers.get("x-subscription-token") });
      return handle(new URL(url).pathname);
    });
  const inner = serve(() => new Response("inner-canary"));
  const innerUrl = `http://127.0.0.1:${inner.addr.port}/secret`;
  const site = serve((path) => {
    if (path === "/away") return Response.redirect(innerUrl, 302);
    if (path === "/moved") {
      return new Response(null, { status: 301, headers: { location: "/page" } });
    }
    if (path === "/res/v1/web/search") {
      const results = [{
        title: "A <strong>loaf</strong>",
        url: "https://a.example/",
        description: "b",
      }];
      return Response.json({ web: { results } });
    }
    return new Response(PAGE, { headers: { "content-type": "text/html" } });
  });
  return {
    received,
    innerUrl,
    site: `127.0.0.1:${site.addr.port}`,
    async [Symbol.asyncDispose]() {
      await Promise.all([inner.shutdown(), site.shutdown()]);
    },
  };
}

function run(scratch: Scratch, service: ScriptedService, form: readonly string[], message: string) {
  const env = { ...scratch.env, ...service.env, SEARCH_KEY: "search-key-canary" };
  return runWard(["agent", "-w", scratch.workspace, "-m", message], { env, form });
}

function toolResults(service: ScriptedService): string[] {
  const { messages } = JSON.parse(service.bodies().at(-1)!) as {
    messages: { role: string; content: string }[];
  };
  return messages.filter(({ role }) => role === "tool").map(({ content }) => content);
}

async function reads(form: readonly string[]): Promise<void> {
  await using there = hosts();
  const { site, innerUrl, received } = there;
  using scratch = makeScratch();
  writeConfig(
    scratch,
    `[web]\nhosts = ["${site}"]\nsearch = "brave"\nsearch_base = "http://${site}"\n` +
      'search_key = "${SEARCH_KEY}"\n',
  );
  const fetch = (url: string) => ({ name: "web_fetch", arguments: { url } });
  await using service = await startScriptedService([
    {
      calls: [
        fetch(`http://${site}/moved`),
        fetch(`http://${site}/away`),
        fetch(innerUrl),
        fetch("http://169.254.169.254/latest/meta-data/"),
        fetch("http://127.1/"),
        { name: "web_search", arguments: { query: "good bread" } },
      ],
    },
    { calls: [fetch(`http://${site}/?stolen=data`)] },
    { content: "done" },
  ]);
  const { stdout, stderr } = await run(scratch, service, form, `Read http://${site}/moved`);
  assert.equal(stdout, "done\n", stderr);
  const [
    page = "",
    away = "",
    inner = "",
    metadata = "",
    loopback = "",
    search = "",
    tainted = "",
  ] = toolResults(service);
  assert.match(page, /^HTTP 200 from 127\.0\.0\.1:\d+, after 1 redirect, .*as Markdown/);
  assert.match(page, /\[outside \w+: web http:\/\/127\.0\.0\.1:\d+\/page\./);
  assert.match(page, /# Bread\n\n[^]*Flour and water/);
  assert.ok(page.includes(`[rye](http://${site}/rye)`), page);
  assert.doesNotMatch(page, /canary/i);
  for (const refusal of [away, inner, metadata, loopback]) {
    assert.match(refusal, /Refused to reach/);
  }
  // The user reads the reason too, and a way out only where there is one.
  assert.match(stderr, /web_fetch … ✗ Refused to reach 169\.254\.169\.254/);
  assert.match(loopback, /the owner can allow it/);
  assert.doesNotMatch(metadata, /the owner can allow it/);
  assert.match(search, /1 result from Brave[^]*1\. A loaf\n {3}https:\/\/a\.example\//);
  // What the session read makes a new address, which could carry it, a question to the user.
  assert.match(tainted, /ward permissions grant net/);
  assert.deepEqual(received.map(({ at }) => at).sort(), [
    `http://${site}/away`,
    `http://${site}/moved`,
    `http://${site}/page`,
    `http://${site}/res/v1/web/search?q=good+bread&count=5`,
  ]);
  const keys = received.filter(({ key }) => key === "search-key-canary");
  assert.deepEqual(keys.map(({ at }) => new URL(at).pathname), ["/res/v1/web/search"]);
  assert.ok(!service.bodies().some((body) => body.includes("search-key-canary")));
}

Deno.test("web: a page and a search are read, private addresses and redirects to them are not", () =>
  reads(SOURCE));

Deno.test({
  name: "web: the same by the standalone binary" +
    (LACKS_STANDALONE === undefined ? "" : `, skipped: no ${LACKS_STANDALONE}`),
  ignore: LACKS_STANDALONE !== undefined,
  fn: async () => await reads([await standalone()]),
});

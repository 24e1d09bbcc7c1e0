/** The tool `browser` with the real Chromium of this machine, in its cell, against local pages. */
import assert from "node:assert/strict";
import { createBrowser } from "../../src/app/browser/browser.ts";
import { findBrowser } from "../../src/host/process/find_browser.ts";
import { createBrowserTool } from "../../src/kernel/tools/browser/browser_tool.ts";
import { markOutside } from "../../src/kernel/outside/mark.ts";
import type { Access } from "../../src/model/cells/permission.ts";
import { machineParts } from "../machine_parts.ts";
import { Area } from "../security/kit/area.ts";
import { type HandsKit, makeHands } from "../security/kit/hands_kit.ts";
import { countingServer } from "../security/kit/listeners.ts";

const area = new Area("B5 browser", "browser");
const { bubblewrap } = await machineParts();
const ignore = !bubblewrap?.present || findBrowser(null) === null;

function toolOf(kit: HandsKit, program: string | null = null) {
  const { settings } = kit.parts;
  const browser = createBrowser({
    ...kit.parts,
    granted: () => Promise.resolve([]),
    settings: { ...settings, browser: { ...settings.browser, program, timeoutMs: 10_000 } },
  });
  const tool = createBrowserTool(browser);
  const { signal } = new AbortController();
  return {
    plan: (args: unknown) => tool.plan(tool.schema.parse(args)),
    async run(args: unknown) {
      const result = await tool.plan(tool.schema.parse(args)).execute({ signal, decisions: [] });
      const text = await Promise.all(
        (result.outside ?? []).map((one) => markOutside(one, "id", (all) => Promise.resolve(all))),
      );
      return { ...result, text: text.join("\n") };
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

const FORM = `<title>Form</title><h1>Hello <b>page</b></h1><p hidden id=late></p>
<form action=/sent method=post><input name=q id=q value=old><select id=s name=s><option>a<option>b</select>
<button id=go>go</button></form>
<script>setTimeout(() => { document.body.append(Object.assign(document.createElement("i"), {id: "soon"})) }, 300);
alert("stop here")</script>`;

const html = (text: string) => new Response(text, { headers: { "content-type": "text/html" } });

Deno.test({
  name: "navigate, read, fill, click, script, wait and screenshot on a local page",
  ignore,
  async fn() {
    const bodies: string[] = [];
    await using server = countingServer(async (request) => {
      if (request.method !== "POST") return html(FORM);
      bodies.push(await request.text());
      return html("<title>Sent</title>thanks");
    });
    await using kit = await makeHands();
    await using browser = toolOf(kit);
    const url = `http://127.0.0.1:${server.port}/`;
    const opened = await browser.run({ action: "navigate", url });
    assert.deepEqual([opened.ok, opened.content], [true, "HTTP 200"], opened.text);
    const read = await browser.run({ action: "read" });
    assert.match(read.text, /Form[^]*Hello page/);
    assert.match(read.text, new RegExp(`: browser 127\\.0\\.0\\.1:${server.port}\\. Data`));
    assert.ok(!read.content.includes("Hello"), "text of a page travels as text from outside alone");
    assert.match((await browser.run({ action: "read", selector: "h1 b" })).text, /page/);
    assert.equal((await browser.run({ action: "wait", selector: "#soon" })).ok, true);
    assert.equal(
      (await browser.run({ action: "fill", selector: "#q", value: "new & 1" })).ok,
      true,
    );
    assert.equal((await browser.run({ action: "fill", selector: "#s", value: "b" })).ok, true);
    const size = await browser.run({
      action: "script",
      script: "({ w: innerWidth, h: innerHeight, q: document.querySelector('#q').value })",
    });
    assert.match(size.text, /"w": 1280,\s+"h": 720,\s+"q": "new & 1"/);
    const shot = await browser.run({ action: "screenshot" });
    const path = /saved as (\S+\.png)/.exec(shot.content)?.[1] ?? "";
    const png = new DataView((await Deno.readFile(path)).buffer);
    assert.deepEqual([png.getUint32(0), png.getUint32(16), png.getUint32(20)], [
      0x89504e47,
      1280,
      720,
    ]);
    assert.equal((await browser.run({ action: "click", selector: "#go" })).ok, true);
    assert.match((await browser.run({ action: "read" })).text, /Sent[^]*thanks/);
    assert.deepEqual(bodies, ["q=new+%26+1&s=b"]);
    const failed = await browser.run({ action: "script", script: "nothing.there" });
    assert.deepEqual([failed.ok, failed.content], [false, "the script failed"]);
    assert.match(failed.text, /nothing is not defined/);
  },
});

Deno.test({
  name: "attack: a page reaches for other hosts, this machine, files and cloud metadata",
  ignore,
  async fn() {
    await using other = countingServer(() =>
      new Response("other", { headers: { "access-control-allow-origin": "*" } })
    );
    const tries = [
      `http://127.0.0.1:${other.port}/fetch`,
      `http://localhost:${other.port}/localhost`,
      `http://[::1]:${other.port}/v6`,
      `http://169.254.169.254/latest/meta-data/`,
      "http://127.0.0.1:9222/json/version",
      "file:///etc/passwd",
    ];
    await using server = countingServer(() =>
      html(`<title>Bad</title><img src="http://127.0.0.1:${other.port}/image">
<script>document.title = "ready"; async function reach(url) {
  try { return await (await fetch(url)).text(); } catch (error) { return "refused"; } }</script>`)
    );
    await using kit = await makeHands();
    await using browser = toolOf(kit);
    const opened = await browser.run({
      action: "navigate",
      url: `http://127.0.0.1:${server.port}/`,
    });
    assert.match(opened.content, new RegExp(`^HTTP 200\nnot granted .*127.0.0.1:${other.port} `));
    for (const url of tries) {
      const { text } = await browser.run({
        action: "script",
        script: `reach(${JSON.stringify(url)})`,
      });
      area.attack(`a page fetches ${url}`, !text.includes('"refused"'));
      area.effective();
    }
    area.attack("the other listener was reached", other.requests.length > 0);
    const read = await browser.run({ action: "read" });
    assert.ok(read.ok);
    const told = kit.networkEvents.flatMap((one) => one.type === "refused" ? [one.host] : []);
    assert.ok(told.includes(`127.0.0.1:${other.port}`), told.join());
    // From outside of the cell it is there for anybody.
    assert.equal(await (await fetch(`http://127.0.0.1:${other.port}/`)).text(), "other");
    const moved = await browser.run({
      action: "script",
      script: `location.href = "http://127.0.0.1:${other.port}/moved"; 1`,
    });
    assert.ok(moved.ok);
    assert.deepEqual(other.requests.length, 1);
  },
});

Deno.test({
  name:
    "attack: the page goes to another host while the user is asked whether it may be typed into",
  ignore,
  async fn() {
    const page = "<title>Form</title><input id=q oninput=\"document.title = 'typed'\">";
    await using asked = countingServer(() => html(page));
    await using other = countingServer(() => html(page));
    await using kit = await makeHands();
    await using browser = toolOf(kit);
    const url = `http://127.0.0.1:${asked.port}/`;
    const elsewhere = `http://127.0.0.1:${other.port}/`;
    await browser.run({ action: "navigate", url, hosts: [elsewhere] });
    const signal = AbortSignal.timeout(60_000);
    const sends = [
      { action: "fill", selector: "#q", value: "for the first alone" },
      { action: "click", selector: "#q" },
      { action: "script", script: "document.title = 'typed'" },
    ].map((args) => browser.plan(args));
    await browser.run({ action: "navigate", url: elsewhere, hosts: [url] });
    for (const one of sends) {
      const { ok, content } = await one.execute({ signal, decisions: [] });
      area.attack(one.title, ok || !content.startsWith("nothing was done"));
      area.effective();
    }
    assert.ok(!(await browser.run({ action: "read" })).text.includes("typed"));
    const again = browser.plan({ action: "fill", selector: "#q", value: "x" });
    area.benign("asked anew", (await again.execute({ signal, decisions: [] })).ok);
  },
});

Deno.test("attack: addresses that a browser would open and no web page has", async () => {
  await using kit = await makeHands();
  await using browser = toolOf(kit);
  const urls = [
    "file:///etc/passwd",
    "chrome://version",
    "view-source:http://example.com/",
    "javascript:alert(1)",
    "data:text/html,x",
    "ftp://example.com/",
    "http://user:pass@example.com/",
    "http://localhost:8080/",
    "http://169.254.169.254/",
    "http://metadata.google.internal/",
    "about:blank",
  ];
  for (const url of urls) {
    let refused = false;
    try {
      browser.plan({ action: "navigate", url });
    } catch {
      refused = true;
    }
    area.attack(url, !refused);
  }
});

Deno.test("what sends on an open page asks each time; hosts of a navigation are asked for one by one", async () => {
  await using kit = await makeHands();
  await using browser = toolOf(kit);
  const plan = browser.plan({
    action: "navigate",
    url: "https://example.com/a#b",
    hosts: ["cdn.example.net", "example.com"],
  });
  assert.deepEqual(
    plan.accesses.map((one: Access) => one.permission === "net" ? [one.host, one.sends] : []),
    [["example.com", false], ["cdn.example.net", false]],
  );
  for (const action of ["read", "click", "fill", "script", "wait", "screenshot"]) {
    assert.throws(
      () => browser.plan({ action, selector: "a", value: "b", script: "c" }),
      /no page is open/,
      action,
    );
  }
});

Deno.test("where there is no browser the tool says so, and what to install", async () => {
  await using kit = await makeHands();
  await using browser = toolOf(kit, "/nowhere/chromium");
  await assert.rejects(
    browser.run({ action: "navigate", url: "https://example.com/" }),
    /There is no program "\/nowhere\/chromium"/,
  );
});

area.gate();

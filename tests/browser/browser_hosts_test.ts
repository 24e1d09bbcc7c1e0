/** Which hosts a browser has while it lives; what it is started by is this test's. */
import assert from "node:assert/strict";
import { createBrowser } from "../../src/app/browser/browser.ts";
import type { BrowserHosts, StartedBrowser } from "../../src/app/browser/start_browser.ts";
import type { BrowserAnswer } from "../../src/model/cells/browser.ts";
import { makeHands } from "../security/kit/hands_kit.ts";

const { signal } = new AbortController();

async function withBrowser(
  body: (world: {
    navigate(...hosts: string[]): Promise<unknown>;
    read(): Promise<unknown>;
    /** Hosts of the browsers that were started, and whether each has ended. */
    started: { readonly hosts: BrowserHosts; ended: boolean }[];
    granted: string[];
  }) => Promise<void>,
): Promise<void> {
  await using kit = await makeHands();
  const started: { readonly hosts: BrowserHosts; ended: boolean }[] = [];
  const world = { granted: new Array<string>(), started };
  const settings = { ...kit.parts.settings.browser, program: Deno.execPath() };
  const browser = createBrowser({
    ...kit.parts,
    settings: { ...kit.parts.settings, browser: settings },
    granted: () => Promise.resolve(world.granted),
  }, {
    lookMs: 1,
    start(_parts, _program, _folder, hosts): Promise<StartedBrowser> {
      const one = { hosts, ended: false };
      started.push(one);
      const answer: BrowserAnswer = {
        url: `https://${hosts[0]}/`,
        title: "",
        status: 200,
        text: "",
        png: null,
        failure: null,
        missed: [],
      };
      return Promise.resolve({
        act: () => Promise.resolve(answer),
        takeRefused: () => Promise.resolve([]),
        ended: () => one.ended,
        end: () => Promise.resolve(void (one.ended = true)),
      });
    },
  });
  try {
    await body(Object.assign(world, {
      navigate: (...hosts: string[]) =>
        browser.act({ action: "navigate", url: `https://${hosts[0]}/` }, hosts, signal),
      read: () => browser.act({ action: "read", selector: null }, null, signal),
    }));
  } finally {
    await browser.close();
  }
}

Deno.test("attack: a page of a later navigation uses a host that was allowed once for an earlier one", async () => {
  await withBrowser(async ({ navigate, started }) => {
    await navigate("a.example", "cdn.example");
    await navigate("cdn.example", "a.example");
    assert.equal(started.length, 1, "the same hosts are the same browser");
    await navigate("a.example");
    await navigate("b.example");
    assert.deepEqual(started.map(({ hosts, ended }) => [hosts.join(), ended]), [
      ["a.example,cdn.example", true],
      ["a.example", true],
      ["b.example", false],
    ]);
  });
});

Deno.test("attack: an open page goes on to send to a host whose grant was revoked", async () => {
  await withBrowser(async (world) => {
    world.granted = ["a.example"];
    await world.navigate("a.example");
    await world.navigate("b.example", "a.example");
    await world.read();
    world.granted = [];
    while (!world.started[1]?.ended) await new Promise((resolve) => setTimeout(resolve, 0));
    await assert.rejects(world.read(), { code: "browser.no_page" });
    // What was allowed for this navigation alone stands on nothing that could be revoked.
    await world.navigate("c.example");
    world.granted = ["x.example"];
    await world.read();
    assert.equal(world.started[2]?.ended, false);
  });
});

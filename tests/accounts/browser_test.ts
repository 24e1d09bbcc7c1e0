/** Where there is a browser, what it is started with, and what it is not told. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { type Browser, findBrowser, openBrowser } from "../../src/host/process/browser.ts";

const URL_OF = "https://login.example/authorize?state=a&x=%s;$(id)";

const found = (variables: Record<string, string>, os = "linux") =>
  findBrowser((name) => variables[name], os);

const shown = (browser: Browser | null) => browser && [browser.program, ...browser.args(URL_OF)];

Deno.test("BROWSER goes before everything, also for one who sits at another machine", () => {
  const elsewhere = { SSH_CONNECTION: "1 2 3 4" };
  deepEqual(shown(found({ ...elsewhere, BROWSER: "/opt/it" })), ["/opt/it", URL_OF]);
  deepEqual(shown(found({ BROWSER: " /opt/it  --new %s --end " }, "darwin")), [
    "/opt/it",
    "--new",
    URL_OF,
    "--end",
  ]);
  deepEqual(shown(found({ BROWSER: "/opt/it --new" })), ["/opt/it", "--new", URL_OF]);
  const [program] = shown(found({ BROWSER: "sh" })) ?? [];
  ok(program?.endsWith("/bin/sh"), program);
});

Deno.test("attack: a BROWSER by a path of its own, a name that is none, or a list is not looked up", () => {
  for (const name of ["../sh", "bin/sh", "no-such-browser-here", "sh:sh", "sh;id", "~/sh"]) {
    equal(found({ BROWSER: name, DISPLAY: ":0" }), null, name);
  }
});

Deno.test("without BROWSER: a Mac's own opener, elsewhere one by a display, none over SSH", () => {
  deepEqual(shown(found({}, "darwin")), ["/usr/bin/open", URL_OF]);
  for (const variable of ["SSH_CONNECTION", "SSH_TTY"]) {
    for (const os of ["darwin", "linux"]) {
      equal(found({ [variable]: "x", DISPLAY: ":0" }, os), null);
    }
  }
  equal(found({}), null);
  for (const display of ["DISPLAY", "WAYLAND_DISPLAY"]) {
    // Null where this machine has no opener of that name: nothing else is tried.
    const [program = "/usr/bin/xdg-open", ...args] = shown(found({ [display]: ":0" })) ?? [];
    ok(/^\/(usr\/local\/|usr\/|)bin\/xdg-open$/.test(program), program);
    ok(args.length === 0 || args.join() === URL_OF);
  }
});

Deno.test("attack: the browser is given the address as one word, and no variable but those of a display", async () => {
  const folder = Deno.realPathSync(Deno.makeTempDirSync());
  const program = `${folder}/browser`;
  Deno.writeTextFileSync(
    program,
    `#!/bin/sh\nprintf '%s\\n' "$#" "$1" > ${folder}/part\nenv >> ${folder}/part\n` +
      `mv ${folder}/part ${folder}/told\n`,
    { mode: 0o755 },
  );
  const variables: Record<string, string> = {
    BROWSER: program,
    DISPLAY: ":9",
    ANTHROPIC_API_KEY: "key-canary",
    LD_PRELOAD: "canary.so",
    PATH: `${folder}/canary`,
  };
  const lookup = (name: string) => variables[name];
  const watcher = Deno.watchFs(folder);
  // Ward's own environment is not handed on either.
  Deno.env.set("OWN_KEY", "own-canary");
  try {
    equal(openBrowser(findBrowser(lookup)!, URL_OF, lookup), true);
  } finally {
    Deno.env.delete("OWN_KEY");
  }
  for await (const { paths } of watcher) if (paths.includes(`${folder}/told`)) break;
  const [count, address, ...env] = Deno.readTextFileSync(`${folder}/told`).trim().split("\n");
  deepEqual([count, address], ["1", URL_OF]);
  ok(env.includes("DISPLAY=:9"));
  ok(!env.join().includes("canary"), env.join());
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("a browser that does not start is told, not thrown", () => {
  const missing: Browser = { program: "/no/such/browser", args: (url) => [url] };
  equal(openBrowser(missing, URL_OF, () => undefined), false);
});

Deno.test("attack: what is no address of the web or of this machine is not opened (CVE-2025-6514)", () => {
  const opened: string[] = [];
  const browser: Browser = {
    program: "/no/such/browser",
    args(url) {
      opened.push(url);
      return [url];
    },
  };
  for (
    const url of [
      "a:$(calc.exe)",
      "file:///etc/passwd",
      "javascript:alert(1)",
      "--app=https://evil.example",
      " https://x.example/",
      "http://evil.example/",
      "http://127.0.0.1.evil.example/",
      "https:evil",
      "smb://evil.example/x",
      "",
    ]
  ) {
    equal(openBrowser(browser, url, () => undefined), false, url);
  }
  deepEqual(opened, []);
  for (const url of ["https://x.example/a", "http://127.0.0.1:1/", "http://localhost:1/"]) {
    openBrowser(browser, url, () => undefined);
  }
  equal(opened.length, 3);
});

/** The token of the HTTP API: what is none, and where it comes from. */
import { doesNotThrow, equal, throws } from "node:assert/strict";
import { apiRow } from "../../src/app/api/api_thread.ts";
import { formOf } from "../../src/app/start/code_base.ts";
import { AppError } from "../../src/base/app_error.ts";
import { startThread } from "../../src/compartments/start.ts";
import { compartment, NO_INPUTS } from "../../src/compartments/table.ts";
import { checkApiToken } from "../../src/app/api/api_service.ts";
import { parseConfig } from "../../src/kernel/settings/parse_config.ts";
import { resolveSettings } from "../../src/kernel/settings/resolve.ts";

const STRONG = "0123456789abcdef0123456789abcdef";

function tokenOf(variables: Record<string, string>, saved: Record<string, string> = {}) {
  return resolveSettings({
    flags: {},
    variables,
    config: parseConfig(null, "config.toml"),
    saved: {
      keys: Object.fromEntries(
        Object.entries(saved).map(([name, value]) => [name, { value, from: `saved as ${name}` }]),
      ),
      problems: [],
    },
    configPath: "/h/config.toml",
    home: "/h",
    dataDir: "/h/data",
    workspace: { path: "/w", source: "default" },
  }).apiToken;
}

Deno.test("the variable wins over the saved token; a blank one is none, so that the API stays off", () => {
  equal(tokenOf({}), null);
  equal(tokenOf({ WARD_API_TOKEN: "" }), null);
  equal(tokenOf({ WARD_API_TOKEN: "  \t" }), null);
  equal(tokenOf({ WARD_API_TOKEN: ` ${STRONG} ` })?.value, STRONG);
  equal(tokenOf({}, { "api-token": STRONG })?.from, "saved as api-token");
  equal(tokenOf({ WARD_API_TOKEN: STRONG }, { "api-token": "x" })?.from, "variable WARD_API_TOKEN");
});

Deno.test("attack: a blank token, a short one, one that no header can carry: nothing listens by it, and it is not said", () => {
  for (const token of ["", "canary", "canary ".repeat(10), "ä".repeat(40), "c".repeat(500)]) {
    throws(() => checkApiToken(token), (error: Error & { code: string; hint: string }) => {
      equal(error.code, "api.token");
      equal(/canary|cccc|ä/.test(error.message + error.hint), false);
      return true;
    });
  }
  doesNotThrow(() => checkApiToken(STRONG));
});

Deno.test("attack: code in the api thread reads a file, dials a host or another port, runs a program, reads a variable: the runtime refuses", async () => {
  using other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const spec = compartment(
    { ...NO_INPUTS, api: apiRow({ hostname: "127.0.0.1", port: 0 }) },
    "api",
  )!;
  const thread = startThread(spec, formOf(new URL("../../src/main.ts", import.meta.url).href));
  try {
    const tried = [
      { kind: "read", value: "/etc/passwd" },
      { kind: "net", value: `127.0.0.1:${other.addr.port}` },
      { kind: "asked", value: "example.com:443" },
      { kind: "run", value: "/bin/true" },
      { kind: "env", value: "HOME" },
    ];
    for (const one of tried) {
      const { reached } = await thread.client.call("probe", one) as { reached: boolean };
      equal(reached, false, one.kind);
    }
  } finally {
    thread.stop(new AppError("test.ended", "The test has ended"));
  }
});

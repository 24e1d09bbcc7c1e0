/** The official conformance suite, started as a program of its own over loopback. */
import { equal } from "node:assert/strict";
import config from "../../deno.json" with { type: "json" };

const SUITE = `${config.imports["@modelcontextprotocol/conformance"]}/dist/index.js`;

/** What a run of the suite is about. */
export interface SuiteRun {
  readonly side: "client" | "server";
  readonly args: readonly string[];
  /** Scenarios that fail or warn; one of them that passes fails the run. */
  readonly expectedFailures: readonly string[];
}

/** Runs the suite, which must end well. @returns What it printed. */
export async function runSuite({ side, args, expectedFailures }: SuiteRun): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "ward-conformance-" });
  try {
    const baseline = `${folder}/expected.yml`;
    const listed = expectedFailures.map((name) => `  - ${name}\n`).join("");
    await Deno.writeTextFile(baseline, listed === "" ? `${side}: []\n` : `${side}:\n${listed}`);
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--quiet", "-A", SUITE, side, ...args],
        ...["--expected-failures", baseline, "--output-dir", folder],
      ],
      cwd: folder,
    }).output();
    const printed = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    equal(code, 0, printed);
    return printed;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What the suite starts as the client, played by the test itself. */
export interface Player extends AsyncDisposable {
  /** Arguments that name it; a loaded machine takes its time. */
  readonly args: readonly string[];
}

/** Plays the client: what `play` throws fails the scenario. */
export function playedBy<S>(play: (scenario: S) => Promise<void>): Player {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      try {
        await play(await request.json());
        return new Response();
      } catch (error) {
        const said = error instanceof Error ? `${error.stack}\n` : String(error);
        return new Response(said, { status: 500 });
      }
    },
  );
  const relay = new URL("conformance_relay.ts", import.meta.url).pathname;
  const home = `http://127.0.0.1:${server.addr.port}/`;
  return {
    args: [
      "--command",
      `${Deno.execPath()} run --quiet --no-config -A ${relay} ${home}`,
      ...["--timeout", "240000"],
    ],
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

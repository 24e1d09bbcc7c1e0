/** The relay of a cell, started where there is no wall at all: what it says, and when it serves. */
import assert from "node:assert/strict";
import type { CellBoot, CellSetUp, ProofLine } from "../../src/model/cells/cell.ts";
import { RUNTIME_FLAGS } from "../../src/app/start/code_base.ts";
import { NOTHING } from "../../src/compartments/table.ts";

const MAIN = new URL("../../src/compartments/cell/main.ts", import.meta.url).pathname;
const TOKEN = "canary-of-this-test";

/** Starts it with one line and reads it to its end. */
async function boot(setUp: CellSetUp): Promise<{ code: number; said: unknown[]; error: string }> {
  const folder = await Deno.makeTempDir();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    const secretFile = `${folder}/secret`;
    await Deno.writeTextFile(secretFile, TOKEN);
    await Deno.mkdir(`${folder}/links`);
    await Deno.symlink(secretFile, `${folder}/links/outside`);
    const line: CellBoot = {
      entry: "compartments/hands/entry",
      permissions: NOTHING,
      canaries: {
        secretFile,
        link: `${folder}/links/outside`,
        token: TOKEN,
        port: listener.addr.port,
      },
      variables: [],
      os: "linux",
      outerPid: Deno.pid,
      tmp: folder,
      egressSocket: null,
      setUp,
      probes: { cat: "/usr/bin/cat", mount: null, ls: null, env: null },
    };
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--allow-all", ...RUNTIME_FLAGS, MAIN],
      env: { FOREIGN: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const input = child.stdin.getWriter();
    // In two pieces, as a pipe may give it.
    const bytes = new TextEncoder().encode(JSON.stringify({ boot: line }) + "\n");
    await input.write(bytes.subarray(0, 100));
    await input.write(bytes.subarray(100));
    const output = await child.output();
    await input.close().catch(() => {});
    const text = new TextDecoder().decode(output.stdout);
    return {
      code: output.code,
      said: text.split("\n").filter(Boolean).map((one) => JSON.parse(one)),
      error: new TextDecoder().decode(output.stderr),
    };
  } finally {
    listener.close();
    await Deno.remove(folder, { recursive: true });
  }
}

const ignore = Deno.build.os !== "linux";

Deno.test({
  name: "a relay without walls says all that it reached, and serves nothing",
  ignore,
  async fn() {
    const params = { programs: {}, shell: null, pipeMaker: null, pipeFolder: "/x", reduced: null };
    const { code, said } = await boot({ method: "configure", params });
    assert.equal(code, 3);
    assert.equal(said.length, 1);
    const { proof } = (said[0] as { hello: { proof: ProofLine[] } }).hello;
    const reached = proof.filter((line) => !line.refused).map(({ id }) => id);
    for (const id of ["file", "link", "network"] as const) assert(reached.includes(id), id);
    // What is asked of it is seen when the rest is reached, too.
    assert.equal(proof.length, 9);
  },
});

Deno.test({
  name: "a worker that cannot be set up: the cell says nothing of a proof and ends",
  ignore,
  async fn() {
    const { code, said, error } = await boot({ method: "configure", params: null });
    assert.equal(code, 1);
    assert.deepEqual(said, []);
    assert.match(error, /not set up/);
  },
});

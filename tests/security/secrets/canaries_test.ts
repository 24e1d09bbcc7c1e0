/** The watch over planted secrets notices each way in which one can get out. */
import { deepEqual, doesNotThrow, throws } from "node:assert/strict";
import { Canaries, type ReportedRequest, type Tally } from "../../fakes/canaries.ts";

const KEY = "key-canary-of-one-service";

const request = (parts: Partial<ReportedRequest> & { key?: string } = {}): ReportedRequest => ({
  path: "/v1/chat/completions",
  body: "{}",
  headers: new Headers(parts.key ? { authorization: `Bearer ${parts.key}` } : {}),
  ...parts,
});

function watch() {
  const tallies: Tally[] = [];
  return { tallies, canaries: new Canaries((tally) => tallies.push(tally)) };
}

for (
  const [where, stray] of Object.entries({
    "as a key": request({ key: KEY }),
    "in a header": request({ headers: new Headers({ "x-trace": `of ${KEY}` }) }),
    "in a body": request({ body: `{"text":"${KEY}"}` }),
    "in a path": request({ path: `/v1/models?key=${KEY}` }),
  })
) {
  Deno.test(`attack: a service is sent another's key ${where}: noticed, whichever ends first`, () => {
    for (const first of [0, 1]) {
      const { canaries, tallies } = watch();
      const checks = [[request({ key: KEY })], [stray]]
        .map((requests) => canaries.watchService({ requests, takesBodies: true }));
      throws(checks[first]!, /requests of two services/);
      throws(checks[1 - first]!, /requests of two services/);
      deepEqual(tallies.map(({ leaks }) => leaks), [1, 1]);
    }
  });
}

Deno.test("attack: a key in a body for its own service is noticed; a login service is sent tokens so", () => {
  const { canaries } = watch();
  canaries.plant(KEY);
  const requests = [request({ body: KEY })];
  throws(canaries.watchService({ requests }), /a request to/);
  doesNotThrow(canaries.watchService({ requests, takesBodies: true }));
});

Deno.test("attack: a key in what was printed or in a file is noticed; files for keys may hold it", () => {
  const { canaries, tallies } = watch();
  canaries.plantVariables({ GROQ_API_KEY: KEY, LANG: "C.UTF-8-long-enough" });
  const folder = Deno.makeTempDirSync();
  try {
    Deno.writeTextFileSync(`${folder}/config.toml`, `api_key = "${KEY}"`);
    canaries.told("all is well");
    doesNotThrow(() => canaries.checkFolder(folder));
    canaries.told(`the key is ${KEY}`);
    throws(() => canaries.checkFolder(folder), /what ward printed/);
    Deno.mkdirSync(`${folder}/logs`);
    Deno.writeTextFileSync(`${folder}/logs/ward.log`, `LANG=C.UTF-8-long-enough ${KEY}`);
    throws(() => canaries.checkFolder(folder), /logs\/ward\.log$/);
    deepEqual(tallies.map(({ leaks, places }) => [leaks, places]), [[0, 1], [1, 1], [1, 1]]);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

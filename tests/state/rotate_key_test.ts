/** The key of the database is changed without a moment in which a profile has none. */
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { isSwitching, recoverSwitch } from "../../src/host/keys/state_switch.ts";
import { countBattery } from "../battery_count.ts";
import { KEY, openHere, OTHER_KEY } from "../store/store_kit.ts";
import {
  foundKey,
  type KeyPlace,
  makeProfile,
  rotate,
  secretsUnder,
  Steps,
} from "./rotation_kit.ts";

/** Runs on a copy of a profile. */
async function onCopy<T>(profile: string, body: (home: string) => Promise<T>): Promise<T> {
  const folder = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "ward-rotate-" }));
  try {
    copyFolder(profile, `${folder}/home`);
    copyFolder(`${profile}.keychain`, `${folder}/home.keychain`);
    return await body(`${folder}/home`);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function copyFolder(from: string, to: string): void {
  Deno.mkdirSync(to, { mode: 0o700 });
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    if (isDirectory) copyFolder(`${from}/${name}`, `${to}/${name}`);
    else Deno.copyFileSync(`${from}/${name}`, `${to}/${name}`);
  }
}

async function withProfile(place: KeyPlace, body: (home: string) => Promise<void>): Promise<void> {
  const folder = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "ward-rotate-" }));
  try {
    await makeProfile(`${folder}/home`, place);
    await body(`${folder}/home`);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Asserts that a profile is whole after a start, and under which of the keys. */
async function assertWhole(home: string, place: KeyPlace): Promise<"old" | "new"> {
  const keyHex = await foundKey(home, place);
  ok([KEY, OTHER_KEY].includes(keyHex), "one of the two keys, and no third");
  const store = await openHere(`${home}/data`, { keyHex });
  try {
    equal(store.created, false);
    const session = await store.latestSession({});
    equal((await store.loadSession(session?.id ?? ""))?.messages.length, 1);
    const audit = await store.listAudit({ limit: 9 });
    deepEqual((await store.verifyAudit()).ok, true);
    equal(audit.length, keyHex === KEY ? 1 : 2, "the change is in the log, once, when it was made");
  } finally {
    await store.close();
  }
  equal(await secretsUnder(home, keyHex).get("lab"), "sk-kept");
  equal(isSwitching({ home }), false);
  const left = [...Deno.readDirSync(home), ...Deno.readDirSync(`${home}/data`)]
    .map(({ name }) => name).filter((name) => /staged|switch|next|\.tmp$/.test(name));
  deepEqual(left, []);
  ok(![...Deno.readDirSync(`${home}.keychain`)].some(({ name }) => name === "database.next"));
  return keyHex === KEY ? "old" : "new";
}

/** Whether what is kept anywhere still holds a key that was in use. */
function keptKeys(home: string): string {
  return [`${home}/database.key`, `${home}/staged/database.key`]
    .concat(["database", "database.next"].map((name) => `${home}.keychain/${name}`))
    .map((path) => {
      try {
        return Deno.readTextFileSync(path).trim();
      } catch {
        return "";
      }
    }).join(" ");
}

for (const place of ["file", "keychain", "variable"] as const) {
  Deno.test(`killed at any step, a change of the key kept in the ${place} is finished or rolled back by the next start`, async (t) => {
    await withProfile(place, async (profile) => {
      const whole = new Steps();
      await onCopy(profile, async (home) => {
        await rotate(home, place, whole);
        equal(await assertWhole(home, place), "new");
      });
      const ends: string[] = [];
      for (const fatal of whole.fatalOnes()) {
        await onCopy(profile, async (home) => {
          await rejects(rotate(home, place, new Steps(fatal)), { message: /killed|Cannot use/ });
          if (place !== "variable") ok(/[0-9a-f]{64}/.test(keptKeys(home)), "a key is kept");
          await recoverSwitch(new Steps().places(home));
          ends.push(await assertWhole(home, place));
        });
      }
      const turn = ends.indexOf("new");
      ok(turn > 5 && ends.slice(turn).every((end) => end === "new"), "one point of no return");
      await countBattery(t, {
        battery: "key rotation killed at each step",
        verb: "whole after",
        held: ends.length,
        tried: whole.fatalOnes().length,
      }, ` (kept in the ${place})`);
    });
  });
}

Deno.test("killed again while the next start finishes or rolls back, the start after that does", async () => {
  await withProfile("keychain", async (profile) => {
    const whole = new Steps();
    await onCopy(profile, (home) => rotate(home, "keychain", whole));
    // The first renames, and the last thing that is undone.
    for (const fatal of [8, lastSteps(whole, 7)[0]!]) {
      for (let second = 1;; second++) {
        const steps = new Steps(second);
        const isOver = await onCopy(profile, async (home) => {
          await rejects(rotate(home, "keychain", new Steps(fatal)));
          const left = await recoverSwitch(steps.places(home)).catch(() => "killed");
          if (left === "killed") await recoverSwitch(new Steps().places(home));
          await assertWhole(home, "keychain");
          return left !== "killed";
        });
        if (isOver) break;
        ok(second < 50);
      }
    }
  });
});

Deno.test("kill -9 of the process at every step of the switch", async (t) => {
  await withProfile("file", async (profile) => {
    const whole = new Steps();
    await onCopy(profile, (home) => rotate(home, "file", whole));
    const script = new URL("rotate_child.ts", import.meta.url).pathname;
    let kills = 0;
    // The last steps are the switch itself; before them only the staged copy is written.
    const fatalOnes = [2, ...lastSteps(whole, 8)];
    for (const fatal of fatalOnes) {
      await onCopy(profile, async (home) => {
        const { signal, stderr } = await new Deno.Command(Deno.execPath(), {
          args: ["run", "-q", "-A", "--no-check", script, home, "file", String(fatal)],
          env: { NO_COLOR: "1" },
          stdout: "null",
        }).output();
        equal(signal, "SIGKILL", new TextDecoder().decode(stderr));
        await recoverSwitch(new Steps().places(home));
        await assertWhole(home, "file");
        kills++;
      });
    }
    await countBattery(t, {
      battery: "key rotation killed by kill -9",
      verb: "whole after",
      held: kills,
      tried: fatalOnes.length,
    });
  });
});

function lastSteps({ taken }: Steps, many: number): number[] {
  return Array.from({ length: many }, (_, at) => taken.length - many + 1 + at);
}

Deno.test("attack: a keychain that forgets the new key after the switch leaves it in the second place, and says so", async () => {
  await withProfile("keychain", async (home) => {
    const whole = new Steps();
    await onCopy(home, (copy) => rotate(copy, "keychain", whole));
    // Dies while files are moved, before the keychain's turn.
    await rejects(rotate(home, "keychain", new Steps(lastSteps(whole, 7)[0])));
    const places = new Steps().places(home);
    const deaf = { ...places.keychain!, store: () => Promise.resolve(false) };
    await rejects(recoverSwitch({ ...places, keychain: deaf }), { code: "key.unfinished" });
    ok(keptKeys(home).includes(OTHER_KEY));
    equal(await recoverSwitch(places), "finished");
    equal(await assertWhole(home, "keychain"), "new");
  });
});

/** Which profile a process takes, and that no name leads anywhere else. */
import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import fc from "fast-check";
import { resolveHome } from "../../src/host/home.ts";
import { resolveWorkspace } from "../../src/host/workspace.ts";
import { readActiveProfile, writeActiveProfile } from "../../src/host/profiles/active_profile.ts";
import {
  hasProfile,
  listProfiles,
  makeProfile,
  removeProfile,
} from "../../src/host/profiles/profile_folders.ts";
import {
  chooseProfile,
  profileHome,
  profileNameProblem,
  profileOfHome,
} from "../../src/model/profile.ts";

const BASE = "/users/u/.ward";

/** Names that are allowed, some of them the same. */
const names = fc.oneof(
  fc.constantFrom("default", "work", "a", "a-b", "0_"),
  fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,31}$/).filter((name) => !profileNameProblem(name)),
);

Deno.test("chooseProfile: variable, flag, sticky, default, in this order", () => {
  const maybe = fc.option(names);
  const wardHome = fc.oneof(
    fc.constantFrom(null, "/srv/own", BASE, `${BASE}/profiles/x/y`),
    names.map((name) => profileHome(BASE, name)),
  );
  fc.assert(fc.property(wardHome, maybe, maybe, (variable, flag, sticky) => {
    const choice = chooseProfile({ base: BASE, wardHome: variable, flag, sticky: () => sticky });
    if (variable !== null) {
      assert.equal(choice.source, "variable");
      assert.equal(choice.home, variable);
      assert.equal(choice.ignored, flag !== null && flag !== choice.name ? flag : null);
      return;
    }
    const name = flag ?? sticky ?? "default";
    assert.deepEqual(choice, {
      name,
      source: flag !== null ? "flag" : sticky !== null ? "sticky" : "default",
      home: name === "default" ? BASE : `${BASE}/profiles/${name}`,
      ignored: null,
    });
  }));
});

Deno.test("chooseProfile reads the sticky name only where it counts", () => {
  const sticky = () => {
    throw new Error("read");
  };
  assert.equal(chooseProfile({ base: BASE, wardHome: null, flag: "a", sticky }).name, "a");
  assert.equal(chooseProfile({ base: BASE, wardHome: "/h", flag: null, sticky }).name, null);
  assert.equal(chooseProfile({ base: null, wardHome: "/h", flag: "a", sticky }).ignored, "a");
});

Deno.test("profileNameProblem: a name that passes is one folder below profiles", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 40 }),
    fc.constantFrom(
      "..",
      ".",
      "",
      "a/b",
      "a\0",
      "A",
      "é",
      "-a",
      "_a",
      "a.b",
      "con",
      "com1",
      "active",
    ),
    names,
  );
  fc.assert(fc.property(text, (name) => {
    if (profileNameProblem(name) !== null) return;
    assert.match(name, /^[a-z0-9][a-z0-9_-]{0,31}$/);
    const home = profileHome(BASE, name);
    assert.equal(resolve(home), home);
    assert.equal(profileOfHome(BASE, home), name);
    if (name !== "default") assert.equal(home, `${BASE}/profiles/${name}`);
  }));
  const refused = "..,.,a/b,A,é,-a,_a,a.b,con,lpt9,active,all,,a b,a\n,work\0".split(",");
  for (const name of [...refused, "x".repeat(33)]) {
    assert.notEqual(profileNameProblem(name), null, JSON.stringify(name));
  }
});

/** A user with a base, the default profile and `work`. */
async function inTemp(run: (user: string, base: string) => Promise<void> | void): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    const base = join(folder, ".ward");
    await Deno.mkdir(base, { mode: 0o700 });
    makeProfile(base, "work");
    await run(folder, base);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("resolveHome takes the profile that is chosen, and no folder of another one", () =>
  inTemp((osHome, base) => {
    const at = (variables: Record<string, string>, profile: string | null = null) =>
      resolveHome({ variables, osHome, cwd: "/", profile });
    const work = join(base, "profiles/work");
    const home = (
      paths: { home: string; profile: { source: string } },
    ) => [paths.home, paths.profile.source];
    assert.deepEqual(home(at({})), [base, "default"]);
    assert.deepEqual(home(at({}, "work")), [work, "flag"]);
    writeActiveProfile(base, "work");
    assert.deepEqual(home(at({})), [work, "sticky"]);
    assert.deepEqual(home(at({}, "default")), [base, "flag"]);
    assert.deepEqual(at({}).dataDir, join(work, "data"));
    assert.deepEqual(at({}).configPath, join(work, "config.toml"));
    const elsewhere = join(osHome, "own");
    assert.deepEqual(home(at({ WARD_HOME: elsewhere }, "work")), [elsewhere, "variable"]);
    assert.equal(at({ WARD_HOME: elsewhere }, "work").profile.ignored, "work");
    assert.equal(at({ WARD_HOME: work }, "work").profile.ignored, null);
    assert.equal(at({ WARD_HOME: work }).profile.name, "work");
    assert.throws(() => at({}, "wrk"), { code: "profile.unknown" });
    assert.throws(() => resolveHome({ variables: {}, osHome: null, cwd: "/", profile: "a" }), {
      code: "home.unknown",
    });
    assert.equal(hasProfile(base, "wrk"), false);
  }));

Deno.test("resolveHome refuses a profile that others can put another one in place of", () =>
  inTemp((osHome, base) => {
    for (const path of [base, join(base, "profiles"), join(base, "profiles/work")]) {
      Deno.chmodSync(path, 0o770);
      assert.throws(() => resolveHome({ variables: {}, osHome, cwd: "/", profile: "work" }), {
        code: "home.shared",
      });
      Deno.chmodSync(path, 0o700);
    }
  }));

Deno.test("others: every profile's own files, links followed", () =>
  inTemp((osHome, base) => {
    const others = (profile: string | null, variables: Record<string, string> = {}) =>
      resolveHome({ variables, osHome, cwd: "/", profile }).others.toSorted();
    assert.deepEqual(others(null), []);
    assert.deepEqual(others("work"), [base]);
    assert.deepEqual(others(null, { WARD_HOME: join(osHome, "own") }), [base]);
    const disk = join(osHome, "disk");
    Deno.mkdirSync(join(disk, "moved"), { recursive: true });
    Deno.mkdirSync(join(disk, "data"));
    Deno.symlinkSync(join(disk, "moved"), join(base, "profiles/moved"));
    Deno.symlinkSync(join(disk, "data"), join(base, "profiles/work/data"));
    assert.deepEqual(others(null), [join(disk, "data"), join(disk, "moved")]);
    assert.deepEqual(others("work"), [base, join(disk, "moved")]);
    assert.deepEqual(others("moved"), [base, join(disk, "data")]);
  }));

Deno.test("resolveWorkspace refuses what belongs to another profile", () =>
  inTemp((osHome, base) => {
    Deno.mkdirSync(join(base, "workspace"));
    const { home, dataDir, others } = resolveHome({
      variables: {},
      osHome,
      cwd: "/",
      profile: "work",
    });
    const at = (flag: string | null) =>
      resolveWorkspace({
        flag,
        variable: null,
        file: null,
        initCwd: null,
        cwd: osHome,
        home,
        dataDir,
        others,
        osHome,
      }).path;
    assert.equal(at(null), join(home, "workspace"));
    for (const flag of [base, join(base, "workspace"), join(base, "profiles")]) {
      assert.throws(() => at(flag), { code: "workspace.ward_home" }, flag);
    }
    assert.equal(at(osHome), osHome);
  }));

Deno.test("the sticky profile: written whole, and a broken file names the way out", () =>
  inTemp((osHome, base) => {
    const path = join(base, "active_profile");
    assert.equal(readActiveProfile(base), null);
    writeActiveProfile(base, "work");
    assert.equal(Deno.readTextFileSync(path), "work\n");
    assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
    assert.deepEqual([...Deno.readDirSync(base)].map(({ name }) => name).sort(), [
      "active_profile",
      "profiles",
    ]);
    for (const text of ["../work", "", "work\nother", "x".repeat(1000)]) {
      Deno.writeTextFileSync(path, text);
      assert.throws(() => readActiveProfile(base), { code: "profile.active_broken" });
      assert.throws(() => resolveHome({ variables: {}, osHome, cwd: "/" }), {
        code: "profile.active_broken",
      });
    }
  }));

Deno.test("profiles are listed, made once, removed with what an earlier removal left", () =>
  inTemp((_user, base) => {
    const folder = join(base, "profiles");
    makeProfile(base, "home");
    Deno.mkdirSync(join(folder, ".removed-old-1/data"), { recursive: true });
    Deno.mkdirSync(join(folder, "Not-One"));
    Deno.writeTextFileSync(join(folder, "file"), "");
    assert.deepEqual(listProfiles(base), ["default", "home", "work"]);
    assert.throws(() => makeProfile(base, "home"), { code: "profile.exists" });
    Deno.mkdirSync(join(base, "outside"));
    Deno.writeTextFileSync(join(base, "outside/kept"), "");
    Deno.symlinkSync(join(base, "outside"), join(folder, "work/link"));
    removeProfile(base, "work");
    assert.deepEqual(listProfiles(base), ["default", "home"]);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), [
      "Not-One",
      "file",
      "home",
    ]);
    Deno.statSync(join(base, "outside/kept"));
    Deno.symlinkSync(join(base, "outside"), join(folder, "linked"));
    assert.throws(() => removeProfile(base, "linked"), { code: "profile.linked" });
    Deno.statSync(join(base, "outside/kept"));
  }));

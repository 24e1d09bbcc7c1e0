import assert from "node:assert/strict";
import { join } from "node:path";
import { readConfigFile } from "../../src/host/files/config_file.ts";
import { resolveHome } from "../../src/host/home.ts";
import { resolveWorkspace } from "../../src/host/workspace.ts";

async function inTemp(run: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("resolveHome makes ~/.ward with mode 0700", () =>
  inTemp((folder) => {
    const paths = resolveHome({ variables: {}, osHome: folder, cwd: "/" });
    assert.equal(paths.home, join(folder, ".ward"));
    assert.equal(paths.dataDir, join(folder, ".ward/data"));
    assert.equal(paths.configPath, join(folder, ".ward/config.toml"));
    assert.equal((Deno.statSync(paths.home).mode ?? 0) & 0o777, 0o700);
    assert.deepEqual(paths.warnings, []);
    assert.deepEqual([...Deno.readDirSync(paths.home)], []);
  }));

Deno.test("resolveHome takes WARD_HOME, WARD_DATA and WARD_CONFIG", () =>
  inTemp((folder) => {
    const variables = { WARD_HOME: "h", WARD_DATA: "~/d", WARD_CONFIG: "/etc/w.toml" };
    const paths = resolveHome({ variables, osHome: "/users/u", cwd: folder });
    assert.equal(paths.home, join(folder, "h"));
    assert.equal(paths.dataDir, "/users/u/d");
    assert.equal(paths.configPath, "/etc/w.toml");
  }));

Deno.test("resolveHome refuses a file, a folder others can change, and no home at all", () =>
  inTemp((folder) => {
    const at = (home: string) => () =>
      resolveHome({ variables: { WARD_HOME: home }, osHome: null, cwd: "/" });
    Deno.writeTextFileSync(join(folder, "file"), "");
    assert.throws(at(join(folder, "file")), { code: "home.not_a_folder" });
    assert.throws(at(join(folder, "file/below")), { code: "home.not_a_folder" });
    Deno.mkdirSync(join(folder, "open"));
    Deno.chmodSync(join(folder, "open"), 0o777);
    assert.throws(at(join(folder, "open")), { code: "home.shared" });
    Deno.chmodSync(join(folder, "open"), 0o755);
    assert.match(at(join(folder, "open"))().warnings[0] ?? "", /chmod 700/);
    assert.throws(at("/proc/ward"), { code: "home.not_writable" });
    assert.throws(() => resolveHome({ variables: {}, osHome: null, cwd: "/" }), {
      code: "home.unknown",
    });
  }));

/** A user with a home, ward's home and a project. */
function user(folder: string) {
  const osHome = join(folder, "user");
  for (const name of ["user/.ward/data", "user/project", "elsewhere"]) {
    Deno.mkdirSync(join(folder, name), { recursive: true });
  }
  return {
    flag: null,
    variable: null,
    file: null,
    initCwd: null,
    cwd: folder,
    home: join(osHome, ".ward"),
    dataDir: join(osHome, ".ward/data"),
    osHome,
  };
}

Deno.test("resolveWorkspace: flag, variable, file, ward's own, each relative to its folder", () =>
  inTemp((folder) => {
    const base = user(folder);
    Deno.mkdirSync(join(base.home, "workspace/sub"), { recursive: true });
    const at = (more: Partial<typeof base> | Record<string, string>) =>
      resolveWorkspace({ ...base, ...more });
    assert.deepEqual(at({}), { path: join(base.home, "workspace"), source: "default" });
    assert.deepEqual(at({ file: "workspace/sub" }), {
      path: join(base.home, "workspace/sub"),
      source: "file",
    });
    assert.deepEqual(at({ file: "~/project", variable: "elsewhere" }), {
      path: join(folder, "elsewhere"),
      source: "variable",
    });
    assert.deepEqual(at({ flag: ".", variable: "x", initCwd: join(folder, "user/project") }), {
      path: join(folder, "user/project"),
      source: "flag",
    });
  }));

Deno.test("resolveWorkspace: what is missing or no folder is named", () =>
  inTemp((folder) => {
    const base = user(folder);
    Deno.writeTextFileSync(join(folder, "file"), "");
    assert.throws(() => resolveWorkspace({ ...base, flag: "nope" }), { code: "workspace.missing" });
    assert.throws(() => resolveWorkspace({ ...base, flag: "file" }), {
      code: "workspace.not_a_folder",
    });
  }));

Deno.test("resolveWorkspace refuses the system, also through a link", () =>
  inTemp((folder) => {
    const base = user(folder);
    Deno.symlinkSync("/usr/lib", join(folder, "link"));
    const refused = ["/", "/etc", "/usr/lib", "/bin", "/dev", "/proc/self", "/sys", "/var", "/run"];
    for (const flag of [...refused, "/home", "/tmp", "/root", "link", "/usr/../etc"]) {
      assert.throws(() => resolveWorkspace({ ...base, flag }), {
        code: "workspace.system_folder",
      }, flag);
    }
    // A HOME that points at the system opens nothing.
    for (const osHome of ["/", "/usr", "/etc", "/var"]) {
      assert.throws(() => resolveWorkspace({ ...base, osHome, flag: "/etc" }), {
        code: "workspace.system_folder",
      }, osHome);
    }
  }));

Deno.test("resolveWorkspace lets the home folder be the workspace, root's too", () =>
  inTemp((folder) => {
    const base = user(folder);
    assert.equal(resolveWorkspace({ ...base, flag: base.osHome }).path, base.osHome);
    try {
      Deno.readDirSync("/root").next();
    } catch {
      return;
    }
    assert.equal(resolveWorkspace({ ...base, osHome: "/root", flag: "/root" }).path, "/root");
  }));

Deno.test("resolveWorkspace refuses ward's own state, also through a link", () =>
  inTemp((folder) => {
    const base = user(folder);
    Deno.mkdirSync(join(base.home, "workspace/sub"), { recursive: true });
    Deno.symlinkSync(base.home, join(folder, "link"));
    Deno.mkdirSync(join(folder, "data"));
    const dataDir = join(folder, "data");
    for (const flag of [base.home, join(base.home, "data"), "link", "data"]) {
      assert.throws(() => resolveWorkspace({ ...base, dataDir, flag }), {
        code: "workspace.ward_home",
      }, flag);
    }
    const own = join(base.home, "workspace/sub");
    assert.equal(resolveWorkspace({ ...base, flag: own }).path, own);
    // Its own workspace replaced by a link to its state.
    Deno.removeSync(join(base.home, "workspace"), { recursive: true });
    for (const target of ["data", "."]) {
      Deno.symlinkSync(target, join(base.home, "workspace"));
      assert.throws(() => resolveWorkspace(base), { code: "workspace.ward_home" }, target);
      Deno.removeSync(join(base.home, "workspace"));
    }
  }));

Deno.test("readConfigFile: none is null, others are text or a clear error", () =>
  inTemp((folder) => {
    const path = join(folder, "config.toml");
    const none = { text: null, exposed: null, warnings: [] };
    assert.deepEqual(readConfigFile(path, folder), none);
    Deno.writeTextFileSync(path, "a = 1\n");
    Deno.chmodSync(path, 0o644);
    assert.deepEqual(readConfigFile(path, folder), { ...none, text: "a = 1\n" });
    assert.match(readConfigFile(path, "/elsewhere").warnings[0] ?? "", /can read.*chmod 600 \//);
    // A closed folder shields what is in it; an open one, or a link out of it, does not.
    const linked = join(folder, "home");
    Deno.mkdirSync(linked, { mode: 0o700 });
    Deno.symlinkSync(path, join(linked, "config.toml"));
    assert.match(readConfigFile(join(linked, "config.toml"), linked).warnings[0] ?? "", /can read/);
    Deno.chmodSync(folder, 0o755);
    assert.match(readConfigFile(path, folder).warnings[0] ?? "", /can read/);
    for (const mode of [0o620, 0o602, 0o666]) {
      Deno.chmodSync(path, mode);
      assert.equal(readConfigFile(path, folder).exposed?.code, "config_file.exposed");
    }
    Deno.chmodSync(path, 0o600);
    assert.equal(readConfigFile(path, folder).exposed, null);
    Deno.writeFileSync(path, new Uint8Array([0xff, 0xfe, 0x41]));
    assert.throws(() => readConfigFile(path, folder), { code: "config_file.not_text" });
    Deno.truncateSync(path, 2 * 1024 * 1024);
    assert.throws(() => readConfigFile(path, folder), { code: "config_file.too_large" });
    assert.throws(() => readConfigFile(folder, folder), { code: "config_file.unreadable" });
  }));

Deno.test({
  name: "attack: a configuration of another user counts for nothing" +
    (Deno.uid() === 0 ? "" : ", skipped: only root gives files away"),
  ignore: Deno.uid() !== 0,
  fn: () =>
    inTemp((folder) => {
      const path = join(folder, "config.toml");
      Deno.writeTextFileSync(path, "a = 1\n", { mode: 0o600 });
      Deno.chownSync(path, 4711, null);
      const { exposed } = readConfigFile(path, folder);
      assert.match(exposed?.message ?? "", /it belongs to user 4711, ward runs as 0/);
      assert.match(exposed?.hint ?? "", /sudo chown 0 \//);
    }),
});

import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { DOMParser } from "linkedom/worker";
import { readCredentials } from "../../src/host/process/credentials.ts";
import { keysLeftBehind } from "../../src/kernel/service/keys_left_behind.ts";
import { serviceFile, type ServicePlan } from "../../src/kernel/service/service_file.ts";
import { servicePlace } from "../../src/kernel/service/service_name.ts";
import { readLaunchd, readSystemd } from "../../src/kernel/service/service_state.ts";

const PLAN: ServicePlan = {
  manager: "systemd",
  name: "ward.service",
  title: "ward, a personal agent (default)",
  command: ["/usr/local/bin/ward", "-p", "default", "start"],
  folder: "/srv/ada/.ward",
  variables: {},
  credentials: {},
  logs: "/srv/ada/.ward/logs",
  stopSeconds: 30,
  needsSetuid: false,
};

const ANALYZE = "/usr/bin/systemd-analyze";

function hasAnalyze(): boolean {
  try {
    return Deno.statSync(ANALYZE).isFile;
  } catch {
    return false;
  }
}

/** The value of a key, with specifiers and quotes taken as systemd.syntax(7) has them. */
function wordsOf(unit: string, key: string): string[] {
  const line = unit.split("\n").find((one) => one.startsWith(`${key}=`))!.slice(key.length + 1);
  const words = line.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
  return words.map((word) =>
    word.replace(/^"|"$/g, "").replaceAll("%%", "%").replaceAll("$$", "$")
      .replace(
        /\\(.)/g,
        (_, letter: string) => letter === "n" ? "\n" : letter === "t" ? "\t" : letter,
      )
  );
}

Deno.test("whatever is in a path or argument, the unit starts exactly that", () => {
  const letter = fc.oneof(
    fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
    fc.constantFrom("\n", "\t", "ä", "%", "$", '"', "\\"),
  );
  const word = fc.array(letter, { minLength: 1 }).map((letters) => letters.join(""));
  fc.assert(fc.property(fc.array(word, { minLength: 1 }), (words) => {
    const unit = serviceFile({ ...PLAN, command: words });
    deepEqual(wordsOf(unit, "ExecStart"), words);
  }));
  fc.assert(fc.property(word, (value) => {
    const unit = serviceFile({ ...PLAN, variables: { WARD_HOME: value } });
    deepEqual(wordsOf(unit, "Environment"), [`WARD_HOME=${value}`]);
  }));
});

Deno.test("attack: a line end in a folder's name writes no line of the unit", () => {
  const unit = serviceFile({ ...PLAN, command: ["/x\nExecStartPre=/bin/evil", "start"] });
  ok(!unit.includes("\nExecStartPre"));
});

Deno.test({
  name: "systemd's own check knows every line of the unit",
  ignore: !hasAnalyze(),
  async fn() {
    const folder = await Deno.makeTempDir();
    const path = `${folder}/ward.service`;
    const credential = `${folder}/key`;
    await Deno.writeTextFile(credential, "x");
    await Deno.writeTextFile(
      path,
      serviceFile({
        ...PLAN,
        command: [Deno.execPath(), "-p", "a b%c$d", "start"],
        folder,
        variables: { WARD_HOME: `${folder}/with space` },
        credentials: { WARD_ENCRYPTION_KEY: credential },
      }),
    );
    const { stderr, stdout } = await new Deno.Command(ANALYZE, {
      args: ["--user", "--man=no", "verify", path],
      env: { XDG_RUNTIME_DIR: folder, HOME: folder },
      stdout: "piped",
      stderr: "piped",
    }).output();
    const said = new TextDecoder().decode(stderr) + new TextDecoder().decode(stdout);
    // The two keys of systemd 254 may be unknown here; other units of the machine are not ours.
    const ours = said.split("\n").filter((line) =>
      line.includes("ward.service") && !/Restart(?:Steps|MaxDelaySec)/.test(line)
    );
    deepEqual(ours, []);
    await Deno.remove(folder, { recursive: true });
  },
});

Deno.test("the unit keeps rights away where the sandbox does not need them", () => {
  const unit = serviceFile(PLAN);
  ok(unit.includes("\nNoNewPrivileges=yes\n"));
  ok(unit.includes("\nRestartPreventExitStatus=2\n"));
  ok(!/^RestrictNamespaces=/m.test(unit));
  ok(!/^NoNewPrivileges=/m.test(serviceFile({ ...PLAN, needsSetuid: true })));
});

Deno.test("launchd's file is a property list that says the same", () => {
  const plist = serviceFile({
    ...PLAN,
    manager: "launchd",
    name: "org.ward.work",
    command: ["/Applications/<ward> & co/ward", "start"],
    variables: { WARD_HOME: "/srv/ada/a&b" },
  });
  const document = new DOMParser().parseFromString(plist, "text/xml");
  const texts = (name: string) =>
    [...document.querySelectorAll(name)].map((one) => (one as { textContent: string }).textContent);
  ok(texts("key").includes("KeepAlive"));
  deepEqual(texts("array > string"), ["/Applications/<ward> & co/ward", "start"]);
  deepEqual(texts("dict > dict > string"), ["/srv/ada/a&b"]);
  equal(texts("integer").includes("63"), true);
});

Deno.test("each profile has a service of its own", () => {
  const common = { homeHash: "12ab34cd", osHome: "/srv/ada", config: null };
  const systemd = (profile: string | null) => servicePlace("systemd", { ...common, profile });
  equal(systemd("default").path, "/srv/ada/.config/systemd/user/ward.service");
  equal(systemd("work").name, "ward-work.service");
  equal(systemd(null).name, "ward-home-12ab34cd.service");
  equal(
    servicePlace("systemd", { ...common, profile: "work", config: "/cfg" }).path,
    "/cfg/systemd/user/ward-work.service",
  );
  equal(
    servicePlace("launchd", { ...common, profile: "default" }).path,
    "/srv/ada/Library/LaunchAgents/org.ward.plist",
  );
});

Deno.test("how a service stands is read from what its manager prints", () => {
  deepEqual(
    readSystemd(
      "LoadState=loaded\nActiveState=active\nSubState=running\nUnitFileState=enabled\n" +
        "MainPID=4242\nNRestarts=3\nExecMainStatus=0\n",
    ),
    {
      state: "active (running)",
      isRunning: true,
      isEnabled: true,
      pid: 4242,
      restarts: 3,
      lastExit: null,
    },
  );
  const failed = readSystemd(
    "LoadState=loaded\nActiveState=failed\nSubState=failed\nUnitFileState=disabled\nMainPID=0\n" +
      "NRestarts=0\nExecMainStatus=2\n",
  );
  deepEqual([failed.isRunning, failed.isEnabled, failed.lastExit], [false, false, 2]);
  equal(readSystemd("LoadState=not-found\nActiveState=inactive\n").state, "not loaded");
  const agent = readLaunchd("gui/501/org.ward = {\n\tstate = running\n\tpid = 77\n\truns = 2\n}\n");
  deepEqual([agent.state, agent.pid, agent.restarts], ["running", 77, 2]);
  equal(readLaunchd("").isRunning, false);
});

Deno.test("keys that a service would not have are named, never their values", () => {
  const variables = { OPENAI_API_KEY: "sk-secret", WARD_API_TOKEN: "t", WARD_MODEL: "m" };
  deepEqual(keysLeftBehind(variables, {}), ["WARD_API_TOKEN", "OPENAI_API_KEY"]);
  deepEqual(keysLeftBehind(variables, { OPENAI_API_KEY: "/f" }), ["WARD_API_TOKEN"]);
});

Deno.test("credentials are read from the manager's folder alone, by names of variables", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/WARD_API_TOKEN`, "secret\n");
  await Deno.writeTextFile(`${folder}/lower`, "x");
  await Deno.mkdir(`${folder}/FOLDER`);
  await Deno.writeTextFile(`${folder}/HUGE`, "x".repeat(70_000));
  deepEqual(readCredentials({ CREDENTIALS_DIRECTORY: folder }), { WARD_API_TOKEN: "secret" });
  deepEqual(readCredentials({ CREDENTIALS_DIRECTORY: "relative" }), {});
  deepEqual(readCredentials({ CREDENTIALS_DIRECTORY: `${folder}/none` }), {});
  deepEqual(readCredentials({}), {});
  await Deno.remove(folder, { recursive: true });
});

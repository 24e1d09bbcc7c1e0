import assert from "node:assert/strict";
import { restartWithout } from "../../src/host/process/restart.ts";

const DRIVER = new URL("./restart_driver.ts", import.meta.url).pathname;

function driver(env: Record<string, string>, args: string[]): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-A", "--no-config", DRIVER, ...args],
    clearEnv: true,
    env: { HOME: Deno.env.get("HOME") ?? "/", PATH: Deno.env.get("PATH") ?? "/usr/bin", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  });
}

Deno.test("attack: a hostile start environment is gone after the start; arguments and exit code stay", async () => {
  const { code, stdout } = await driver({
    OPENAI_API_KEY: "k",
    OTEL_SERVICE_NAME: "x",
    NODE_EXTRA_CA_CERTS: "/nonexistent.pem",
    HTTPS_PROXY: "http://127.0.0.1:1",
  }, ["one", "t w o"]).output();
  const report = JSON.parse(new TextDecoder().decode(stdout));
  assert.equal(code, 3);
  assert.deepEqual(report.args, ["one", "t w o"]);
  assert.deepEqual(report.removed, ["NODE_EXTRA_CA_CERTS", "OTEL_SERVICE_NAME"]);
  assert.equal(report.variables.OPENAI_API_KEY, "k");
  assert.equal(report.after, "NotCapable");
});

Deno.test("without hostile variables ward does not start again", async () => {
  const { code, stdout } = await driver({ OPENAI_API_KEY: "k" }, []).output();
  const report = JSON.parse(new TextDecoder().decode(stdout));
  assert.equal(code, 3);
  assert.deepEqual(report.removed, []);
  assert.equal(report.after, "NotCapable");
});

for (const [signal, exit] of [["SIGINT", 130], ["SIGTERM", 7]] as const) {
  Deno.test(`${signal} reaches the process that was started again, its exit code comes back`, async () => {
    const child = driver({ OTEL_SERVICE_NAME: "x" }, ["wait"]).spawn();
    let text = "";
    let isSent = false;
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (isSent || !/ready \d+\n/.test(text)) continue;
      isSent = true;
      child.kill(signal);
    }
    assert.match(text, new RegExp(`${signal}\n$`));
    assert.equal((await child.status).code, exit);
  });
}

Deno.test({
  name: "kill -9 of ward ends the process that it started again",
  ignore: (() => {
    try {
      return !Deno.statSync("/usr/bin/setpriv").isFile;
    } catch {
      return true;
    }
  })(),
  async fn() {
    const child = driver({ OTEL_SERVICE_NAME: "x" }, ["wait"]).spawn();
    let text = "";
    let inner = 0;
    let outlived: ReturnType<typeof setTimeout> | undefined;
    let wasAlive = false;
    // Its stdout is held by the inner process: this ends only when that one is gone too.
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (inner !== 0 || !/ready \d+\n/.test(text)) continue;
      inner = Number(/ready (\d+)/.exec(text)?.[1]);
      child.kill("SIGKILL");
      outlived = setTimeout(() => {
        wasAlive = true;
        Deno.kill(inner, "SIGKILL");
      }, 5000);
    }
    clearTimeout(outlived);
    assert.equal(wasAlive, false, "the inner process outlived ward");
    assert.equal((await child.status).signal, "SIGKILL");
  },
});

Deno.test("a variable that comes back after the restart is named instead of a loop", async () => {
  await assert.rejects(
    restartWithout({
      names: ["DENO_CERT"],
      environment: {},
      loopGuard: ["DENO_CERT"],
      execPath: "/nonexistent",
      runtimeArguments: [],
      args: [],
    }),
    { code: "start.environment", message: "Cannot start: DENO_CERT is set again" },
  );
});

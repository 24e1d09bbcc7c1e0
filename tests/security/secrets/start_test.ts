/** Attack: what surrounds the start of ward: variables, PATH, the folder, a terminal. */
import assert from "node:assert/strict";
import { startModelService } from "../../fakes/model_service.ts";
import { makeScratch, runWard, type Scratch, SOURCE } from "../../e2e/kit/ward_process.ts";
import { machineParts } from "../../machine_parts.ts";
import { Area } from "../kit/area.ts";
import { alsoAsNobody } from "../kit/as_nobody.ts";

const area = new Area("B1 start", "hostile starts");
const { bubblewrap } = await machineParts();
const ignore = !bubblewrap?.present;

/** Variables that turn runtimes; `$P` is a decoy on this machine, `$F` a file that must not come. */
const HOSTILE: Readonly<Record<string, string>> = {
  HTTP_PROXY: "http://127.0.0.1:$P",
  HTTPS_PROXY: "http://127.0.0.1:$P",
  ALL_PROXY: "http://127.0.0.1:$P",
  http_proxy: "http://127.0.0.1:$P",
  https_proxy: "http://127.0.0.1:$P",
  all_proxy: "http://127.0.0.1:$P",
  DENO_CERT: "$F.pem",
  DENO_TLS_CA_STORE: "system",
  NODE_EXTRA_CA_CERTS: "$F.pem",
  NODE_TLS_REJECT_UNAUTHORIZED: "0",
  NODE_OPTIONS: "--require $F",
  NODE_CHANNEL_FD: "0",
  NODE_V8_COVERAGE: "$F",
  DENO_COVERAGE_DIR: "$F",
  DENO_AUDIT_PERMISSIONS: "$F",
  DENO_INTERNAL_CHILD_ENTRYPOINT: "1",
  DENO_V8_FLAGS: "--allow-natives-syntax",
  DENO_PERMISSION_BROKER_PATH: "$F",
  DENO_AUTH_TOKENS: "x@127.0.0.1:$P",
  SSLKEYLOGFILE: "$F",
  OTEL_DENO: "true",
  OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:$P",
  RUST_LOG: "trace",
  LD_LIBRARY_PATH: "$F",
};

/** One conversation with a service; whether it went as without the variable, and what was said. */
async function converse(scratch: Scratch, more: Record<string, string>) {
  await using service = startModelService(() =>
    new Response(
      `data: {"choices":[{"index":0,"delta":{"content":"answer"},"finish_reason":"stop"}]}\n\n` +
        "data: [DONE]\n\n",
      { headers: { "content-type": "text/event-stream" } },
    )
  );
  const env = {
    ...scratch.env,
    WARD_PROVIDER: "openai",
    WARD_API_BASE: `${service.url}/v1`,
    WARD_API_KEY: "k",
    WARD_MODEL: "m",
    ...more,
  };
  const run = await runWard(["agent", "-w", scratch.workspace, "-m", "hi"], { env });
  const status = await runWard(["status"], { env });
  return { run, said: run.stderr + status.stdout + status.stderr };
}

Deno.test({
  name: "attack: 24 hostile start variables are ignored, refused or named; the decoy hears nothing",
  ignore,
  async fn(t) {
    await using decoy = startModelService(() => new Response("stolen"));
    for (const [name, template] of Object.entries(HOSTILE)) {
      await t.step(name, async () => {
        using scratch = makeScratch();
        const file = `${scratch.folder}/hostile`;
        await Deno.writeTextFile(`${file}.pem`, "not a certificate");
        const value = template.replaceAll("$P", new URL(decoy.url).port).replaceAll("$F", file);
        const { run, said } = await converse(scratch, { [name]: value });
        const made = await Deno.lstat(file).then(() => true, () => false);
        const works = run.code === 0 && run.stdout === "answer\n";
        // What acts before the first line may make its file once; it must then be named.
        // Deno itself refuses some, before ward's first line.
        const refused = run.code !== 0 && run.stdout === "";
        area.attack(`${name} unseen`, !works && !refused && !said.includes(name));
        area.attack(`${name} made a file and was not named`, made && !said.includes(name));
        area.attack(`${name} reached the decoy`, decoy.requests.length > 0);
        if (/PROXY|LD_|OTEL|CERT/i.test(name)) area.benign(`conversation with ${name}`, works);
      });
    }
    // Control: a plain program of the same runtime obeys the proxy.
    const plain = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--quiet", "await (await fetch('http://ward.invalid/')).text()"],
      clearEnv: true,
      env: { ...Deno.env.toObject(), HTTP_PROXY: decoy.url },
    }).output();
    if (plain.success && decoy.requests.length > 0) area.effective(6);
  },
});

Deno.test({
  name: "attack: a bwrap, cat or git planted in PATH changes nothing",
  ignore,
  async fn() {
    using scratch = makeScratch({ "notes.md": "found\n" });
    const bin = `${scratch.folder}/bin`;
    Deno.mkdirSync(bin);
    for (const name of ["bwrap", "mount", "prlimit", "mkfifo", "deno", "setpriv", "bash", "sh"]) {
      Deno.writeTextFileSync(`${bin}/${name}`, `#!/bin/sh\n: > ${scratch.folder}/ran\n`, {
        mode: 0o755,
      });
    }
    for (const path of [`${bin}:/usr/bin:/bin`, `.:${bin}`, `${bin}`, "", ":::", "relative/bin"]) {
      const env = { ...scratch.env, PATH: path };
      const run = await runWard(["agent", "-w", scratch.workspace, "-m", "read notes.md"], {
        env,
        cwd: bin,
      });
      area.benign(`reads with PATH ${path}`, run.stdout.includes("found"));
      const ran = await Deno.lstat(`${scratch.folder}/ran`).then(() => true, () => false);
      area.attack(`PATH ${path}`, ran);
      const { stdout } = await runWard(["status", "--json"], { env });
      const layers = JSON.parse(stdout).layers as { name: string; state: string }[];
      area.attack(
        `REDUCED by PATH ${path}`,
        !layers.some((l) => l.name === "os" && l.state === "in force"),
      );
    }
    const control = await new Deno.Command("/bin/sh", {
      args: ["-c", "bwrap"],
      env: { PATH: `${bin}:/usr/bin` },
    }).output();
    if (control.success && await Deno.lstat(`${scratch.folder}/ran`).then(() => true)) {
      area.effective(6);
    }
  },
});

Deno.test({
  name: "attack: a start in /, in $HOME, in a deleted or closed folder widens nothing",
  ignore,
  async fn() {
    using scratch = makeScratch();
    const [program = "", ...args] = SOURCE;
    const hands = async (cd: string, extra: readonly string[] = []) => {
      const output = await new Deno.Command("/bin/sh", {
        args: ["-c", `${cd}; exec "$@"`, "sh", program, ...args, "permissions", "--json", ...extra],
        clearEnv: true,
        env: scratch.env,
        cwd: scratch.folder,
      }).output();
      const text = new TextDecoder().decode(output.stdout);
      if (!text.startsWith("{")) return null;
      const rows = JSON.parse(text).rows as { compartment: string; permissions: unknown }[];
      return JSON.stringify(rows.find((row) => row.compartment === "hands")?.permissions);
    };
    const usual = await hands("cd /usr");
    assert(usual);
    area.benign("started in /usr", true);
    for (
      const cd of [
        "cd /",
        "cd $HOME",
        "mkdir x; cd x; rmdir ../x",
        "mkdir y; cd y; chmod 000 ../y",
        "cd /tmp",
        "cd /proc/self",
        "cd /etc",
      ]
    ) {
      const got = await hands(cd);
      area.attack(`${cd}: ${got}`, got !== null && got !== usual);
    }
    await Deno.chmod(`${scratch.folder}/y`, 0o700);
    for (const folder of ["/", "/etc", "/usr", "/proc", scratch.home, `${scratch.home}/data`]) {
      const run = await runWard(["agent", "-w", folder, "-m", "list files"], { env: scratch.env });
      area.attack(`${folder} as a workspace`, run.code === 0);
    }
  },
});

Deno.test({
  name: "attack: on a terminal the runtime asks no question of its own",
  ignore: ignore || !await Deno.stat("/usr/bin/script").then(() => true, () => false),
  async fn() {
    using scratch = makeScratch();
    // Refuses when it is asked; what asks all the same is ended.
    const onTerminal = async (words: readonly string[]) => {
      const line = words.map((word) => `'${word}'`).join(" ");
      const child = new Deno.Command("/usr/bin/timeout", {
        args: ["20", "/usr/bin/script", "-qec", line, "/dev/null"],
        clearEnv: true,
        env: scratch.env,
        stdin: "piped",
        stdout: "piped",
      }).spawn();
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode("n\n"));
      await writer.close();
      const output = await child.output();
      return { code: output.code, text: new TextDecoder().decode(output.stdout) };
    };
    const asks = /Deno requests|Allow\?/;
    const proof = await onTerminal([...SOURCE, "doctor", "--prove"]);
    area.attack("a prompt", asks.test(proof.text));
    area.benign("the proof on a terminal", proof.code === 0);
    assert.match(proof.text, /refused/);
    // Control: without ward's flags the same runtime does ask.
    Deno.writeTextFileSync(`${scratch.folder}/a.ts`, 'Deno.readDirSync("/")');
    const control = await onTerminal([Deno.execPath(), "run", `${scratch.folder}/a.ts`]);
    if (asks.test(control.text)) area.effective();
  },
});

area.gate();
alsoAsNobody(import.meta.url);

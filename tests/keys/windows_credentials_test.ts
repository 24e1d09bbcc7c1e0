import assert from "node:assert/strict";
import fc from "fast-check";
import { type RunProgram, systemKeychain } from "../../src/host/keys/keychain.ts";
import { createSecrets } from "../../src/host/keys/secrets.ts";
import {
  CREDENTIAL_SCRIPT,
  credentialRequest,
  POWERSHELL_ARGUMENTS,
  readCredential,
} from "../../src/host/keys/windows_credentials.ts";

const HOME = 'C:\\Users\\José "x"\\.ward';
const FAKE = new URL("../fakes/powershell.ts", import.meta.url).pathname;

interface Call {
  readonly args: readonly string[];
  readonly stdin: string;
}

/** A folder with the stand-in, and how it is run. */
async function withPowerShell(
  body: (parts: { folder: string; run: RunProgram; calls: () => Call[] }) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "ward-powershell-" });
  const run: RunProgram = async (program, args, stdin, { signal }) => {
    assert.equal(program, "powershell.exe");
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "-A", FAKE, folder, ...args],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
      signal,
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(stdin));
    await writer.close();
    const { code, stdout } = await child.output();
    return { code, stdout: new TextDecoder().decode(stdout) };
  };
  const calls = () =>
    Deno.readTextFileSync(`${folder}/calls.jsonl`).trim().split("\n")
      .map((line) => JSON.parse(line) as Call);
  try {
    await body({ folder, run, calls });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A busy machine starts the stand-in slowly. */
const options = { os: "windows", account: HOME, timeoutMs: 120_000 };

Deno.test("on Windows a secret is kept by PowerShell, is found again and taken out", () =>
  withPowerShell(async ({ run, calls }) => {
    const keychain = systemKeychain(run, options);
    const lab = systemKeychain(run, { ...options, secret: "lab" });
    assert.equal(await keychain?.lookUp(), null);
    assert.equal(await lab?.store("sk-ä $x `\"'\\ 🔑"), true);
    assert.equal(await lab?.lookUp(), "sk-ä $x `\"'\\ 🔑");
    // The database's key is another entry.
    assert.equal(await keychain?.lookUp(), null);
    assert.equal(await lab?.remove(), true);
    assert.equal(await lab?.remove(), false);
    assert.equal(await lab?.lookUp(), null);
    // Whoever lists processes sees the same line each time.
    for (const { args } of calls()) assert.deepEqual(args, POWERSHELL_ARGUMENTS);
    const [verb, target, secret] = calls()[1]!.stdin.split("\n");
    assert.deepEqual([verb, bytes(target!), bytes(secret!)], [
      "set",
      `ward:${HOME}:secret:lab`,
      "sk-ä $x `\"'\\ 🔑",
    ]);
  }));

Deno.test("on Windows what the Credential Manager does not take is sealed in the file", () =>
  withPowerShell(async ({ folder, run }) => {
    const home = await Deno.makeTempDir({ dir: folder });
    const secrets = createSecrets({
      home,
      keychain: (secret) => systemKeychain(run, { ...options, secret }),
      databaseKey: () => Promise.resolve("ab".repeat(32)),
    });
    assert.equal(await secrets.set("openai", "sk-short"), "keychain");
    assert.equal(await secrets.set("openai", "x".repeat(2561)), "file");
    assert.equal(await secrets.get("openai"), "x".repeat(2561));
    Deno.writeTextFileSync(`${folder}/locked`, "");
    assert.equal(await secrets.set("groq", "sk-locked"), "file");
    assert.equal(await secrets.get("groq"), "sk-locked");
  }));

Deno.test("on Windows no PowerShell, a failed one and a strange answer count as no keychain", async () => {
  const runs: RunProgram[] = [
    () => Promise.reject(new Deno.errors.NotFound("powershell.exe")),
    () => Promise.resolve({ code: 127, stdout: "" }),
    () => Promise.resolve({ code: 0, stdout: "Windows PowerShell\r\n" }),
    () => Promise.resolve({ code: 0, stdout: btoa("\xff\xfe") }),
  ];
  for (const run of runs) assert.equal(await systemKeychain(run, options)?.lookUp(), null);
  for (const run of runs.slice(0, 2)) {
    assert.equal(await systemKeychain(run, options)?.store("secret"), false);
    assert.equal(await systemKeychain(run, options)?.remove(), false);
  }
});

Deno.test("attack: no name and no secret adds a line to what PowerShell is asked", () => {
  fc.assert(fc.property(
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.string({ unit: "binary", maxLength: 60 }),
    (target, secret) => {
      const request = credentialRequest("set", target, secret);
      assert.match(request ?? "", /^set\n[A-Za-z0-9+/=]*\n[A-Za-z0-9+/=]*\n$/);
      const encoded = request!.split("\n")[2]!;
      // Half a surrogate pair is no character and has no bytes.
      if (secret.isWellFormed()) assert.equal(readCredential(`${encoded}\r\n`), secret);
    },
  ));
});

Deno.test("the script for PowerShell is constant and fits into a command line of Windows", () => {
  assert.ok(POWERSHELL_ARGUMENTS.join(" ").length < 30_000);
  // Here-strings end at the first column, and C# 5 is what Windows compiles.
  assert.match(CREDENTIAL_SCRIPT, /\n'@\n/);
  assert.doesNotMatch(CREDENTIAL_SCRIPT, /\$\{|[^\x20-\x7e\n]|out var|=> |\$"/);
});

function bytes(base64: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)));
}

import assert from "node:assert/strict";
import { AppError, UsageError } from "../../src/base/app_error.ts";
import { type RunProgram, systemKeychain } from "../../src/host/keys/keychain.ts";
import { createSecrets, type SecretDeps } from "../../src/host/keys/secrets.ts";

const KEY = "ab".repeat(32);

/** What `secret-tool` does, as far as ward uses it: attributes to a secret. */
function secretTool(options: { isLocked?: boolean } = {}) {
  const entries = new Map<string, string>();
  const seen: { args: readonly string[]; stdin: string }[] = [];
  const run: RunProgram = (program, [verb, ...rest], stdin) => {
    assert.equal(program, "secret-tool");
    seen.push({ args: [verb ?? "", ...rest], stdin });
    if (options.isLocked) return Promise.resolve({ code: 1, stdout: "" });
    const id = rest.filter((word) => !word.startsWith("--")).join("\0");
    const known = entries.get(id);
    if (verb === "store") entries.set(id, stdin);
    if (verb === "clear") entries.delete(id);
    if (verb === "lookup" && known === undefined) return Promise.resolve({ code: 1, stdout: "" });
    return Promise.resolve({ code: 0, stdout: verb === "lookup" ? known ?? "" : "" });
  };
  return { run, entries, seen };
}

async function withSecrets(
  body: (
    parts: { home: string; deps: SecretDeps; tool: ReturnType<typeof secretTool> },
  ) => Promise<void>,
  options: { isLocked?: boolean; none?: boolean } = {},
): Promise<void> {
  const home = await Deno.makeTempDir({ prefix: "ward-secrets-" });
  const tool = secretTool(options);
  const deps: SecretDeps = {
    home,
    keychain: (secret) =>
      options.none ? null : systemKeychain(tool.run, { os: "linux", account: home, secret }),
    databaseKey: () => Promise.resolve(KEY),
  };
  try {
    await body({ home, deps, tool });
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

Deno.test("a secret goes into the keychain by standard input, and only its name into the file", () =>
  withSecrets(async ({ home, deps, tool }) => {
    const secrets = createSecrets(deps);
    assert.equal(await secrets.set("openai", "sk-one two$'\""), "keychain");
    assert.equal(await secrets.get("openai"), "sk-one two$'\"");
    assert.deepEqual(secrets.list(), [{ name: "openai", kept: "keychain" }]);
    assert.ok(!Deno.readTextFileSync(`${home}/secrets.enc`).includes("sk-one"));
    assert.ok(tool.seen.every(({ args }) => !args.join(" ").includes("sk-one")));
    // The database's own entry is another one.
    const own = systemKeychain(tool.run, { os: "linux", account: home });
    assert.equal(await own?.lookUp(), null);
    assert.equal(await secrets.remove("openai"), true);
    assert.equal(tool.entries.size, 0);
    assert.equal(await secrets.get("openai"), null);
    assert.equal(await secrets.remove("openai"), false);
  }));

for (const [name, options] of [["no", { none: true }], ["a locked", { isLocked: true }]] as const) {
  Deno.test(`with ${name} keychain a secret is sealed in a private file`, () =>
    withSecrets(async ({ home, deps }) => {
      const secrets = createSecrets(deps);
      assert.equal(await secrets.set("lab", "sk-sealed"), "file");
      assert.equal(await createSecrets(deps).get("lab"), "sk-sealed");
      const path = `${home}/secrets.enc`;
      assert.ok(!Deno.readTextFileSync(path).includes("sk-sealed"));
      assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
      // The same value twice looks different each time.
      const before = Deno.readTextFileSync(path);
      await secrets.set("lab", "sk-sealed");
      assert.notEqual(Deno.readTextFileSync(path), before);
    }, options));
}

Deno.test("attack: a changed, swapped or foreign value is refused, and other values still open", () =>
  withSecrets(async ({ home, deps }) => {
    const secrets = createSecrets(deps);
    await secrets.set("a", "value-a");
    await secrets.set("b", "value-b");
    const path = `${home}/secrets.enc`;
    const file = JSON.parse(Deno.readTextFileSync(path));
    const write = (changed: unknown) => Deno.writeTextFileSync(path, JSON.stringify(changed));
    const refused = async (name: string, code: string, from = secrets) => {
      await assert.rejects(from.get(name), (error: unknown) => {
        assert.ok(error instanceof AppError);
        assert.equal(error.code, code);
        assert.ok(!`${error.message}${error.hint}`.includes("value-"));
        return true;
      });
    };
    write({ ...file, secrets: { a: file.secrets.b, b: file.secrets.b } });
    await refused("a", "secrets.sealed");
    assert.equal(await secrets.get("b"), "value-b");
    const flipped = file.secrets.a.sealed.replace(/^./, (c: string) => c === "0" ? "1" : "0");
    write({ ...file, secrets: { a: { ...file.secrets.a, sealed: flipped } } });
    await refused("a", "secrets.sealed");
    write(file);
    const other = { ...deps, databaseKey: () => Promise.resolve("cd".repeat(32)) };
    await refused("a", "secrets.sealed", createSecrets(other));
    Deno.writeTextFileSync(path, "{half");
    await refused("a", "secrets.broken");
    // And what cannot be read is not written over.
    await assert.rejects(secrets.set("c", "value-c"), { code: "secrets.broken" });
    assert.equal(Deno.readTextFileSync(path), "{half");
  }, { none: true }));

Deno.test("wrong names and values are refused and not repeated", () =>
  withSecrets(async ({ home, deps }) => {
    const secrets = createSecrets(deps);
    for (const value of ["", "sk-a\nsk-b", "sk-\x1b[2J", "sk-\0", "sk-" + "x".repeat(20_000)]) {
      await assert.rejects(secrets.set("lab", value), (error: unknown) => {
        assert.ok(error instanceof UsageError);
        return !`${error.message}${error.hint}`.includes("sk-");
      });
    }
    for (const name of ["", "A", "a b", "../x", "-x", "__proto__", "a".repeat(65)]) {
      await assert.rejects(secrets.set(name, "v"), { code: "secrets.name" });
    }
    for (const name of ["__proto__", "toString"]) assert.equal(await secrets.get(name), null);
    assert.deepEqual([...Deno.readDirSync(home)], []);
  }));

Deno.test("secrets saved at the same time are all kept", () =>
  withSecrets(async ({ deps }) => {
    const names = Array.from({ length: 12 }, (_, index) => `s${index}`);
    await Promise.all(names.map((name) => createSecrets(deps).set(name, `value of ${name}`)));
    const secrets = createSecrets(deps);
    assert.equal(secrets.list().length, 12);
    for (const name of names) assert.equal(await secrets.get(name), `value of ${name}`);
  }, { none: true }));

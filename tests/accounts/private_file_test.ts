/** Files with tokens: what is read, what is refused, and how they are written. */
import { equal, rejects, throws } from "node:assert/strict";
import {
  readForeignFile,
  readPrivateFile,
  writePrivate,
} from "../../src/host/accounts/private_file.ts";

function folder(): string {
  const path = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "ward-login-" }));
  Deno.chmodSync(path, 0o700);
  return path;
}

const modeOf = (path: string) => (Deno.lstatSync(path).mode ?? 0) & 0o777;

Deno.test("a file with tokens is whole, 0600, in a folder that is 0700, and nothing beside it", async () => {
  const home = folder();
  const path = `${home}/auth/anthropic/oauth.json`;
  await writePrivate(path, "tokens");
  equal(readPrivateFile(path), "tokens");
  equal(modeOf(path), 0o600);
  equal(modeOf(`${home}/auth/anthropic`), 0o700);
  equal([...Deno.readDirSync(`${home}/auth/anthropic`)].length, 1);
  equal(readPrivateFile(`${home}/none`), null);
});

Deno.test("attack: the token file replaced by a link is not read, and writing does not follow it", async () => {
  const home = folder();
  const path = `${home}/auth/anthropic/oauth.json`;
  await writePrivate(path, "tokens");
  Deno.writeTextFileSync(`${home}/elsewhere`, "of the attacker", { mode: 0o600 });
  Deno.removeSync(path);
  Deno.symlinkSync(`${home}/elsewhere`, path);
  throws(() => readPrivateFile(path), { code: "account.file", message: /it is a link/ });
  await writePrivate(path, "new tokens");
  equal(Deno.lstatSync(path).isSymlink, false);
  equal(Deno.readTextFileSync(`${home}/elsewhere`), "of the attacker");
});

Deno.test("attack: the folder of the token file replaced by a link", async () => {
  const home = folder();
  Deno.mkdirSync(`${home}/auth`, { mode: 0o700 });
  Deno.mkdirSync(`${home}/trap`, { mode: 0o700 });
  Deno.writeTextFileSync(`${home}/trap/oauth.json`, "theirs", { mode: 0o600 });
  Deno.symlinkSync(`${home}/trap`, `${home}/auth/anthropic`);
  const path = `${home}/auth/anthropic/oauth.json`;
  throws(() => readPrivateFile(path), { code: "account.file" });
  await rejects(writePrivate(path, "tokens"), { code: "account.file" });
  equal(Deno.readTextFileSync(`${home}/trap/oauth.json`), "theirs");
});

Deno.test("attack: wrong modes: what others can read or write is not read", async () => {
  const home = folder();
  const path = `${home}/oauth.json`;
  await writePrivate(path, "tokens");
  Deno.chmodSync(path, 0o644);
  throws(() => readPrivateFile(path), { code: "account.file", hint: /chmod 600/ });
  equal(modeOf(path), 0o644);
  for (const mode of [0o620, 0o602, 0o666]) {
    Deno.chmodSync(path, mode);
    throws(() => readPrivateFile(path), { code: "account.file", hint: /chmod go-w/ });
  }
  Deno.chmodSync(path, 0o600);
  Deno.chmodSync(home, 0o777);
  throws(() => readPrivateFile(path), { code: "account.file" });
  Deno.chmodSync(home, 0o700);
});

Deno.test("another program's file may be a link, and is not changed", () => {
  const home = folder();
  Deno.writeTextFileSync(`${home}/real.json`, "theirs", { mode: 0o600 });
  Deno.chmodSync(`${home}/real.json`, 0o644);
  Deno.symlinkSync(`${home}/real.json`, `${home}/auth.json`);
  equal(readForeignFile(`${home}/auth.json`), "theirs");
  equal(modeOf(`${home}/real.json`), 0o644);
  Deno.chmodSync(`${home}/real.json`, 0o666);
  throws(() => readForeignFile(`${home}/auth.json`), { code: "account.file" });
});

Deno.test("what is no file, or is too large, is refused", () => {
  const home = folder();
  Deno.mkdirSync(`${home}/oauth.json`);
  throws(() => readPrivateFile(`${home}/oauth.json`), { code: "account.file" });
  Deno.writeTextFileSync(`${home}/big`, "x".repeat(300_000), { mode: 0o600 });
  throws(() => readPrivateFile(`${home}/big`), { code: "account.file" });
});

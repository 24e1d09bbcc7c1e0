/** The lock of a login, kept by another process. */
import { equal, rejects } from "node:assert/strict";
import { lockedFolder } from "../../src/host/accounts/account_lock.ts";

const LOCK = new URL("../../src/host/accounts/account_lock.ts", import.meta.url).href;

/** A process that holds the lock until its input ends. */
async function holder(folder: string) {
  const code = `import { lockedFolder } from ${JSON.stringify(LOCK)};
    using _ = await lockedFolder(${JSON.stringify(folder)});
    console.log(_.isTerminal());
    await Deno.stdin.read(new Uint8Array(1));`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", code],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  await child.stdout.getReader().read();
  return child;
}

Deno.test("a lock that another process keeps is waited for so long, and the error says what to do", async () => {
  const folder = Deno.makeTempDirSync();
  const other = await holder(folder);
  await rejects(lockedFolder(folder, 20), {
    code: "account.locked",
    hint: /end it .* and try again/,
  });
  const waiting = lockedFolder(folder);
  await other.stdin.close();
  equal((await other.status).code, 0);
  (await waiting).close();
  // What came too late keeps nobody out.
  (await lockedFolder(folder)).close();
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("a lock that comes too late does not keep a process from its end", async () => {
  const folder = Deno.makeTempDirSync();
  const other = await holder(folder);
  const code = `import { lockedFolder } from ${JSON.stringify(LOCK)};
    await lockedFolder(${JSON.stringify(folder)}, 20).catch((error) => console.log(error.code));
    Deno.exit(0);`;
  const late = await new Deno.Command(Deno.execPath(), { args: ["eval", "--no-lock", code] })
    .output();
  equal(late.code, 0);
  equal(new TextDecoder().decode(late.stdout), "account.locked\n");
  await other.stdin.close();
  await other.status;
  Deno.removeSync(folder, { recursive: true });
});

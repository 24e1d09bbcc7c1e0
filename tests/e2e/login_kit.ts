/** A login of Claude by the whole program, for tests that need one. */
import { equal } from "node:assert/strict";
import type { LoginService } from "../fakes/login_service.ts";
import { type Scratch, SOURCE } from "./ward_process.ts";

const addressIn = (text: string) => /https?:\/\/\S*\/authorize\?\S+/.exec(text)?.[0] ?? "";

/** Ward that waits for a code on its standard input. */
export async function pasteLogin(
  scratch: Scratch,
  codeFor: (authorizeUrl: string) => string,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const [program = "", ...leading] = SOURCE;
  const child = new Deno.Command(program, {
    args: [...leading, "auth", "claude", "login", "--no-browser", "--json"],
    clearEnv: true,
    env: scratch.env,
    cwd: scratch.workspace,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const decoder = new TextDecoder();
  let stderr = "";
  let isAnswered = false;
  const reading = (async () => {
    for await (const bytes of child.stderr) {
      stderr += decoder.decode(bytes);
      const url = addressIn(stderr);
      if (isAnswered || url === "" || !stderr.endsWith("\n")) continue;
      isAnswered = true;
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(codeFor(url)));
      await writer.close();
    }
  })();
  const stdout = await new Response(child.stdout).text();
  await reading;
  return { code: (await child.status).code, stdout, stderr };
}

/** Logs in by a pasted code. */
export async function logIn(scratch: Scratch, service: LoginService): Promise<void> {
  const run = await pasteLogin(scratch, (url) => {
    const { code, state } = service.agree(url);
    return `${code}#${state}\n`;
  });
  equal(run.code, 0, run.stderr);
}

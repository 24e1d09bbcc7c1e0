/** Logins by the whole program, for tests that need one, and a browser that only notes what it is told. */
import { equal } from "node:assert/strict";
import { jwt } from "../../accounts/kit.ts";
import { loginConfig, type LoginService } from "../../fakes/login_service.ts";
import type { ModelService } from "../../fakes/model_service.ts";
import { type Scratch, SOURCE, type StartedWard } from "./ward_process.ts";

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

/** A browser for `BROWSER`: it writes down the address and the environment that it gets. */
export interface NotingBrowser {
  readonly program: string;
  /** The address, once the browser was opened; fails when it is not. */
  opened(): Promise<string>;
  wasOpened(): boolean;
  /** Variables that it got, a line each. */
  environment(): string;
}

/** Puts one into the scratch folder. */
export function noteBrowser({ folder }: Scratch): NotingBrowser {
  const program = `${folder}/browser`;
  Deno.writeTextFileSync(
    program,
    `#!/bin/sh\nprintf '%s' "$1" > ${folder}/url.part\nenv > ${folder}/env\n` +
      `mv ${folder}/url.part ${folder}/url\n`,
    { mode: 0o755 },
  );
  const address = () => {
    try {
      return Deno.readTextFileSync(`${folder}/url`);
    } catch {
      return null;
    }
  };
  return {
    program,
    async opened() {
      const endsAt = performance.now() + 60_000;
      for (let found = address();; found = address()) {
        if (found !== null) return found;
        if (performance.now() > endsAt) throw new Error("no browser was opened");
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    wasOpened: () => address() !== null,
    environment: () => Deno.readTextFileSync(`${folder}/env`),
  };
}

/**
 * For `instead` of a login service: the first request, made under the lock of the login, is answered
 * once a second process waits for that lock. It has read the old login then, and would ask next.
 *
 * @param folder What the lock is on.
 */
export function secondMeanwhile(
  start: () => StartedWard,
  folder: string,
): { readonly second: StartedWard | null; instead(): Promise<null> } {
  const pair = {
    second: null as StartedWard | null,
    async instead(): Promise<null> {
      if (pair.second !== null) return null;
      pair.second = start();
      await opened(pair.second.child.pid, Deno.realPathSync(folder));
      return null;
    },
  };
  return pair;
}

/** Waits until a process has a path open. */
async function opened(pid: number, path: string): Promise<void> {
  const hasIt = () =>
    [...Deno.readDirSync(`/proc/${pid}/fd`)].some(({ name }) => {
      try {
        return Deno.readLinkSync(`/proc/${pid}/fd/${name}`) === path;
      } catch {
        return false;
      }
    });
  const endsAt = performance.now() + 60_000;
  while (!hasIt()) {
    if (performance.now() > endsAt) throw new Error(`nobody opened "${path}"`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Puts a login of Claude there, as `ward auth claude login` does. */
export function writeClaude(
  scratch: Scratch,
  login: { access: string; refresh: string; expiresAtMs: number },
): void {
  const folder = `${scratch.home}/auth/anthropic`;
  Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const record = {
    version: 1,
    access_token: login.access,
    refresh_token: login.refresh,
    expires_at_ms: login.expiresAtMs,
    client_id: "client-of-the-login",
    account: "ada@example.com",
    organization: null,
    account_id: null,
    api_base: null,
  };
  Deno.writeTextFileSync(`${folder}/oauth.json`, JSON.stringify(record), { mode: 0o600 });
}

/** Puts a login of the Codex CLI there, whose token has run out. */
export function writeCodex(scratch: Scratch, refresh: string): string {
  const folder = `${scratch.folder}/user/.codex`;
  Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const tokens = { access_token: jwt({ exp: 1_000 }), refresh_token: refresh, account_id: "acc-7" };
  const path = `${folder}/auth.json`;
  Deno.writeTextFileSync(path, JSON.stringify({ kept: true, tokens }), { mode: 0o600 });
  return path;
}

/** `config.toml` that points Claude's models and logins at fakes. */
export const claudeConfig = (models: ModelService, logins: LoginService): string =>
  `[providers.anthropic]\napi_base = "${models.url}"\n${loginConfig(logins, "claude")}`;

export const HOUR_MS = 3_600_000;

/** The token of a request; empty: it has none. */
export const bearerOf = ({ headers }: { headers: Headers }): string =>
  (headers.get("authorization") ?? "").replace(/^Bearer /, "");

/** A service of `ward oauth` on this machine, and a login at it. */
import { freePort } from "../../free_port.ts";
import { APP, type OAuthService } from "../../fakes/oauth_service.ts";
import { type Scratch, SOURCE, type WardRun, writeConfig } from "./ward_process.ts";

/** A service `lab` in the configuration. @returns Its callback address. */
export function configureOAuth(scratch: Scratch, service: OAuthService): string {
  const callback = `http://127.0.0.1:${freePort()}/back`;
  const host = new URL(service.url).host;
  writeConfig(
    scratch,
    `[web]\nhosts = ["${host}"]\n[oauth]\ncallback_url = "${callback}"\n` +
      `[oauth.providers.lab]\nauthorize_url = "${service.url}/authorize"\n` +
      `token_url = "${service.url}/token"\nrevoke_url = "${service.url}/revoke"\n` +
      `issuer = "${service.url}"\nscopes = ["read"]\nallowed_domains = ["${host}"]\n`,
  );
  return callback;
}

/** Connects by a terminal's command; `browse` is what the browser does with the address that ward shows. */
export function connectOAuth(
  scratch: Scratch,
  browse: (url: string) => Promise<void>,
): Promise<WardRun> {
  const args = ["oauth", "connect", "lab", "--no-browser", "--json"];
  return logInBy(scratch, { args, input: `${APP.id}\n${APP.secret}\n`, form: SOURCE }, browse);
}

/** Runs a command that shows an address to agree at. */
export async function logInBy(
  scratch: Scratch,
  { args, input, form }: {
    readonly args: readonly string[];
    /** What is written to its standard input. */
    readonly input: string;
    /** Program and leading arguments. */
    readonly form: readonly string[];
  },
  browse: (url: string) => Promise<void>,
): Promise<WardRun> {
  const [program = "", ...leading] = form;
  const child = new Deno.Command(program, {
    args: [...leading, ...args],
    clearEnv: true,
    env: scratch.env,
    cwd: scratch.workspace,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  let stderr = "";
  let browsing: Promise<void> | null = null;
  const reading = (async () => {
    for await (const bytes of child.stderr.pipeThrough(new TextDecoderStream())) {
      stderr += bytes;
      const url = /https?:\/\/\S*\/authorize\?\S+(?=\n)/.exec(stderr)?.[0];
      if (url !== undefined) browsing ??= browse(url);
    }
  })();
  const stdout = await new Response(child.stdout).text();
  await reading;
  await browsing;
  return { code: (await child.status).code, stdout, stderr };
}

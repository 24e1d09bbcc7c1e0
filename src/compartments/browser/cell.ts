/**
 * The worker inside the `browser` cell: starts the browser and carries what its driver and it say.
 * It understands nothing of that. Imports nothing from npm.
 */
import { AppError } from "../../base/app_error.ts";
import { type BrowserStart, DEBUG_ADDRESS } from "../../model/cells/browser.ts";
import { serve, workerScopeChannel } from "../wire.ts";

/** What the browser says of itself, characters that are kept. */
const MAX_WORDS = 100_000;

let socket: WebSocket | null = null;

serve(workerScopeChannel(), {
  /** Runs the browser until it ends; events: `{open}`, then `{message}` for the driver. */
  async run(params: BrowserStart, { emit, signal }) {
    const child = new Deno.Command(params.program, {
      args: browserArguments(params),
      cwd: params.profile,
      clearEnv: true,
      env: { HOME: params.profile, TMPDIR: params.tmp, LANG: "C.UTF-8" },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    signal.addEventListener("abort", () => child.kill("SIGKILL"), { once: true });
    const listening = Promise.withResolvers<string>();
    const words = readWords(child.stderr, listening.resolve);
    child.status.then(async () => {
      const last = (await words).trim().split("\n").at(-1) ?? "";
      listening.reject(
        new AppError("browser.not_started", `The browser did not start: ${last.slice(0, 200)}`),
      );
    });
    socket = await connect(await listening.promise, (message) => emit({ message }));
    emit({ open: true });
    const { code } = await child.status;
    return { code };
  },
  /** A message of the driver. */
  send({ message }: { message: string }) {
    if (socket?.readyState === WebSocket.OPEN) socket.send(message);
  },
});

/**
 * Its own sandbox would need what the cell forbids (user namespaces); all it starts is held by the
 * cell. Every connection goes to the proxy, those to 127.0.0.1 too.
 */
function browserArguments({ profile, proxy, viewport }: BrowserStart): string[] {
  return [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-component-extensions-with-background-pages",
    "--disable-default-apps",
    "--disable-client-side-phishing-detection",
    "--disable-features=AutofillServerCommunication,CertificateTransparencyComponentUpdater," +
    "MediaRouter,OptimizationHints,Translate",
    "--disable-domain-reliability",
    "--disable-sync",
    "--disable-breakpad",
    "--disable-crash-reporter",
    "--disable-extensions",
    "--metrics-recording-only",
    "--password-store=basic",
    "--use-mock-keychain",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    `--proxy-server=${proxy}`,
    "--proxy-bypass-list=<-loopback>",
    `--window-size=${viewport.width},${viewport.height}`,
    `--remote-debugging-address=${DEBUG_ADDRESS.hostname}`,
    `--remote-debugging-port=${DEBUG_ADDRESS.port}`,
    `--user-data-dir=${profile}`,
    "about:blank",
  ];
}

/** Reads to the end; the address that it listens at is told as soon as it is said. */
async function readWords(
  stream: ReadableStream<Uint8Array>,
  onAddress: (address: string) => void,
): Promise<string> {
  let words = "";
  const decoder = new TextDecoder();
  for await (const bytes of stream) {
    words = (words + decoder.decode(bytes, { stream: true })).slice(-MAX_WORDS);
    const address = /^DevTools listening on (ws:\S+)$/m.exec(words)?.[1];
    if (address !== undefined) onAddress(address);
  }
  return words;
}

function connect(address: string, onMessage: (message: string) => void): Promise<WebSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<WebSocket>();
  const opened = new WebSocket(address);
  opened.addEventListener("open", () => resolve(opened), { once: true });
  opened.addEventListener(
    "error",
    () => reject(new AppError("browser.not_started", "The browser takes no connection")),
  );
  opened.addEventListener("message", ({ data }) => {
    if (typeof data === "string") onMessage(data);
  });
  return promise;
}

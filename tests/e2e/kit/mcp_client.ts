/** The SDK's client against `ward mcp serve self` as a program, every line that it prints kept. */
import {
  Client,
  type ClientCapabilities,
  type JSONRPCMessage,
  type Transport,
} from "@modelcontextprotocol/client";
import { canaries } from "../../fakes/canaries.ts";
import { type Scratch, SOURCE } from "./ward_process.ts";

/** Revisions of the protocol that are spoken. */
export const REVISIONS = ["2025-11-25", "2026-07-28"] as const;

/** A ward that serves. */
export interface ServedWard extends AsyncDisposable {
  readonly client: Client;
  /** Lines of its standard output so far. */
  readonly lines: readonly string[];
  readonly child: Deno.ChildProcess;
  /** Writes to its standard input as it is. */
  write(text: string): Promise<void>;
  /** Ends its standard input and waits for it. @returns Its exit code. */
  end(): Promise<number>;
  stderr(): string;
}

/** The text of a tool's result. */
export function textOf(result: Awaited<ReturnType<Client["callTool"]>>): string {
  return (result.content as { text?: string }[]).map(({ text = "" }) => text).join("\n");
}

class ChildTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly lines: string[] = [];
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  /** Everything was read. */
  read: Promise<void> = Promise.resolve();

  constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#writer = child.stdin.getWriter();
  }

  start(): Promise<void> {
    this.read = this.#read();
    return Promise.resolve();
  }

  async write(text: string): Promise<void> {
    await this.#writer.write(new TextEncoder().encode(text));
  }

  async send(message: JSONRPCMessage): Promise<void> {
    await this.write(JSON.stringify(message) + "\n");
  }

  async close(): Promise<void> {
    await this.#writer.close().catch(() => {});
  }

  async #read(): Promise<void> {
    let rest = "";
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const parts = (rest + text).split("\n");
      rest = parts.pop() ?? "";
      for (const line of parts) {
        this.lines.push(line);
        // A line that is no message fails the test that looks at them all.
        try {
          this.onmessage?.(JSON.parse(line));
        } catch (error) {
          this.onerror?.(error as Error);
        }
      }
    }
    if (rest !== "") this.lines.push(rest);
    this.onclose?.();
  }
}

/**
 * Starts ward and connects.
 *
 * @param options `form`: program and leading arguments. `server`: what it serves. `prepare`: sets handlers before it connects.
 */
export async function serveSelf(scratch: Scratch, options: {
  readonly env?: Readonly<Record<string, string>>;
  readonly revision?: typeof REVISIONS[number];
  readonly capabilities?: ClientCapabilities;
  readonly form?: readonly string[];
  /** @default "self" */
  readonly server?: "self" | "slack";
  prepare?(client: Client): void;
} = {}): Promise<ServedWard> {
  const { env = {}, revision = "2025-11-25", capabilities = {}, form = SOURCE } = options;
  canaries.plantVariables({ ...scratch.env, ...env });
  const [program = "", ...leading] = form;
  const child = new Deno.Command(program, {
    args: [...leading, "-w", scratch.workspace, "mcp", "serve", options.server ?? "self"],
    clearEnv: true,
    env: { ...scratch.env, ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const transport = new ChildTransport(child);
  let stderr = "";
  const told = (async () => {
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) stderr += text;
  })();
  const client = new Client({ name: "test", version: "1" }, {
    capabilities,
    versionNegotiation: { mode: revision === "2025-11-25" ? "legacy" : { pin: revision } },
  });
  options.prepare?.(client);
  await client.connect(transport);
  let ended: Promise<number> | null = null;
  const end = () => {
    ended ??= (async () => {
      await transport.close();
      await Promise.all([transport.read, told]);
      const { code } = await child.status;
      canaries.told(transport.lines.join("\n") + stderr);
      return code;
    })();
    return ended;
  };
  return {
    client,
    lines: transport.lines,
    child,
    write: (text) => transport.write(text),
    end,
    stderr: () => stderr,
    async [Symbol.asyncDispose]() {
      await end();
    },
  };
}

/**
 * The worker inside the cell of a server that is a process: starts it and carries its lines, of which
 * it understands nothing. Imports nothing from npm.
 */
import { AppError } from "../../base/app_error.ts";
import type { McpProcess } from "../../model/mcp/process.ts";
import { MCP_MESSAGE_BYTES } from "../../model/mcp/session.ts";
import { serve, workerScopeChannel } from "../wire.ts";

/** What the server says on its standard error, characters that are kept. */
const MAX_WORDS = 4_000;

let input: WritableStreamDefaultWriter<Uint8Array> | null = null;

serve(workerScopeChannel(), {
  /** Runs it until it ends; events: `{line}`. */
  async run({ program, args, env, cwd }: McpProcess, { emit, signal }) {
    let child: Deno.ChildProcess;
    try {
      child = new Deno.Command(program, {
        args: [...args],
        cwd,
        clearEnv: true,
        env,
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
    } catch (error) {
      throw new AppError("mcp.not_started", `Cannot start "${program}": ${String(error)}`);
    }
    input = child.stdin.getWriter();
    signal.addEventListener("abort", () => child.kill("SIGKILL"), { once: true });
    const words = lastWords(child.stderr);
    await readLines(child.stdout, (line) => emit({ line }));
    const { code } = await child.status;
    return { code, words: await words };
  },
  /** A line for it; one that is gone answers through `run`. */
  async send({ line }: { line: string }) {
    await input?.write(new TextEncoder().encode(line + "\n")).catch(() => {});
  },
});

/** @throws {AppError} `mcp.too_large` for a line beyond {@linkcode MCP_MESSAGE_BYTES}. */
async function readLines(
  stream: ReadableStream<Uint8Array>,
  onLine: (line: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  let parts: string[] = [];
  let length = 0;
  for await (const bytes of stream) {
    const pieces = decoder.decode(bytes, { stream: true }).split("\n");
    for (const [at, piece] of pieces.entries()) {
      parts.push(piece);
      length += piece.length;
      if (length > MCP_MESSAGE_BYTES) {
        throw new AppError("mcp.too_large", "The server said more in one message than is taken");
      }
      if (at === pieces.length - 1) break;
      const line = parts.join("").trim();
      parts = [];
      length = 0;
      if (line !== "") onLine(line);
    }
  }
}

async function lastWords(stream: ReadableStream<Uint8Array>): Promise<string> {
  let words = "";
  const decoder = new TextDecoder();
  for await (const bytes of stream) {
    words = (words + decoder.decode(bytes, { stream: true })).slice(-MAX_WORDS);
  }
  return words;
}

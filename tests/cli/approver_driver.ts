/** Asks one approval in a real terminal and prints the answer; see `approver_terminal_test.ts`. */
import { terminalInput, terminalOutput } from "../../src/host/process/terminal.ts";
import { createTerminalApprover } from "../../src/surfaces/cli/approver.ts";
import type { Approval } from "../../src/model/cells/permission.ts";
import { KeyInput } from "../../src/surfaces/cli/key_input.ts";

/** A yes in words: `session`, `7200000 ms of cargo, 5 uses`. */
function allowed({ scope, uses, value }: Approval): string {
  const time = typeof scope === "object" ? `${scope.forMs} ms` : scope;
  return time + (value === "cargo test" ? "" : ` of ${value}`) + (uses ? `, ${uses} uses` : "");
}

const clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  delay: (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      signal?.addEventListener("abort", () => {
        clearTimeout(timer);
        reject(signal.reason);
      }, { once: true });
    }),
};
const stderr = terminalOutput(Deno.stderr, "1");
if (Deno.args[0] === "type-ahead") {
  // The test types while nothing is asked yet, then lets the question come.
  stderr.write("TYPE NOW\n");
  while (true) {
    try {
      Deno.statSync(Deno.args[1]!);
      break;
    } catch {
      await clock.delay(20);
    }
  }
}
const approver = createTerminalApprover({
  keys: new KeyInput(terminalInput(), clock),
  stderr,
  clock,
  timeoutMs: 60_000,
});
const answer = await approver.ask({
  callId: "c1",
  exact: "cargo test",
  title: "run cargo\x1b[2J test",
  grant: {
    compartment: "hands",
    permission: "run",
    value: "cargo test",
    risk: "medium",
    touches: "something",
    command: "ward permissions grant run 'cargo test'",
    widths: ["cargo test", "cargo"].map((value) => ({
      value,
      covers: `every call of ${value}`,
      risk: "medium",
      command: `ward permissions grant run '${value}'`,
    })),
  },
  why: "not allowed yet",
  layer: "policy",
  lasting: true,
}, new AbortController().signal);
stderr.write(`ANSWER=${answer.type === "allow" ? allowed(answer) : "deny"}\n`);
const stty = await new Deno.Command("stty", { args: ["-a"], stdin: "inherit" }).output();
const modes = new TextDecoder().decode(stty.stdout);
stderr.write(/(^|\s)icanon/.test(modes) && /(^|\s)echo\s/.test(modes) ? "COOKED\n" : "RAW\n");
Deno.exit(0);

// Runs one command of ward with another sandbox helper than the machine's.
// Arguments: path of the helper, then ward's own.
import { doctor } from "../../../src/app/commands/doctor.ts";
import { startProcess } from "../../../src/app/process.ts";
import { openWard } from "../../../src/app/ward.ts";
import { terminalInput, terminalOutput } from "../../../src/host/terminal.ts";
import { lookAtMachine } from "../../../src/host/machine.ts";

const [bwrap = "", ...args] = Deno.args;
const start = await startProcess(
  new URL("../../../src/main.ts", import.meta.url).href,
  {},
  args,
);
if ("exitCode" in start) Deno.exit(start.exitCode);
const ward = await openWard(start, { ...lookAtMachine("/usr/bin:/bin"), bwrap });
const stdout = terminalOutput(Deno.stdout, "1");
const code = await doctor(true, {
  ward,
  stdout,
  stderr: terminalOutput(Deno.stderr, "1"),
  input: terminalInput(),
  json: true,
});
await ward.close();
Deno.exit(code);

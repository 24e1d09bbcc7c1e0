// Runs one command of ward with another sandbox helper than the machine's.
// Arguments: path of the helper, then ward's own.
import { doctor } from "../../../src/app/commands/doctor.ts";
import { openProfile, startProcess } from "../../../src/app/process.ts";
import { openWard } from "../../../src/app/ward.ts";
import { terminalInput, terminalOutput } from "../../../src/host/terminal.ts";
import { lookAtMachine } from "../../../src/host/machine.ts";

const [bwrap = "", ...args] = Deno.args;
const profile = await openProfile(new URL("../../../src/main.ts", import.meta.url).href, args);
if ("exitCode" in profile) Deno.exit(profile.exitCode);
const ward = await openWard(startProcess(profile, {}), {
  ...lookAtMachine("/usr/bin:/bin"),
  bwrap,
});
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

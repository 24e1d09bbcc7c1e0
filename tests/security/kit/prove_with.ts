// Runs `doctor --prove --json` with another machine than the one that is found.
// Arguments: JSON of what to change of it, then ward's own.
import { doctor } from "../../../src/app/commands/doctor.ts";
import { openProfile } from "../../../src/app/start/process.ts";
import { terminalInput, terminalOutput } from "../../../src/host/process/terminal.ts";
import { inheritedDescriptors } from "../../../src/compartments/inherited_descriptors.ts";
import { lookAtMachine } from "../../../src/host/process/machine.ts";
import { parseCommandLine } from "../../../src/surfaces/cli/parse_command_line.ts";
import { systemClock } from "../../../src/host/process/system.ts";
import { KeyInput } from "../../../src/surfaces/cli/key_input.ts";

const [changes = "{}", ...args] = Deno.args;
const found = lookAtMachine("/usr/bin:/bin", inheritedDescriptors());
const { unshare, ...rest } = JSON.parse(changes);
const main = new URL("../../../src/main.ts", import.meta.url).href;
const profile = await openProfile(main, args, { profile: null, inspect: true });
if ("exitCode" in profile) Deno.exit(profile.exitCode);
const input = terminalInput();
const command = parseCommandLine(args);
if (command.type !== "doctor") throw new Error(`not ward doctor: ${args.join(" ")}`);
const code = await doctor(
  command,
  {
    profile,
    stdout: terminalOutput(Deno.stdout, "1"),
    stderr: terminalOutput(Deno.stderr, "1"),
    input,
    keys: new KeyInput(input, systemClock),
    json: true,
  },
  {
    ...found,
    ...rest,
    unshare: unshare?.missing ? unshare : { ...found.unshare, ...unshare },
  },
);
Deno.exit(code);

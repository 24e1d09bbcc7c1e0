/** Rooms for other agents: a folder of its own for each run, and hands that see nothing else. */
import { programMounts } from "../../host/process/programs.ts";
import { findProgram } from "../../host/process/programs.ts";
import { packageFolder } from "../../host/process/program_package.ts";
import { systemClock, systemRandom } from "../../host/process/system.ts";
import { createHandsClient } from "../../compartments/hands/client.ts";
import { MOUNTED_TMP } from "../../compartments/launcher/layout.ts";
import { AppError } from "../../base/app_error.ts";
import { childEnvironment } from "../../kernel/commands/child_env.ts";
import type { FoundAgent } from "../../kernel/delegation/choose_agent.ts";
import type { Room } from "../../kernel/delegation/delegate.ts";
import { quoteWord } from "../../kernel/policy/grant_command.ts";
import type { Grant } from "../../model/cells/permission.ts";
import type { Ward } from "../ward.ts";

/** Variables that are nobody's but ward's, or that act before a program does. */
const NEVER_PASSED = /^(?:WARD_|LD_|DYLD_)/;

/** Age after which a folder that a killed ward left is removed, ms. */
const LEFT_MS = 24 * 3600 * 1000;

/**
 * Claims a new folder and makes hands for it: the agent's program alone, what it is installed in, and
 * the hosts that were allowed for this run.
 *
 * @param standsOn Ids of the user's grants that it is there by; with one of them revoked it ends.
 * @throws {AppError} `delegation.no_sandbox`, `delegation.gone`.
 */
export async function openRoom(
  ward: Ward,
  agent: FoundAgent,
  hosts: readonly string[],
  standsOn: readonly string[],
): Promise<Room & { end(): Promise<void> }> {
  const { kind } = await ward.hands.sandbox();
  if (kind !== "bubblewrap" && kind !== "unshare") {
    throw new AppError("delegation.no_sandbox", "No cell here holds another agent", {
      hint: "See `ward doctor` for what is missing",
    });
  }
  const found = findProgram(ward.machine, agent.command);
  if (found === null) {
    throw new AppError("delegation.gone", `"${agent.command}" is gone`, {
      hint: "Install it again, or name another agent",
    });
  }
  const parent = `${ward.data.path}/rooms`;
  const top = `${parent}/${systemRandom.id()}`;
  const folder = `${top}/work`;
  const outputDir = `${top}/output`;
  for (const path of [folder, outputDir]) Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
  removeLeft(parent);
  const installed = packageFolder(found);
  // Below its package a program finds the rest of itself by its own place.
  const program = installed === null ? agent.command : Deno.realPathSync(found);
  const grants = [
    grantOf("run", quoteWord(program)),
    ...[...installed === null ? [] : [installed], ...agent.read].map((path) =>
      grantOf("read", Deno.realPathSync(path))
    ),
    ...hosts.map((host) => grantOf("net", host)),
  ];
  const { hands, network } = ward.roomHands({ workspace: folder, outputDir, grants, standsOn });
  const folders = programMounts(ward.machine, [program])
    .map(({ path }) => path.slice(0, path.lastIndexOf("/")));
  const { environment } = ward.start;
  const passed = agent.env.filter((name) => !NEVER_PASSED.test(name)).flatMap((name) => {
    const value = environment.lookup(name);
    return value === undefined ? [] : [[name, value]];
  });
  return {
    hands: createHandsClient(hands.router.call),
    folder,
    program,
    env: {
      ...childEnvironment({
        parent: environment.variables,
        scrubExtra: ward.start.settings.commands.scrubExtra,
        workspace: MOUNTED_TMP,
        path: [...new Set(folders)].join(":") || "/usr/bin",
      }),
      ...Object.fromEntries(passed),
    },
    async takeReached() {
      await network.takeRefused();
      return network.takeReached();
    },
    async end() {
      await hands.router.end();
      await Deno.remove(top, { recursive: true });
    },
  };
}

function grantOf(permission: "run" | "read" | "net", value: string): Grant {
  return {
    id: `room ${permission}`,
    compartment: "hands",
    permission,
    value,
    scope: { type: "once" },
    grantedBy: "the entry of the agent",
    atMs: systemClock.now(),
    reason: "the room of an agent",
  };
}

/** Rooms of a ward that did not live to remove them. */
function removeLeft(parent: string): void {
  for (const { name } of Deno.readDirSync(parent)) {
    const path = `${parent}/${name}`;
    try {
      const age = systemClock.now() - (Deno.statSync(path).mtime?.getTime() ?? 0);
      if (age > LEFT_MS) Deno.removeSync(path, { recursive: true });
    } catch {
      // Another process removes it, too.
    }
  }
}

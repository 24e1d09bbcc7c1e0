/**
 * `ward doctor --prove`: tries live what must fail, each thing from where an attack would come, and
 * says which layer refused it. In a workspace of its own, with the real sandbox line.
 */
import type { Client } from "../../../compartments/wire.ts";
import { probe } from "../../../compartments/probe.ts";
import { ask, probeLine } from "./probe_lines.ts";
import { browserLines } from "./prove_browser.ts";
import { networkLines } from "./prove_network.ts";
import { METADATA, threadLines } from "./prove_threads.ts";
import { AppError } from "../../../base/app_error.ts";
import { exists } from "../../../host/files/file_exists.ts";
import { decide } from "../../../kernel/policy/decide.ts";
import { cellNetAccess } from "../../../kernel/net/cell_hosts.ts";
import { programsPlan } from "../../../kernel/tools/commands/programs_plan.ts";
import type { Access } from "../../../model/cells/permission.ts";
import type { ProveLine, ProveReport } from "../../../model/report.ts";
import { policyState } from "../../policy.ts";
import type { Ward } from "../../ward.ts";

/** Bounds of the programs that the proof runs. */
const RUN_LIMITS = { timeoutMs: 10_000, outputLimitBytes: 65_536, env: { PATH: "/usr/bin" } };

/** Tries everything; a layer that is missing shows as lines that were reached. */
export async function prove(ward: Ward): Promise<ProveReport> {
  const scratch = `${ward.start.settings.home}/workspace/.prove-${crypto.randomUUID().slice(0, 8)}`;
  Deno.mkdirSync(scratch, { recursive: true, mode: 0o700 });
  try {
    const before = [
      ...await policyLines(ward),
      ...await kernelLines(),
      ...await threadLines(ward),
      ...await handsLines(ward, scratch),
      ...await networkLines(ward, scratch),
    ];
    const browser = await browserLines(ward);
    return {
      lines: [...before, ...browser.lines],
      notes: browser.note === null ? [] : [browser.note],
    };
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

async function policyLines(ward: Ward): Promise<ProveLine[]> {
  const state = await policyState(ward.facts, ward.hands, [], false);
  const tries: [string, string, Access][] = [
    ["policy.ssh", "read the SSH folder without asking", {
      permission: "read",
      path: `${ward.facts.osHome}/.ssh`,
    }],
    ["policy.state", "write ward's own state", {
      permission: "write",
      path: `${ward.facts.dataDir}/ward.db`,
    }],
    ["policy.program", "run a program off the list without asking", {
      permission: "run",
      words: ["rm", "-rf", "."],
    }],
    ["policy.host", "give commands a host without asking", cellNetAccess("example.com")],
  ];
  return tries.map(([id, what, access]) => {
    const decision = decide(access, { ...state, allow: ward.facts.allow });
    return {
      id,
      what,
      refused: decision.type !== "allow",
      layer: "policy",
      errno: null,
      detail: decision.rule,
    };
  });
}

async function kernelLines(): Promise<ProveLine[]> {
  const metadata = Deno.permissions.querySync({ name: "net", host: METADATA });
  return [
    probeLine(
      "kernel.run",
      "start a program from the kernel",
      await probe({
        kind: "run",
        value: "/bin/true",
      }),
    ),
    probeLine(
      "kernel.env",
      "read the kernel's environment",
      await probe({
        kind: "env",
        value: "PATH",
      }),
    ),
    probeLine("kernel.code", "make code from text", await probe({ kind: "code", value: "" })),
    {
      id: "kernel.metadata",
      what: "reach a cloud's metadata address (asked of the runtime, not dialled)",
      refused: metadata.state === "denied",
      layer: "runtime",
      errno: null,
      detail: `permission ${metadata.state}`,
    },
  ];
}

async function handsLines(ward: Ward, scratch: string): Promise<ProveLine[]> {
  const hands = ward.handsIn(scratch);
  const lines: ProveLine[] = [];
  try {
    const running = await hands.router.warm();
    const { kind, cause } = await hands.sandbox();
    const proof = kind === "none" ? hands.lastProof() : running.proof;
    for (const line of proof) {
      lines.push({
        id: `cell.${line.id}`,
        what: `${line.what} from a program in the cell`,
        refused: line.refused,
        ...line.untried ? { untried: true } : {},
        layer: line.refused ? "os" : null,
        errno: line.errno,
        detail: line.detail,
      });
    }
    if (kind === "none") {
      lines.push({
        id: "cell",
        what: "start a cell that proves itself",
        refused: false,
        layer: null,
        errno: null,
        detail: `REDUCED: ${cause}`,
      });
    }
    lines.push(
      probeLine(
        "hands.state",
        "read ward's database by the file tools",
        await ask(running.client, {
          kind: "read",
          value: `${ward.facts.dataDir}/ward.db`,
        }),
      ),
      probeLine(
        "hands.program",
        "run a program off the list",
        await ask(running.client, {
          kind: "run",
          value: "/usr/bin/id",
        }),
      ),
      probeLine(
        "hands.net",
        "dial out from the hands worker",
        await ask(running.client, {
          kind: "net",
          value: "127.0.0.1:9",
        }),
      ),
      await linkLine(ward, running.client, scratch),
    );
    if (kind !== "none") lines.push(...await commandLines(ward, running.client, scratch));
    return lines;
  } finally {
    await hands.router.end();
  }
}

/** Writes through a link planted in the workspace; the target must stay as it was. */
async function linkLine(ward: Ward, client: Client, scratch: string): Promise<ProveLine> {
  const target = ward.planted.secretFile;
  const before = Deno.readTextFileSync(target);
  Deno.symlinkSync(target, `${scratch}/planted`);
  let code: string | null = null;
  try {
    await client.call("writeFile", { path: `${scratch}/planted`, content: "reached" });
  } catch (error) {
    code = (error as AppError).code;
  }
  const refused = Deno.readTextFileSync(target) === before;
  if (!refused) Deno.writeTextFileSync(target, before);
  return {
    id: "hands.link",
    what: "write through a link planted in the workspace",
    refused,
    layer: refused ? "os" : null,
    errno: code === "files.link_outside" ? "ENOENT" : null,
    detail: code ?? "the target was not changed",
  };
}

async function commandLines(
  ward: Ward,
  client: Client,
  scratch: string,
): Promise<ProveLine[]> {
  const ssh = `${ward.facts.osHome}/.ssh`;
  const tries: [string, string, string[]][] = [
    // What is not there outside either would prove nothing.
    ...exists(ssh)
      ? [
        ["command.ssh", "list the SSH folder by a program", ["ls", "-d", ssh]] satisfies [
          string,
          string,
          string[],
        ],
      ]
      : [],
    ["command.state", "read ward's database by a program", [
      "head",
      "-c",
      "1",
      `${ward.facts.dataDir}/ward.db`,
    ]],
    ["command.git_alias", "start a shell by an alias of git", [
      "git",
      "-c",
      "alias.x=!id",
      "x",
    ]],
  ];
  const names = ward.hands.programs({ grants: [], tainted: false });
  const lines: ProveLine[] = [];
  for (const [id, what, words] of tries) {
    if (!names.includes(words[0] ?? "")) continue;
    const outcome = await client.call("runPlan", {
      ...RUN_LIMITS,
      plan: programsPlan([words]),
      cwd: scratch,
    }) as { exitCode: number; stdout: string; stderr: string };
    const reached = outcome.exitCode === 0 && outcome.stdout !== "";
    lines.push({
      id,
      what,
      refused: !reached,
      layer: reached ? null : "os",
      errno: /No such file|cannot (run|exec)|not found/i.test(outcome.stderr) ? "ENOENT" : null,
      detail: outcome.stderr.trim().split("\n", 1)[0]?.slice(0, 120) ?? "",
    });
  }
  return lines;
}

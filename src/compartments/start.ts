/**
 * Starts and stops compartments. The only file that makes a `Worker` for the kernel; each one gets
 * exactly the set that the table gives it, never the parent's.
 */
import { AppError } from "../base/app_error.ts";
import type { CellBoot, CellSetUp, CellSpec, ProofLine } from "../model/cells/cell.ts";
import { EGRESS_SOCKET } from "../model/cells/egress.ts";
import type { CompartmentSpec } from "./table.ts";
import { AHEAD_BYTES } from "./launcher/ahead.ts";
import { launchLine } from "./launcher/launch_line.ts";
import { cellPlaces, cellVariables, EGRESS_FOLDER } from "./launcher/layout.ts";
import type { ProofDemand, Sandbox, SandboxMachine, SelfImage } from "./launcher/sandbox.ts";
import { lineSplitter } from "./json_lines.ts";
import { type Channel, Client, workerChannel } from "./wire.ts";
import { workerPermissions } from "./worker_permissions.ts";

/** A compartment that runs. */
export interface Running {
  readonly client: Client;
  /** The proof of a cell; empty for a thread. */
  readonly proof: readonly ProofLine[];
  /** Ends it with all it started; open calls fail with `reason`. */
  stop(reason: AppError): void;
  /** Resolves when it has ended, however that came. */
  readonly ended: Promise<void>;
}

/**
 * Starts a thread.
 *
 * @param spec Its row.
 * @param code Where entries are: base address ending in `/`, and the extension.
 */
export function startThread(spec: CompartmentSpec, code: CodeBase): Running {
  const thread = prepareThread(spec, code, () => {});
  thread.begin();
  return thread;
}

/** A thread that is started by its first message, or by `begin`. */
export interface PreparedThread extends Running {
  /** Starts it, if it neither runs nor has ended; this blocks until it is made. */
  begin(): void;
}

/**
 * Prepares a thread; parameters as of {@linkcode startThread}.
 *
 * @param onBegun Told when it is made, before anything is sent to it.
 */
export function prepareThread(
  spec: CompartmentSpec,
  code: CodeBase,
  onBegun: () => void,
): PreparedThread {
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  let worker: Worker | null = null;
  let channel: Channel | null = null;
  let deliver: (message: unknown) => void = () => {};
  const begin = () => {
    if (worker || client.closed) return;
    worker = new Worker(new URL(spec.entry + code.extension, code.base), {
      type: "module",
      name: spec.id,
      deno: { permissions: workerPermissions(spec.permissions) },
    } as WorkerOptions);
    channel = workerChannel(worker);
    channel.receive(deliver);
    worker.addEventListener("error", (event) => {
      // Without this the error would end the kernel; a broken compartment fails its own calls only.
      event.preventDefault();
      const message = (event as ErrorEvent).message.slice(0, 300);
      stop(new AppError("compartment.broken", `Compartment "${spec.id}" broke: ${message}`));
    });
    onBegun();
  };
  const client = new Client({
    send(message, transfer) {
      begin();
      channel?.send(message, transfer);
    },
    receive: (onMessage) => {
      deliver = onMessage;
    },
  });
  const stop = (reason: AppError) => {
    client.close(reason);
    worker?.terminate();
    resolve();
  };
  return { client, proof: [], begin, stop, ended };
}

/** Where the code of compartments is. */
export interface CodeBase {
  /** Address that entries are relative to, ending in `/`. */
  readonly base: string;
  readonly extension: string;
}

/** What a cell's start needs besides its specification. */
export interface CellStart {
  readonly launcher: Client;
  readonly sandbox: Sandbox;
  readonly machine: SandboxMachine;
  readonly self: SelfImage;
  /** The first call, which costs no way there and back: a cell that fails it does not serve. */
  readonly setUp?: CellSetUp;
}

/** Lines of a cell that answer nothing; the relay itself writes none, but for a late answer. */
const MAX_DROPPED = 100;

/** What a cell may say on its own standard error; programs have another. */
const MAX_NOISE_BYTES = 1024 * 1024;

/** Longest until a cell has proven itself, ms; many mounts on a busy machine take some seconds. */
const PROOF_LIMIT_MS = 30_000;

/**
 * Starts a cell and waits for its proof. One that says nothing in time is ended, and another one
 * started in its place, once: nobody's call waits for ever. So is one that got nothing but an open
 * file too many: the runtime holds some for a moment that a start in that moment hands on.
 *
 * @throws {AppError} `cell.unproven` when a canary was reached, `cell.failed` when the sandbox did
 *   not start (the message has the sandbox's own words), `cell.late` when two did not answer.
 */
export async function startCell(
  spec: CellSpec,
  start: CellStart,
  limitMs: number = PROOF_LIMIT_MS,
): Promise<Running> {
  try {
    return await startOnce(spec, start, limitMs);
  } catch (error) {
    if (!(error instanceof AppError && (error.code === "cell.late" || gotOnlyFiles(error)))) {
      throw error;
    }
    return await startOnce(spec, start, limitMs);
  }
}

/** Whether all that a cell reached was a file that was left open. */
function gotOnlyFiles(error: AppError & { readonly proof?: readonly ProofLine[] }): boolean {
  const reached = error.proof?.filter(({ refused, untried }) => !refused && untried !== true) ?? [];
  return reached.length > 0 && reached.every(({ id }) => id === "descriptors");
}

async function startOnce(spec: CellSpec, start: CellStart, limitMs: number): Promise<Running> {
  const { launcher } = start;
  const started = Promise.withResolvers<{ id: number; pid: number }>();
  const hello = Promise.withResolvers<ProofLine[]>();
  const ended = Promise.withResolvers<void>();
  let deliver: (message: unknown) => void = () => {};
  let id = 0;
  let complaint = "";
  let noise = 0;
  let untold = 0;
  const split = lineSplitter();
  /** Tells the launcher what was worked off, now and then: it reads no further ahead than that. */
  const taken = (bytes: number) => {
    untold += bytes;
    if (untold < AHEAD_BYTES / 4) return;
    launcher.tell("taken", { id, bytes: untold });
    untold = 0;
  };
  const channel: Channel = {
    send: (message) => {
      const bytes = new TextEncoder().encode(JSON.stringify(message) + "\n");
      launcher.tell("send", { id, bytes }, [bytes.buffer]);
    },
    receive: (onMessage) => {
      deliver = onMessage;
    },
  };
  const client = new Client(channel);
  const stop = (reason: AppError) => {
    client.close(reason);
    launcher.tell("kill", { id });
  };
  const receive = (value: unknown) => {
    if (typeof value !== "object" || value === null) deliver(value);
    else if ("hello" in value) hello.resolve(readProof(value.hello));
    else if ("broken" in value) {
      const why = typeof value.broken === "string" ? value.broken.slice(0, 500) : "no reason";
      stop(new AppError("cell.broken", `The cell "${spec.id}" broke: ${why}`));
    } else deliver(value);
  };
  const line = launchLine(start.sandbox.line(spec, start.machine, start.self), start.machine);
  const onEvent = (event: unknown) => {
    const facts = event as { started?: number; pid?: number; out?: Uint8Array; err?: Uint8Array };
    if (facts.started !== undefined) started.resolve({ id: facts.started, pid: facts.pid ?? 0 });
    // What is still on its way of a cell that was ended is not looked at, nor asked for.
    if (client.closed) return;
    if (facts.err) {
      complaint = (complaint + new TextDecoder().decode(facts.err)).slice(-2000);
      noise += facts.err.length;
      taken(facts.err.length);
    } else if (facts.out) {
      try {
        for (const value of split(facts.out)) {
          if (client.dropped <= MAX_DROPPED) receive(value);
        }
      } catch (error) {
        stop(error as AppError);
      }
      taken(facts.out.length);
    }
    if (client.dropped > MAX_DROPPED || noise > MAX_NOISE_BYTES) {
      stop(
        new AppError("cell.flood", `A program flooded the pipe of the cell "${spec.id}"`, {
          hint: "The cell was ended; the next call starts a new one",
        }),
      );
    }
  };
  launcher.call("start", line, { onEvent }).then(
    (result) => {
      const code = (result as { code: number }).code;
      return new AppError(
        "cell.failed",
        `The cell "${spec.id}" ended with code ${code}${complaint && `: ${complaint.trim()}`}`,
      );
    },
    (error) => error as AppError,
  ).then((reason) => {
    client.close(reason);
    started.reject(reason);
    hello.reject(reason);
    ended.resolve();
  });
  hello.promise.catch(() => {});
  const timer = setTimeout(() => {
    const late = new AppError(
      "cell.late",
      `The cell "${spec.id}" did not prove itself within ${limitMs / 1000} s`,
      { hint: "The machine may be too busy; try again, and see `ward doctor --prove`" },
    );
    stop(late);
    started.reject(late);
    hello.reject(late);
  }, limitMs);
  hello.promise.finally(() => clearTimeout(timer)).catch(() => {});
  const { id: startedId, pid } = await started.promise;
  id = startedId;
  const boot: CellBoot = {
    entry: spec.entry,
    permissions: spec.permissions,
    canaries: spec.canaries,
    variables: Object.keys(cellVariables(spec.tmp)),
    os: start.machine.os,
    outerPid: pid,
    tmp: spec.tmp,
    egressSocket: spec.egressFolder === null ? null : `${EGRESS_FOLDER}/${EGRESS_SOCKET}`,
    setUp: start.setUp ?? null,
    probes: cellPlaces(start.sandbox, start.machine).probes,
  };
  channel.send({ boot });
  const proof = await hello.promise;
  const { demand } = start.sandbox;
  const proxy = spec.egressFolder === null ? [] : ["proxy" as const];
  const reached = notShown({ ...demand, held: [...demand.held, ...proxy] }, proof);
  if (reached.length > 0) {
    const reason = new AppError(
      "cell.unproven",
      `The sandbox does not hold: ${reached.join("; ")}`,
      { hint: "Run `ward doctor --prove` to see each layer" },
    );
    stop(reason);
    throw Object.assign(reason, { proof });
  }
  return { client, proof, stop, ended: ended.promise };
}

/** What a proof has to show and does not, in words. */
export function notShown(demand: ProofDemand, proof: readonly ProofLine[]): string[] {
  const missing = [...demand.held, ...demand.untriable]
    .filter((id) => !proof.some((line) => line.id === id))
    .map((id) => `nothing was said of "${id}"`);
  const reached = proof.filter(({ id, refused, untried }) =>
    !refused && !(untried === true && demand.untriable.includes(id))
  );
  return [...reached.map(({ what }) => what), ...missing];
}

/** The proof as the cell's pipe gave it; a form we do not know is no proof. */
function readProof(hello: unknown): ProofLine[] {
  const lines = (hello as { proof?: unknown }).proof;
  const valid = Array.isArray(lines) &&
    lines.every((line) => typeof line?.id === "string" && typeof line?.refused === "boolean");
  if (!valid) throw new AppError("cell.unproven", "The cell gave no readable proof");
  return lines as ProofLine[];
}

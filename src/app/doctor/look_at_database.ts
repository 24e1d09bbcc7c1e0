import { AppError } from "../../base/app_error.ts";
import { startThread } from "../../compartments/start.ts";
import { createStoreClient } from "../../compartments/store/client/client.ts";
import { compartment, type CompartmentSpec, NO_INPUTS } from "../../compartments/table.ts";
import { lockedInTime } from "../../host/files/file_lock.ts";
import { findDatabaseKey } from "../../host/keys/database_key.ts";
import type { Keychain } from "../../host/keys/keychain.ts";
import { pathFact } from "../../host/files/path_fact.ts";
import type { DatabaseFacts } from "../../kernel/doctor/facts.ts";
import type { Form } from "../start/code_base.ts";
import { compileEngine } from "../start/engine.ts";
import type { Ward } from "../ward.ts";
import { problemOf } from "./problem_of.ts";

/** Files that make up the store. */
const FILES = ["ward.db", "ward.db-wal", "ward.db-journal", "audit.head"];

/** Longest wait for a ward that is at work. */
const LOCK_MS = 10_000;

/**
 * Opens the database in a copy, because opening writes: it works off a log, leaves a mark in the
 * lock file, mends modes. The copy is as encrypted as the original.
 *
 * @param inputs `variable`: the value of `WARD_ENCRYPTION_KEY`. `scratch`: an empty folder, removed
 * by the caller.
 */
export async function lookAtDatabase(
  { form, home, dataDir, variable, keychain, scratch }: {
    readonly form: Form;
    readonly home: string;
    readonly dataDir: string;
    readonly variable: string | undefined;
    readonly keychain: Keychain | null;
    readonly scratch: string;
  },
): Promise<DatabaseFacts> {
  const file = pathFact(`${dataDir}/ward.db`, { follow: true });
  if (file.kind === "missing" || (file.kind === "file" && file.sizeBytes === 0)) {
    if (pathFact(`${dataDir}/audit.head`).kind === "missing") return { type: "none" };
    const error = new AppError("store.missing", `"${dataDir}/ward.db" is gone`, {
      hint: "Restore ward.db from a backup, or move audit.head away to start with an empty one",
    });
    return { type: "closed", problem: problemOf(error), keySource: null };
  }
  let keySource: "variable" | "keychain" | "file" | null = null;
  try {
    const key = await findDatabaseKey({ home, dataDir, variable, keychain });
    keySource = key.source;
    await copyStore(dataDir, scratch);
    const thread = startThread(storeSpec(scratch), form);
    try {
      const store = createStoreClient(thread.client);
      const module = await compileEngine(form);
      await store.open({ dataDir: scratch, module, keyHex: key.keyHex });
      return {
        type: "open",
        keySource,
        sizeBytes: file.sizeBytes,
        damage: await store.quickCheck(),
        audit: await store.verifyAudit(),
        grants: await store.listGrants(),
      };
    } finally {
      thread.stop(new AppError("doctor.done", "The database was only looked at"));
    }
  } catch (error) {
    const { code, message, hint } = problemOf(deniedError(error, dataDir));
    const told = message.replaceAll(scratch, () => dataDir);
    return { type: "closed", problem: { code, message: told, hint }, keySource };
  }
}

/** The same of a store that is open. */
export async function lookAtOpenStore(ward: Ward): Promise<DatabaseFacts> {
  const store = createStoreClient(ward.threads.store);
  return {
    type: "open",
    keySource: ward.key.source as "variable" | "keychain" | "file",
    sizeBytes: pathFact(`${ward.data.path}/ward.db`).sizeBytes,
    damage: await store.quickCheck(),
    audit: await store.verifyAudit(),
    grants: await store.listGrants(),
  };
}

/** The row of the store with another folder; the rest of the table does not matter for it. */
function storeSpec(dataDir: string): CompartmentSpec {
  return compartment({ ...NO_INPUTS, dataDir }, "store")!;
}

/** Copies under the store's lock, so that no transaction is torn. Locking changes no file. */
async function copyStore(dataDir: string, to: string): Promise<void> {
  const path = `${dataDir}/ward.db.lock`;
  const lock = pathFact(path).kind === "file" ? Deno.openSync(path, { read: true }) : null;
  try {
    if (lock && !await lockedInTime(lock, true, LOCK_MS)) {
      throw new AppError("doctor.busy", "Another ward is at work on the database", {
        hint: "Wait for it, then run ward doctor again",
      });
    }
    for (const name of FILES) {
      if (pathFact(`${dataDir}/${name}`, { follow: true }).kind !== "file") continue;
      await Deno.copyFile(`${dataDir}/${name}`, `${to}/${name}`);
      Deno.chmodSync(`${to}/${name}`, 0o600);
    }
  } finally {
    lock?.close();
  }
}

function deniedError(error: unknown, dataDir: string): unknown {
  if (!(error instanceof Deno.errors.PermissionDenied)) return error;
  return new AppError("store.denied", `Cannot read "${dataDir}": the system refused it`, {
    cause: error,
    hint: "Make the data folder and its files yours",
  });
}

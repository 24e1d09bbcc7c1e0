/**
 * Where the key of the state database comes from.
 *
 * 1. `WARD_ENCRYPTION_KEY`: 64 hex digits as they are, anything else a passphrase.
 * 2. `database.key` in the home, if it is there. It wins over a keychain's entry, which is then
 *    not even asked for: the file is only ever made where the keychain did not work.
 * 3. The keychain's entry.
 * 4. For a new database: a new key, in the keychain if it gives back what it took, else in the file.
 *
 * A new key is never made beside a database that exists: that would hide the loss of the old one.
 */
import { lockedFile, syncFolder } from "../files/file_lock.ts";
import { AppError } from "../../base/app_error.ts";
import type { Keychain } from "./keychain.ts";

/** What {@linkcode databaseKey} needs. */
export interface DatabaseKeyDeps {
  /** Profile folder, absolute; made with mode 0700 when missing. */
  readonly home: string;
  /** Folder of `ward.db`. */
  readonly dataDir: string;
  /** Value of `WARD_ENCRYPTION_KEY`; empty counts as not set. */
  readonly variable: string | undefined;
  /** Null: there is none, or it is not to be used. */
  readonly keychain: Keychain | null;
}

/** The key; to be given to the store only, and never to be shown. */
export interface DatabaseKey {
  /** 64 hex digits. */
  readonly keyHex: string;
  readonly source: "variable" | "keychain" | "file";
  /** For `ward doctor`. */
  readonly warning?: string | undefined;
}

/** PBKDF2-HMAC-SHA-256 rounds for a passphrase (OWASP Password Storage Cheat Sheet). */
const PASSPHRASE_ROUNDS = 600_000;

const SHORTEST_PASSPHRASE = 8;

const HEX_KEY = /^[0-9a-f]{64}$/i;

/**
 * Finds the key, or makes one for a new database. Several processes that start at once on a new
 * profile get the same one.
 *
 * @throws {AppError} `store.key_missing` when there is a database but no key; `store.key_invalid`
 *   when what is there is no key.
 */
export async function databaseKey(deps: DatabaseKeyDeps): Promise<DatabaseKey> {
  const { home, variable } = deps;
  if (variable) return { keyHex: await variableKey(deps, variable), source: "variable" };
  const known = await knownKey(deps);
  if (known) return known;
  if (databaseExists(deps.dataDir)) {
    // Made by another process since we looked? Then its key was there before it.
    const late = await knownKey(deps);
    if (late) return late;
    throw missing(deps, "no key for it is found");
  }
  return await underLock(home, async () => {
    // Another process may have been first.
    const first = await knownKey(deps);
    if (first) return first;
    const keyHex = randomHex(32);
    if (await deps.keychain?.store(keyHex) && await deps.keychain?.lookUp() === keyHex) {
      return { keyHex, source: "keychain" };
    }
    createFile(`${home}/database.key`, keyHex);
    return fileKey(home, keyHex);
  });
}

/**
 * Finds the key of a database that exists; makes and changes nothing.
 *
 * @throws {AppError} As {@linkcode databaseKey}.
 */
export async function findDatabaseKey(deps: DatabaseKeyDeps): Promise<DatabaseKey> {
  const { home, variable } = deps;
  if (variable) {
    const isPassphrase = !HEX_KEY.test(variable);
    if (isPassphrase && readOrNull(`${home}/database.salt`) === null) {
      throw missing(deps, `"${home}/database.salt", which belongs to the passphrase, is gone`);
    }
    return { keyHex: await variableKey(deps, variable), source: "variable" };
  }
  const known = await knownKey(deps, false);
  if (!known) throw missing(deps, "no key for it is found");
  return known;
}

/** A new key: 64 hex digits. */
export function newDatabaseKey(): string {
  return randomHex(32);
}

/**
 * The key that another value of `WARD_ENCRYPTION_KEY` stands for.
 *
 * @returns With the salt that goes with a passphrase, for `database.salt`; null for hex digits.
 * @throws {AppError} `store.key_invalid`.
 */
export async function nextVariableKey(
  value: string,
): Promise<{ keyHex: string; salt: string | null }> {
  if (HEX_KEY.test(value)) return { keyHex: value.toLowerCase(), salt: null };
  checkPassphrase(value, "The new value");
  const salt = randomHex(16);
  return { keyHex: await stretch(value, salt), salt };
}

/**
 * A key out of a passphrase: PBKDF2-HMAC-SHA-256, {@linkcode PASSPHRASE_ROUNDS} rounds.
 *
 * @param salt Hex digits, as they are.
 * @returns 64 hex digits.
 */
export async function stretch(passphrase: string, salt: string): Promise<string> {
  const encoder = new TextEncoder();
  const secret = encoder.encode(passphrase.normalize("NFC"));
  const material = await crypto.subtle.importKey("raw", secret, "PBKDF2", false, ["deriveBits"]);
  const bits = await crypto.subtle.deriveBits(
    { name: "PBKDF2", hash: "SHA-256", salt: encoder.encode(salt), iterations: PASSPHRASE_ROUNDS },
    material,
    256,
  );
  return hex(new Uint8Array(bits));
}

/** @throws {AppError} `store.key_invalid`. */
export function checkPassphrase(value: string, what: string): void {
  if (value.length >= SHORTEST_PASSPHRASE) return;
  throw invalid(`${what} is shorter than ${SHORTEST_PASSPHRASE} characters`);
}

async function knownKey(
  { home, keychain }: DatabaseKeyDeps,
  mend: boolean = true,
): Promise<DatabaseKey | null> {
  const path = `${home}/database.key`;
  const text = readOrNull(path);
  if (text !== null) {
    if (!HEX_KEY.test(text)) throw invalid(`"${path}" does not hold 64 hex digits`);
    return fileKey(home, text.toLowerCase(), mend);
  }
  const kept = await keychain?.lookUp();
  if (!kept) return null;
  if (!HEX_KEY.test(kept)) throw invalid("the keychain's entry does not hold 64 hex digits");
  return { keyHex: kept.toLowerCase(), source: "keychain" };
}

/** @param mend Whether a file that others can read is closed to them. */
function fileKey(home: string, keyHex: string, mend: boolean = true): DatabaseKey {
  const path = `${home}/database.key`;
  const { mode } = Deno.statSync(path);
  const open = Deno.build.os !== "windows" && ((mode ?? 0) & 0o077) !== 0;
  if (open && mend) Deno.chmodSync(path, 0o600);
  const warning = open
    ? `The database key in "${path}" could be read by other users until now`
    : `The database key is in "${path}": whoever can read your files can read the database`;
  return { keyHex, source: "file", warning };
}

async function variableKey(deps: DatabaseKeyDeps, value: string): Promise<string> {
  if (HEX_KEY.test(value)) return value.toLowerCase();
  checkPassphrase(value, "WARD_ENCRYPTION_KEY");
  const path = `${deps.home}/database.salt`;
  const salt = readOrNull(path) ?? await newSalt(deps, path);
  if (!/^[0-9a-f]{32}$/.test(salt)) throw invalid(`"${path}" does not hold 32 hex digits`);
  return await stretch(value, salt);
}

function newSalt(deps: DatabaseKeyDeps, path: string): Promise<string> {
  if (databaseExists(deps.dataDir) && readOrNull(path) === null) {
    throw missing(deps, `"${path}", which belongs to the passphrase, is gone`);
  }
  return underLock(deps.home, () => {
    const first = readOrNull(path);
    if (first !== null) return first;
    const salt = randomHex(16);
    createFile(path, salt);
    return salt;
  });
}

/** A database of size 0 is none: a crash at the very start leaves that. */
export function databaseExists(dataDir: string): boolean {
  try {
    return Deno.statSync(`${dataDir}/ward.db`).size > 0;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function readOrNull(path: string): string | null {
  try {
    return Deno.readTextFileSync(path).trim();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Whole or not at all, also after a power cut; never over an existing file. */
function createFile(path: string, content: string): void {
  const temporary = `${path}.${randomHex(8)}`;
  const options = { write: true, createNew: true, mode: 0o600 };
  try {
    using file = Deno.openSync(temporary, options);
    const bytes = new TextEncoder().encode(content + "\n");
    for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
    file.syncSync();
  } catch (error) {
    Deno.removeSync(temporary);
    throw error;
  }
  Deno.renameSync(temporary, path);
  if (Deno.build.os === "windows") return;
  syncFolder(path.slice(0, path.lastIndexOf("/")));
}

async function underLock<T>(home: string, body: () => T | Promise<T>): Promise<T> {
  Deno.mkdirSync(home, { recursive: true, mode: 0o700 });
  using _ = await lockedFile(`${home}/database.key.lock`);
  return await body();
}

function randomHex(bytes: number): string {
  return hex(crypto.getRandomValues(new Uint8Array(bytes)));
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function missing({ home, dataDir }: DatabaseKeyDeps, why: string): AppError {
  return new AppError("store.key_missing", `Cannot open "${dataDir}/ward.db": ${why}`, {
    hint: `Set WARD_ENCRYPTION_KEY, unlock the keychain, or restore the key's file in "${home}"`,
  });
}

function invalid(why: string): AppError {
  return new AppError("store.key_invalid", `Cannot use the database key: ${why}`, {
    hint: "Restore the key from a backup; without it the database cannot be read",
  });
}

/**
 * Saved secrets: in the system's keychain, or sealed in `secrets.enc` where there is none.
 *
 * The file names every secret and says where each is kept, so that no keychain is asked for what
 * was never saved. Values in it are sealed by AES-256-GCM under a key of their own that is derived
 * from the database's; the name is bound in, so that no value can stand under another's name.
 */
import { lockedFile } from "../files/file_lock.ts";
import * as z from "zod";
import { AppError, UsageError } from "../../base/app_error.ts";
import type { Keychain } from "./keychain.ts";
import { writeWhole } from "../files/write_whole.ts";

/** Where a secret is kept. */
export type SecretPlace = "keychain" | "file";

/** What {@linkcode createSecrets} needs. */
export interface SecretDeps {
  /** Profile folder, absolute. */
  readonly home: string;
  /** The keychain's entry of a secret; null: there is no keychain. */
  keychain(name: string): Keychain | null;
  /**
   * The key of the database, 64 hex digits; asked for only when a value is in the file.
   *
   * @param make Whether a new profile gets one.
   */
  databaseKey(make: boolean): Promise<string>;
}

/** The secrets of a profile. */
export interface Secrets {
  /** Names and places; no keychain is asked. */
  list(): { name: string; kept: SecretPlace }[];
  /**
   * @returns null when there is none of that name, or the keychain does not give it back.
   * @throws {AppError} `secrets.sealed` when the file's value cannot be opened.
   */
  get(name: string): Promise<string | null>;
  /** Saves or replaces one. @throws {UsageError} As {@linkcode checkSecret}. */
  set(name: string, value: string): Promise<SecretPlace>;
  /** @returns false when there was none of that name. */
  remove(name: string): Promise<boolean>;
}

/** Longest value: far more than any key, and no file by mistake. */
const MAX_LENGTH = 16_384;

const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;

const hex = z.string().regex(/^(?:[0-9a-f]{2})+$/);
const fileSchema = z.strictObject({
  version: z.literal(1),
  secrets: z.record(
    z.string().regex(NAME),
    z.discriminatedUnion("kept", [
      z.strictObject({ kept: z.literal("keychain") }),
      z.strictObject({ kept: z.literal("file"), nonce: hex.length(24), sealed: hex }),
    ]),
  ),
});
type SecretFile = z.infer<typeof fileSchema>;

/** @throws {UsageError} `secrets.name`. */
export function checkSecretName(name: string): void {
  if (NAME.test(name)) return;
  throw new UsageError("secrets.name", "Cannot use that name for a secret", {
    hint: "Allowed: lower-case letters, digits, - and _, at most 64, such as openai",
  });
}

/** What is wrong with a value, in a sentence without the value; null: nothing. */
export function secretProblem(value: string): string | null {
  if (value === "") return "it is empty";
  if (value.length > MAX_LENGTH) return `it is longer than ${MAX_LENGTH} characters`;
  if (/[\r\n]/.test(value)) return "it has more than one line";
  return /\p{Cc}/u.test(value) ? "it has control characters in it" : null;
}

/** @throws {UsageError} `secrets.value`. */
export function checkSecret(value: string): void {
  const problem = secretProblem(value);
  if (problem === null) return;
  throw new UsageError("secrets.value", `Cannot save that as a secret: ${problem}`, {
    hint: "Give the key itself on one line; nothing was saved",
  });
}

/** The secrets of a profile; nothing is read yet. */
export function createSecrets(deps: SecretDeps): Secrets {
  const path = `${deps.home}/secrets.enc`;
  const sealing = async (make: boolean) => await sealingKey(await deps.databaseKey(make));

  const change = async (run: (file: SecretFile) => Promise<void> | void) => {
    using _ = await lockedFile(`${deps.home}/secrets.lock`);
    const file = read(path);
    await run(file);
    writeWhole(path, JSON.stringify(file, null, 1) + "\n");
  };

  return {
    list: () =>
      Object.entries(read(path).secrets).map(([name, { kept }]) => ({ name, kept }))
        .sort((a, b) => a.name < b.name ? -1 : 1),
    async get(name) {
      const { secrets } = read(path);
      const entry = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
      if (!entry) return null;
      if (entry.kept === "keychain") return await deps.keychain(name)?.lookUp() ?? null;
      let key: CryptoKey;
      try {
        key = await sealing(false);
      } catch (cause) {
        throw cannotOpen(name, cause);
      }
      return await open(key, name, entry);
    },
    async set(name, value) {
      checkSecretName(name);
      checkSecret(value);
      const keychain = deps.keychain(name);
      const isKept = await keychain?.store(value) && await keychain?.lookUp() === value;
      await change(async (file) => {
        file.secrets[name] = isKept
          ? { kept: "keychain" }
          : { kept: "file", ...await seal(await sealing(true), name, value) };
      });
      return isKept ? "keychain" : "file";
    },
    async remove(name) {
      let kept: SecretPlace | null = null;
      await change((file) => {
        kept = Object.hasOwn(file.secrets, name) ? file.secrets[name]?.kept ?? null : null;
        delete file.secrets[name];
      });
      if (kept === "keychain") {
        if (!await deps.keychain(name)?.remove()) {
          throw new AppError("secrets.kept", `The keychain did not let go of "${name}"`, {
            hint: "Ward does not use it any more; remove the entry with the keychain's own program",
          });
        }
      }
      return kept !== null;
    },
  };
}

/**
 * The list of saved secrets with its values sealed under another key. What the old key does not
 * open stays as it is.
 *
 * @param path `secrets.enc`.
 * @returns Text of the file; null when there is none.
 */
export async function resealSecrets(
  path: string,
  keyHex: string,
  newKeyHex: string,
): Promise<string | null> {
  const file = read(path);
  if (Object.keys(file.secrets).length === 0) return null;
  const [key, newKey] = [await sealingKey(keyHex), await sealingKey(newKeyHex)];
  for (const [name, entry] of Object.entries(file.secrets)) {
    if (entry.kept !== "file") continue;
    const value = await open(key, name, entry).catch(() => null);
    if (value === null) continue;
    file.secrets[name] = { kept: "file", ...await seal(newKey, name, value) };
  }
  return JSON.stringify(file, null, 1) + "\n";
}

function read(path: string): SecretFile {
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { version: 1, secrets: {} };
    throw error;
  }
  try {
    return fileSchema.parse(JSON.parse(text));
  } catch {
    // Without the cause: it could quote the file.
    throw new AppError("secrets.broken", `Cannot read "${path}": it is not what ward wrote`, {
      hint: "Restore it from a backup, or move it away and save the secrets again",
    });
  }
}

/** Source: RFC 5869 (HKDF); the database keeps its key for itself. */
async function sealingKey(databaseKeyHex: string): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey("raw", bytesOf(databaseKeyHex), "HKDF", false, [
    "deriveKey",
  ]);
  const info = new TextEncoder().encode("ward secrets 1");
  return await crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(32), info },
    material,
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt", "decrypt"],
  );
}

async function seal(
  key: CryptoKey,
  name: string,
  value: string,
): Promise<{ nonce: string; sealed: string }> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealed = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(name) },
    key,
    new TextEncoder().encode(value),
  );
  return { nonce: hexOf(iv), sealed: hexOf(new Uint8Array(sealed)) };
}

async function open(
  key: CryptoKey,
  name: string,
  { nonce, sealed }: { nonce: string; sealed: string },
): Promise<string> {
  try {
    const value = await crypto.subtle.decrypt(
      {
        name: "AES-GCM",
        iv: bytesOf(nonce),
        additionalData: new TextEncoder().encode(name),
      },
      key,
      bytesOf(sealed),
    );
    return new TextDecoder().decode(value);
  } catch (cause) {
    throw cannotOpen(name, cause);
  }
}

function cannotOpen(name: string, cause: unknown): AppError {
  return new AppError("secrets.sealed", `Cannot open the secret "${name}"`, {
    cause,
    hint: "It was saved under another database key (WARD_ENCRYPTION_KEY, database.key), or the " +
      `file was changed; save it again: ward secrets set ${name}`,
  });
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

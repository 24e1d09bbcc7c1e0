/** Connections of this compartment. The runtime's list of it holds the checked addresses and no name. */
import { AppError } from "../../base/app_error.ts";

/** What requests are spoken over. */
export interface Connection {
  /** Reads into `into`; null at the end. */
  read(into: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
  close(): void;
}

/** Where to. */
export interface DialTarget {
  /** An address; never a name. */
  readonly address: string;
  readonly port: number;
  /** Name that the certificate must be of; null: no TLS. */
  readonly serverName: string | null;
}

/** Makes a connection. */
export type Dial = (target: DialTarget) => Promise<Connection>;

/**
 * Dials by TCP, with TLS where a name is given.
 *
 * @throws {AppError} `web.not_granted`, `web.unreachable`, `web.tls`.
 */
export function dial(target: DialTarget): Promise<Connection> {
  return dialTrusting([], target);
}

/** As {@linkcode dial}, with further certificates (PEM) that are trusted. */
export async function dialTrusting(
  caCerts: readonly string[],
  { address, port, serverName }: DialTarget,
): Promise<Connection> {
  let connection: Deno.TcpConn;
  try {
    connection = await Deno.connect({ hostname: address, port });
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) {
      throw new AppError("web.not_granted", "The runtime refused the address: it is not granted");
    }
    throw new AppError("web.unreachable", "The host does not answer");
  }
  if (serverName === null) return connection;
  try {
    const secure = await Deno.startTls(connection, {
      hostname: serverName,
      alpnProtocols: ["http/1.1"],
      caCerts: [...caCerts],
    });
    await secure.handshake();
    return secure;
  } catch {
    try {
      connection.close();
    } catch {
      // The handshake has taken it over.
    }
    throw new AppError("web.tls", "The host has no certificate that is valid for its name", {
      hint: "Nothing was sent; use another address",
    });
  }
}

/**
 * Dials the first of several addresses that answers.
 *
 * @param stepMs How long one may take while there is another.
 * @throws {AppError} What the last one failed with.
 */
export async function dialAny(
  dialOne: Dial,
  addresses: readonly string[],
  target: Omit<DialTarget, "address">,
  stepMs: number,
): Promise<Connection> {
  let failure: unknown = new AppError("web.unreachable", "The host has no address");
  for (const [at, address] of addresses.entries()) {
    const dialled = dialOne({ ...target, address });
    try {
      if (at === addresses.length - 1) return await dialled;
      return await within(dialled, stepMs);
    } catch (error) {
      failure = error;
      // One that answers too late is not left open.
      dialled.then((late) => late.close(), () => {});
    }
  }
  throw failure;
}

/** A promise with a limit. @throws {AppError} `web.late`. */
export async function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new AppError("web.late", `The host said nothing for ${ms / 1000} s`)),
      ms,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

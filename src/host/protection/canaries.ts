/**
 * What a cell must fail to reach: a secret file outside its mounts, a link to it inside one, and a
 * port where ward listens. Planted by the kernel's process, never removed: the next start uses the
 * same file, so that several processes on one profile do not disturb each other.
 */
import type { Canaries, Mount } from "../../model/cells/cell.ts";

/** Planted canaries and the folder with the link, to be mounted read-only. */
export interface PlantedCanaries {
  readonly secretFile: string;
  readonly link: string;
  readonly token: string;
  /** Mounts the proof needs in the cell. */
  readonly mounts: readonly Mount[];
}

/** Plants the files below the data folder. */
export function plantCanaries(dataDir: string): PlantedCanaries {
  const folder = `${dataDir}/canary`;
  const links = `${folder}/links`;
  Deno.mkdirSync(links, { recursive: true, mode: 0o700 });
  const secretFile = `${folder}/secret`;
  const link = `${links}/outside`;
  try {
    Deno.writeTextFileSync(secretFile, "ward-canary-" + crypto.randomUUID(), {
      createNew: true,
      mode: 0o600,
    });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
  try {
    Deno.symlinkSync(secretFile, link);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
  const token = Deno.readTextFileSync(secretFile);
  return { secretFile, link, token, mounts: [{ path: links, mode: "read" }] };
}

/** Listens on a port of 127.0.0.1 while `use` runs; whoever connects is closed at once. */
export async function withListener<T>(
  planted: PlantedCanaries,
  use: (canaries: Canaries) => Promise<T>,
): Promise<T> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const closing = (async () => {
    for await (const connection of listener) connection.close();
  })();
  try {
    const { secretFile, link, token } = planted;
    return await use({ secretFile, link, token, port: listener.addr.port });
  } finally {
    listener.close();
    await closing;
  }
}

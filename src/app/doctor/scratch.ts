import { AppError } from "../../base/app_error.ts";

/** A folder for copies, gone when it is disposed of. */
export interface Scratch extends Disposable {
  /** Makes a folder in it and gives its absolute real path. */
  folder(name: string): string;
}

/**
 * Makes a folder where the system keeps temporary files; an interrupt removes it too, because a
 * copy of the database is in it.
 *
 * @throws {AppError} `doctor.no_temporary_folder`.
 */
export function makeScratch(): Scratch {
  let path: string | null = null;
  const remove = () => {
    try {
      if (path !== null) Deno.removeSync(path, { recursive: true });
    } catch {
      // The system clears such folders.
    }
  };
  const leave = () => {
    remove();
    Deno.exit(130);
  };
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) Deno.addSignalListener(signal, leave);
  const ignore = () => {
    for (const signal of signals) Deno.removeSignalListener(signal, leave);
  };
  try {
    path = Deno.makeTempDirSync({ prefix: "ward-doctor-" });
    path = Deno.realPathSync(path);
  } catch (cause) {
    ignore();
    throw new AppError("doctor.no_temporary_folder", "No folder for temporary files can be made", {
      cause,
      hint: "Free some space, or set TMPDIR to a folder you can write",
    });
  }
  return {
    folder(name) {
      const folder = `${path}/${name}`;
      Deno.mkdirSync(folder, { mode: 0o700 });
      return folder;
    },
    [Symbol.dispose]() {
      ignore();
      remove();
    },
  };
}

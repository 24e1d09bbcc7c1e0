import { AppError } from "../../base/app_error.ts";
import { ENGINE_ASSET } from "./version.ts";
import type { Form } from "./code_base.ts";

/**
 * Compiles the database engine: SQLite3MultipleCiphers as WebAssembly. The bytes come with ward; the
 * store's thread gets the compiled module because it may read nothing but the data folder.
 *
 * @throws {AppError} `engine.missing`.
 */
export async function compileEngine(form: Form): Promise<WebAssembly.Module> {
  const address = form.form === "source"
    ? import.meta.resolve("@journeyapps/wa-sqlite/dist/mc-wa-sqlite.wasm")
    : new URL(ENGINE_ASSET, form.base).href;
  try {
    return await WebAssembly.compile(await Deno.readFile(new URL(address)));
  } catch (cause) {
    throw new AppError("engine.missing", "Cannot load the database engine that comes with ward", {
      cause,
      hint: "Install ward again",
    });
  }
}

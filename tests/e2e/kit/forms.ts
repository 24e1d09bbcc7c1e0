/** Tests in a real terminal, each by every form of ward that this machine can make. */
import { compiler, machineParts } from "../../machine_parts.ts";
import { ROOT, SOURCE } from "./ward_process.ts";

const parts = await machineParts();
const lacking = (...names: readonly string[]): string | undefined =>
  names.find((name) =>
    !Object.entries(parts).some(([part, { present }]) => part.includes(name) && present)
  );

/** What the standalone binary lacks here; nothing when it can be made. */
export const LACKS_STANDALONE: string | undefined = lacking("runtime base");

let making: Promise<string> | null = null;

/**
 * Path of the standalone binary, by `deno task compile` without `--output`. `deno task test` makes it
 * once for all files and names it in WARD_TEST_BINARY; a file that is run alone makes its own.
 */
export function standalone(): Promise<string> {
  const made = Deno.env.get("WARD_TEST_BINARY");
  return making ??= made ? Promise.resolve(made) : compileStandalone();
}

/** Makes the standalone binary. @throws {Error} What the compiler said. */
export async function compileStandalone(): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", `${ROOT}/scripts/compile.ts`, "--deno", compiler()],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim();
}

/**
 * A test that needs a cell and a terminal; what it lacks stands in its name.
 *
 * @param body Gets the program and its leading arguments.
 */
export function terminalTest(
  name: string,
  body: (form: readonly string[]) => Promise<void>,
  form: "source" | "standalone" = "source",
): void {
  const lacks = lacking("bubblewrap", "tmux") ??
    (form === "standalone" ? LACKS_STANDALONE : undefined);
  Deno.test({
    name: (form === "source" ? name : `${name}, standalone`) +
      (lacks === undefined ? "" : `, skipped: no ${lacks}`),
    ignore: lacks !== undefined,
    fn: async () => await body(form === "source" ? SOURCE : [await standalone()]),
  });
}

/** The same test from source and by the standalone binary. */
export function inEachForm(name: string, body: (form: readonly string[]) => Promise<void>): void {
  terminalTest(name, body);
  terminalTest(name, body, "standalone");
}

/** What a compartment tries when it is asked to prove its walls; it gives back no content. */

/** One thing to try. */
export interface ProbeParams {
  readonly kind: "read" | "net" | "asked" | "run" | "env" | "code";
  /** Path, `host:port`, program or name; not used for `code`. `asked` never dials. */
  readonly value: string;
}

/** What came of it. */
export interface ProbeResult {
  readonly reached: boolean;
  /** Name of the error: `NotCapable` is the runtime's, others are the system's. */
  readonly error: string | null;
}

/** Tries it and says only whether it went through. */
export async function probe({ kind, value }: ProbeParams): Promise<ProbeResult> {
  try {
    return { reached: await attempt(kind, value), error: null };
  } catch (error) {
    return { reached: false, error: (error as Error).name };
  }
}

async function attempt(kind: ProbeParams["kind"], value: string): Promise<boolean> {
  switch (kind) {
    case "read":
      await Deno.lstat(value);
      return true;
    case "net": {
      const [hostname = "", port = ""] = value.split(":");
      (await Deno.connect({ hostname, port: Number(port) })).close();
      return true;
    }
    case "asked":
      return Deno.permissions.querySync({ name: "net", host: value }).state === "granted";
    case "run":
      await new Deno.Command(value, { clearEnv: true, stdin: "null" }).output();
      return true;
    case "env":
      return Deno.env.get(value) !== undefined;
    case "code":
      // Must throw: code generation from strings is switched off for the whole process.
      return (globalThis as unknown as { Function: FunctionConstructor }).Function("return true")();
  }
}

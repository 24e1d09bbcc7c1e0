/** Calls of an answer that come in pieces, put together whatever a service leaves out. */
import * as z from "zod";

/** A piece of a call. */
export const callDeltaSchema = z.object({
  index: z.number().nullish(),
  id: z.string().nullish(),
  function: z.object({
    name: z.string().nullish(),
    /** A string by the reference; some services send the object itself. */
    arguments: z.union([z.string(), z.record(z.string(), z.unknown())]).nullish(),
  }).nullish(),
});

/** See {@linkcode callDeltaSchema}. */
export type CallDelta = z.infer<typeof callDeltaSchema>;

interface OpenCall {
  id: string;
  name: string;
  json: string;
}

/** Puts the pieces of parallel calls together. */
export class CallAssembly {
  readonly list: OpenCall[] = [];
  readonly #byIndex = new Map<number, OpenCall>();

  /** Adds a piece to the call it belongs to, or starts one. */
  add(delta: CallDelta): void {
    const json = argumentsText(delta);
    let open = this.#find(delta);
    if (!open || startsAnother(open, delta, json)) {
      open = { id: delta.id ?? "", name: "", json: "" };
      this.list.push(open);
      if (typeof delta.index === "number") this.#byIndex.set(delta.index, open);
    }
    // The name and id come once; some services repeat them in every piece.
    open.id ||= delta.id ?? "";
    open.name ||= delta.function?.name ?? "";
    open.json += json;
  }

  #find({ index, id, function: called }: CallDelta): OpenCall | undefined {
    if (typeof index === "number") return this.#byIndex.get(index);
    if (id) return this.list.find((open) => open.id === id);
    return called?.name ? undefined : this.list.at(-1);
  }
}

/** Some services give every call of an answer the index 0. */
function startsAnother(open: OpenCall, delta: CallDelta, json: string): boolean {
  if (delta.id && open.id !== "") return delta.id !== open.id;
  return Boolean(delta.function?.name) && json !== "" && isJsonObject(open.json);
}

function argumentsText(delta: CallDelta): string {
  const value = delta.function?.arguments;
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function isJsonObject(text: string): boolean {
  try {
    return typeof JSON.parse(text) === "object";
  } catch {
    return false;
  }
}

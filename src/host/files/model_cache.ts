/** Lists of models on the disk, each with its date: `cache/models.json` in ward's home. */
import * as z from "zod";
import { ensureFolder } from "./ensure_folder.ts";
import { writeWhole } from "./write_whole.ts";
import type { ModelList } from "../../model/services/catalog.ts";

const ability = z.boolean().nullable();

const lists = z.record(
  z.string(),
  z.object({
    atMs: z.number(),
    models: z.array(z.object({
      id: z.string(),
      contextTokens: z.number().nullable(),
      abilities: z.object({ tools: ability, vision: ability, reasoning: ability }),
      price: z.object({ input: z.number(), output: z.number() }).nullable(),
    })),
  }),
);

/** Reads all lists by key; what cannot be read is no list: it is asked for anew. */
export function readModelLists(home: string): Readonly<Record<string, ModelList>> {
  try {
    return lists.parse(JSON.parse(Deno.readTextFileSync(pathIn(home))));
  } catch {
    return {};
  }
}

/** Adds lists to those on the disk. Never fails: without a cache the service is asked again. */
export function keepModelLists(home: string, added: Readonly<Record<string, ModelList>>): void {
  if (Object.keys(added).length === 0) return;
  try {
    ensureFolder(`${home}/cache`);
    writeWhole(pathIn(home), JSON.stringify({ ...readModelLists(home), ...added }));
  } catch {
    // A full or read-only disk is no reason to show no models.
  }
}

function pathIn(home: string): string {
  return `${home}/cache/models.json`;
}

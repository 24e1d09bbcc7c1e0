import * as z from "zod";
import { LOG_LEVELS, type LogEntry } from "../../model/log.ts";

const entry = z.object({
  time: z.iso.datetime(),
  level: z.enum(LOG_LEVELS),
  event: z.string(),
  pid: z.number(),
  fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});

/** A line of the log; null for what is none, such as the rest of a line that a full disk cut. */
export function parseLogLine(line: string): LogEntry | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  return entry.safeParse(value).data ?? null;
}

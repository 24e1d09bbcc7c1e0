import type { LogEntry, LogLevel } from "../../../model/log.ts";
import { type Output, paint, type Tone } from "../output.ts";
import { revealHidden } from "../sanitize_terminal.ts";

const TONES: Readonly<Record<LogLevel, Tone>> = {
  error: "red",
  warn: "yellow",
  info: "green",
  debug: "dim",
  trace: "dim",
};

/** A line of the log for people: time in UTC, level, event, facts. */
export function formatLogEntry(entry: LogEntry, output: Output): string {
  const time = entry.time.replace("T", " ").replace(/\.\d+Z$/, "Z");
  const facts = Object.entries(entry.fields).filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${plain(String(value))}`);
  const level = paint(output, TONES[entry.level], entry.level.padEnd(5));
  const words = [time, level, revealHidden(entry.event), ...facts];
  return words.join(" ") + "\n";
}

/** A value as one word: quoted where it has a space. */
function plain(value: string): string {
  const shown = revealHidden(value);
  return /[\s="]/.test(shown) || shown === "" ? JSON.stringify(shown) : shown;
}

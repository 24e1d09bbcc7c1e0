/** What a line of the log holds. */

/** Levels, the most important first. */
export const LOG_LEVELS = ["error", "warn", "info", "debug", "trace"] as const;

/** How much is logged: a level takes those before it along. */
export type LogLevel = typeof LOG_LEVELS[number];

/** Facts of a line: names, numbers, outcomes; never text of the conversation and never a key. */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

/** A line of the log. */
export interface LogEntry {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly level: LogLevel;
  readonly event: string;
  readonly pid: number;
  readonly fields: LogFields;
}

/** Whether a level is one. */
export function isLogLevel(text: string): text is LogLevel {
  return (LOG_LEVELS as readonly string[]).includes(text);
}

/** Whether a line of this level is wanted where `least` is set. */
export function isLogged(level: LogLevel, least: LogLevel): boolean {
  return LOG_LEVELS.indexOf(level) <= LOG_LEVELS.indexOf(least);
}

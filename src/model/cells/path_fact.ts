/** What stands at a path, links not followed. */
export interface PathFact {
  readonly path: string;
  readonly kind: "missing" | "folder" | "file" | "link" | "other" | "unreadable";
  /** Permission bits; null where there are none. */
  readonly mode: number | null;
  readonly uid: number | null;
  readonly gid: number | null;
  readonly sizeBytes: number;
  /** Milliseconds since the epoch; null when not known. */
  readonly changedAtMs: number | null;
}

/** The process of a server as its cell starts it. */
export interface McpProcess {
  /** Absolute path in the cell. */
  readonly program: string;
  readonly args: readonly string[];
  /** All of its environment; secrets among it. */
  readonly env: Readonly<Record<string, string>>;
  /** Absolute. */
  readonly cwd: string;
}

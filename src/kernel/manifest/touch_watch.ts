import type { Access, Decision } from "../../model/cells/permission.ts";
import { normalizePath } from "../../model/cells/paths.ts";
import { cellNetAccess } from "../net/cell_hosts.ts";
import { covers, entryOf, type Manifest, manifestOf } from "./manifest.ts";

/** What a call would touch, and what policy says of it. */
export interface TouchRow {
  readonly kind: string;
  readonly value: string;
  readonly decision: Decision["type"];
  /** Which rule. */
  readonly rule: string;
}

/**
 * Sees each call that is planned before anything of it runs. With `plan` nothing runs at all; with a
 * lock the turn ends at the first call that would touch more than it has room for. One watch is for
 * a turn and the turns of its sub-agents.
 */
export class TouchWatch {
  readonly #workspace: string;
  readonly #isPlan: boolean;
  readonly #lock: { readonly path: string; readonly manifest: Manifest } | null;
  /** The same by where its paths led when the run began. */
  readonly #real: Manifest | null;
  readonly #realPath: (path: string) => string;
  readonly #rows = new Map<string, TouchRow>();
  readonly #ran: Access[] = [];
  #beyond: string | null = null;

  /** Has seen nothing yet. */
  constructor(options: {
    /** Absolute. */
    workspace: string;
    isPlan: boolean;
    lock: { readonly path: string; readonly manifest: Manifest } | null;
    /** Where a path leads. */
    realPath(path: string): string;
  }) {
    this.#workspace = options.workspace;
    this.#isPlan = options.isPlan;
    this.#lock = options.lock;
    this.#realPath = (path) => options.realPath(normalizePath(path, options.workspace));
    const manifest = options.lock?.manifest;
    this.#real = manifest
      ? {
        ...manifest,
        read: manifest.read.map(this.#realPath),
        write: manifest.write.map(this.#realPath),
      }
      : null;
  }

  /** Looks at a call. @returns Why it must not run; null: it may, as far as this goes. */
  before(accesses: readonly Access[], decisions: readonly Decision[]): string | null {
    for (const [index, access] of accesses.entries()) {
      const { kind, value } = access.permission === "setting"
        ? { kind: "setting", value: access.change }
        : entryOf(access, this.#workspace);
      const decision = decisions[index];
      this.#rows.set(`${kind} ${value}`, {
        kind,
        value,
        decision: decision?.type ?? "deny",
        rule: decision?.rule ?? "",
      });
      if (this.#lock && !this.#hasRoom(this.#lock.manifest, access)) {
        this.#beyond ??= `it would touch more than "${this.#lock.path}" has room for: ` +
          `${kind} ${value}`;
      }
    }
    if (this.#beyond !== null) return this.#beyond;
    return this.#isPlan ? "planned, not run" : null;
  }

  /** By its name and by where it leads: a link below an entry is no part of it. */
  #hasRoom(manifest: Manifest, access: Access): boolean {
    if (!covers(manifest, access, this.#workspace)) return false;
    if (this.#real === null || !("path" in access)) return true;
    const path = this.#realPath(access.path);
    return covers(this.#real, { ...access, path }, this.#workspace);
  }

  /** Counts a call that runs. */
  ran(accesses: readonly Access[]): void {
    this.#ran.push(...accesses);
  }

  /** Why the turn must end; null: it need not. */
  get beyond(): string | null {
    return this.#beyond;
  }

  /** All that was planned, by kind and value, with what policy says of it. */
  rows(): TouchRow[] {
    return [...this.#rows.values()];
  }

  /**
   * The smallest manifest that would have been enough for what ran.
   *
   * @param reached Hosts that its programs reached, named or not.
   */
  manifest(reached: readonly string[] = []): Manifest {
    return manifestOf([...this.#ran, ...reached.map(cellNetAccess)], this.#workspace);
  }
}
